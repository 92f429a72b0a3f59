import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveAccess, type AccessFlags, type ClusterAccess } from "../../src/kube/access.ts";
import type { HostEnvironment } from "../../src/kube/host.ts";
import { aDirectory, aHost, aKubeconfig, fixtures, kubeconfigs } from "./host-fixture.ts";
import { holding, matching } from "./matchers.ts";
import { pem } from "./local-servers.ts";

const open = (flags: Partial<AccessFlags>, facts: Partial<HostEnvironment> = {}): Promise<ClusterAccess> =>
  resolveAccess({ asGroups: [], ...flags }, aHost(facts));

const withStanzas = (
  stanzas: Parameters<typeof aKubeconfig>[0],
  flags: Partial<AccessFlags> = {},
): Promise<ClusterAccess> =>
  open({ ...flags, kubeconfig: join(aDirectory({ config: aKubeconfig(stanzas) }), "config") });

const base64 = (name: string): string => Buffer.from(pem(name)).toString("base64");
const tls = join(fixtures, "tls");

describe("resolveAccess", () => {
  it("reads ~/.kube/config when nothing else is said", async () => {
    const homedir = aDirectory({ ".kube/config": aKubeconfig({ context: { namespace: "home" } }) });
    expect(await open({}, { homedir })).toMatchObject({ contextName: "it", namespace: "home", requestTimeoutMs: 0 });
  });

  it("takes --namespace over the context's, and default without either", async () => {
    expect(await open({ kubeconfig: "one.yaml", namespace: "flag" })).toMatchObject({ namespace: "flag" });
    expect(await open({ kubeconfig: "one.yaml" })).toMatchObject({ namespace: "first" });
    expect(await open({ kubeconfig: "one.yaml", context: "red" })).toMatchObject({
      namespace: "default",
      disableCompression: true,
    });
  });

  it("needs no kubeconfig with --server", async () => {
    const access = await open({ server: "https://s.example/base/?x#y", token: "t" });
    expect(access.server.href).toBe("https://s.example/base/");
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer t"]);
  });

  it("drops the server name of the kubeconfig with --server", async () => {
    expect((await open({ kubeconfig: "one.yaml", context: "red" })).tls.servername).toBe("red internal");
    expect(
      (await open({ kubeconfig: "one.yaml", context: "red", server: "https://s.example" })).tls.servername,
    ).toBeUndefined();
  });

  it("takes a bare host and port for http, as kubectl does, and sends it no token", async () => {
    const access = await withStanzas({ cluster: { server: "localhost:8080" }, user: { token: "t", as: "eve" } });
    expect(access.server.href).toBe("http://localhost:8080/");
    expect(await access.authHeaders()).toEqual(["Impersonate-User", "eve"]);
  });

  it("keeps credentials in a server's URL out of sight", async () => {
    expect((await open({ server: "https://u:canary@s.example" })).server.href).toBe("https://s.example/");
  });

  it("prefers data to files, and says so", async () => {
    const host = aHost();
    const stanzas = {
      cluster: { "certificate-authority": "/nowhere", "certificate-authority-data": base64("ca.crt") },
      user: {
        "client-certificate": "/nowhere",
        "client-certificate-data": base64("client.crt"),
        "client-key": "/nowhere",
        "client-key-data": base64("client.key"),
      },
    };
    const kubeconfig = join(aDirectory({ config: aKubeconfig(stanzas) }), "config");
    const access = await resolveAccess({ asGroups: [], kubeconfig }, host);
    expect(access.tls).toEqual({
      rejectUnauthorized: true,
      ca: pem("ca.crt"),
      cert: pem("client.crt"),
      key: pem("client.key"),
    });
    expect(host.warnings).toEqual([
      "warning: client-certificate-data and client-certificate are both specified for it; client-certificate-data overrides",
      "warning: certificate-authority-data and certificate-authority are both specified for it; certificate-authority-data overrides",
    ]);
  });

  it("warns when every file of KUBECONFIG is missing, and goes on", async () => {
    const host = aHost({ env: { KUBECONFIG: "a:b" } });
    await resolveAccess({ asGroups: [], server: "https://s.example" }, host);
    expect(host.warnings).toEqual(["warning: Config not found: a, b"]);
  });

  it("warns when --insecure-skip-tls-verify is given", async () => {
    const host = aHost();
    const access = await resolveAccess(
      { asGroups: [], server: "https://s.example", insecureSkipTlsVerify: true },
      host,
    );
    expect(access.tls).toEqual({ rejectUnauthorized: false });
    expect(host.warnings).toEqual([
      "warning: the certificate of s.example is not verified (--insecure-skip-tls-verify)",
    ]);
  });

  it("reads a rotating token file anew, keeps the last token when it is gone, and retries only when it changed", async () => {
    let text: string | undefined = "one\n";
    const readFile = (path: string): string => {
      if (path !== join(kubeconfigs, "rotating")) return aHost().readFile(path);
      if (text === undefined) throw Object.assign(new Error("gone"), { code: "ENOENT" });
      return text;
    };
    const access = await open({ server: "https://s.example", tokenFile: "rotating" }, { readFile });
    const first = await access.authHeaders();
    expect(first).toEqual(["Authorization", "Bearer one"]);
    expect(access.refresh(first)).toBe(false);
    text = "two";
    expect(access.refresh(first)).toBe(true);
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer two"]);
    text = undefined;
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer two"]);
  });

  it("cannot do better after a 401 for a static token", async () => {
    expect((await open({ server: "https://s.example", token: "t" })).refresh()).toBe(false);
  });
});

