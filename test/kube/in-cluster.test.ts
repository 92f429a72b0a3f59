import { describe, expect, it } from "vitest";
import { resolveAccess, type AccessFlags, type ClusterAccess } from "../../src/kube/access.ts";
import type { HostEnvironment } from "../../src/kube/host.ts";
import { aDirectory, aHost, aKubeconfig } from "./host-fixture.ts";
import { pem } from "./local-servers.ts";

const directory = "/var/run/secrets/kubernetes.io/serviceaccount";
const env = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };

/** A Pod's view of the machine. `files` can be changed later: tokens rotate. */
function aPod(files: Map<string, string>, facts: Partial<HostEnvironment> = {}): HostEnvironment {
  const readFile = (path: string): string => {
    const text = files.get(path);
    if (text !== undefined) return text;
    if (!path.startsWith(directory)) return aHost().readFile(path);
    throw Object.assign(new Error("missing"), { code: "ENOENT" });
  };
  return aHost({ env, readFile, ...facts });
}

const mounted = (): Map<string, string> =>
  new Map([
    [`${directory}/token`, "first\n"],
    [`${directory}/ca.crt`, pem("ca.crt")],
    [`${directory}/namespace`, "payments\n"],
  ]);

const open = (host: HostEnvironment, flags: Partial<AccessFlags> = {}): Promise<ClusterAccess> =>
  resolveAccess({ asGroups: [], ...flags }, host);

describe("in a Pod", () => {
  it("uses the service account when nothing else is configured", async () => {
    const access = await open(aPod(mounted()));
    expect(access.server.href).toBe("https://10.96.0.1/");
    expect(access).toMatchObject({
      contextName: "",
      namespace: "payments",
      tls: { ca: pem("ca.crt"), rejectUnauthorized: true },
    });
  });

  it("follows the token as it rotates", async () => {
    const files = mounted();
    const access = await open(aPod(files));
    const first = await access.authHeaders();
    files.set(`${directory}/token`, "second");
    expect(access.refresh(first)).toBe(true);
    expect([first, await access.authHeaders()]).toEqual([
      ["Authorization", "Bearer first"],
      ["Authorization", "Bearer second"],
    ]);
  });

  it.each<[string, Partial<AccessFlags>, Record<string, string>, string]>([
    ["--namespace", { namespace: "flag" }, { POD_NAMESPACE: "pod" }, "flag"],
    ["POD_NAMESPACE", {}, { POD_NAMESPACE: "pod" }, "pod"],
    ["the mounted file", {}, {}, "payments"],
  ])("takes the namespace from %s", async (_name, flags, more, namespace) => {
    expect(await open(aPod(mounted(), { env: { ...env, ...more } }), flags)).toMatchObject({ namespace });
  });

  it("lets flags for token and impersonation count", async () => {
    const access = await open(aPod(mounted()), { token: "flag", as: "eve" });
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer flag", "Impersonate-User", "eve"]);
  });

  it("writes an IPv6 address as a URL wants it", async () => {
    const host = aPod(mounted(), {
      env: { ...env, KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" },
    });
    expect((await open(host)).server.href).toBe("https://[fd00::1]:6443/");
  });

  it("prefers a kubeconfig, whose unset namespace is then the Pod's, as for kubectl", async () => {
    const homedir = aDirectory({ ".kube/config": aKubeconfig({}) });
    const access = await open(aPod(mounted(), { homedir }));
    expect(access.server.host).toBe("it.example");
    expect(access).toMatchObject({ contextName: "it", namespace: "payments" });
  });

  it("is not recognised without a token or without the variables", async () => {
    const files = mounted();
    await expect(open(aPod(files, { env: {} }))).rejects.toMatchObject({ reason: "Usage" });
    files.delete(`${directory}/token`);
    await expect(open(aPod(files))).rejects.toMatchObject({ reason: "Usage" });
  });
});