describe("resolveAccess refuses", () => {
  const cases: Readonly<Record<string, readonly [flags: Partial<AccessFlags>, message: string | RegExp]>> = {
    "no configuration": [{}, "invalid configuration: no configuration has been provided"],
    "a missing --kubeconfig": [{ kubeconfig: "nowhere.yaml" }, "stat nowhere.yaml: no such file or directory"],
    "a directory for --kubeconfig": [{ kubeconfig: "sub" }, 'error loading config file "sub": is a directory'],
    "an unknown --context": [{ kubeconfig: "one.yaml", context: "x" }, 'context "x" does not exist'],
    "an unknown --cluster": [{ kubeconfig: "one.yaml", cluster: "x" }, 'cluster "x" does not exist'],
    "an unknown --user": [{ kubeconfig: "one.yaml", user: "x" }, 'auth info "x" does not exist'],
    "no current context": [{ kubeconfig: "adrift.yaml" }, "current-context is not set"],
    "a user that is nowhere": [{ kubeconfig: "adrift.yaml", context: "a" }, 'user "a" was not found for context "a"'],
    "groups without a user": [
      { kubeconfig: "one.yaml", asGroups: ["g"] },
      "requesting uid, groups or user-extra for shared without impersonating a user",
    ],
    "a uid without a user": [{ server: "https://s", asUid: "1" }, /^requesting uid, groups or user-extra/],
    "skipping verification with a CA": [
      { server: "https://s", insecureSkipTlsVerify: true, certificateAuthority: join(tls, "ca.crt") },
      "specifying a root certificates file with the insecure flag is not allowed",
    ],
    "a missing CA": [
      { kubeconfig: "one.yaml", certificateAuthority: "nowhere.crt" },
      `unable to read certificate-authority ${join(kubeconfigs, "nowhere.crt")} for shared due to no such file or directory`,
    ],
    "a CA that is none": [
      { kubeconfig: "one.yaml", certificateAuthority: "one.yaml" },
      /unable to parse bytes as PEM block$/,
    ],
    "a certificate without a key": [
      { kubeconfig: "one.yaml", clientCertificate: join(tls, "client.crt") },
      "client-key-data or client-key must be specified for shared to use the clientCert authentication method",
    ],
    "a key of another certificate": [
      { kubeconfig: "one.yaml", clientCertificate: join(tls, "client.crt"), clientKey: join(tls, "server.key") },
      /^invalid client certificate and key of shared: .*key values mismatch$/,
    ],
    "a wrong timeout": [{ server: "https://s", requestTimeout: "5x" }, /^invalid timeout value "5x": timeout must be/],
    "a server that is no URL": [{ server: "ftp://s" }, 'host must be a URL or a host:port pair: "ftp://s"'],
    "a number for a token": [
      { kubeconfig: "number.yaml" },
      `error loading config file "${join(kubeconfigs, "number.yaml")}": users[0].user.token: expected a string, found a number`,
    ],
    "data that is not base64": [{ kubeconfig: "base64.yaml" }, /certificate-authority-data: illegal base64 data$/],
    "a name twice": [{ kubeconfig: "twice.yaml" }, /clusters: duplicate name "x" in list$/],
    "another kind": [{ kubeconfig: "pod.yaml" }, /no kind "Pod" is registered for version "v1"$/],
  };

  it.each(Object.entries(cases))("%s", async (_name, [flags, message]) => {
    const text = typeof message === "string" ? message : matching(message);
    await expect(open(flags)).rejects.toMatchObject({ reason: "Usage", message: text });
  });

  it.each([
    ["colon.yaml", /colon\.yaml": yaml: line 5: [A-Z]/],
    ["tab.yaml", /tab\.yaml": yaml: line 3: /],
    ["unclosed.yaml", /unclosed\.yaml": yaml: line \d: /],
  ])("a malformed %s with file and line, quoting nothing", async (kubeconfig, message) => {
    const error: unknown = await open({ kubeconfig, server: "https://s" }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason: "Usage", message: matching(message) });
    for (let at = error; at instanceof Error; at = at.cause) expect(at.message).not.toContain("s3cret-canary");
  });

  it("every broken file of KUBECONFIG at once", async () => {
    const env = { KUBECONFIG: ["number.yaml", "one.yaml", "twice.yaml"].join(delimiter) };
    await expect(open({}, { env })).rejects.toMatchObject({
      problems: [holding("number.yaml"), holding("twice.yaml")],
    });
  });

  it.each<[string, object, RegExp]>([
    ["basic authentication", { username: "u", password: "canary" }, /^user "it" has a username and password/],
    ["an auth-provider", { "auth-provider": { name: "gcp" } }, /^no Auth Provider found for name "gcp" of user "it"$/],
  ])("%s", async (_name, user, message) => {
    await expect(withStanzas({ user })).rejects.toMatchObject({
      reason: "Usage",
      message: matching(message),
    });
  });

  it("an auth-provider no more when --token makes it needless", async () => {
    expect(
      await (await withStanzas({ user: { "auth-provider": { name: "gcp" } } }, { token: "t" })).authHeaders(),
    ).toHaveLength(2);
  });

  it("a cluster that is nowhere, unless --server replaces it", async () => {
    const context = { cluster: "x" };
    await expect(withStanzas({ context })).rejects.toMatchObject({
      message: 'cluster "x" was not found for context "it"',
    });
    expect((await withStanzas({ context }, { server: "https://s" })).server.host).toBe("s");
  });

  it("an empty token file, when the first request is made", async () => {
    const access = await open({ server: "https://s", tokenFile: join(aDirectory({ token: " \n" }), "token") });
    await expect(access.authHeaders()).rejects.toMatchObject({
      reason: "Unauthorized",
      message: matching(/^read empty token from file/),
    });
    const missing = await open({ server: "https://s", tokenFile: "nowhere" });
    await expect(missing.authHeaders()).rejects.toMatchObject({
      reason: "Unauthorized",
      message: matching(/no such file or directory$/),
    });
  });
});
