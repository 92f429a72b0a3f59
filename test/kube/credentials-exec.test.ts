/** Exec credential plugins, as real child processes: a shell script that writes down what it was told. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveAccess, type ClusterAccess } from "../../src/kube/access.ts";
import type { HostEnvironment, PluginRun } from "../../src/kube/host.ts";
import { aDirectory, aHost, aKubeconfig } from "./host-fixture.ts";
import { holding, matching } from "./matchers.ts";
import { kubectl, kubectlPath } from "./kubectl.ts";
import { pem } from "./local-servers.ts";

const v1 = "client.authentication.k8s.io/v1";
const v1beta1 = "client.authentication.k8s.io/v1beta1";
const environment = { PATH: "/usr/bin:/bin", INHERITED: "yes" };

/** Counts its runs, keeps what it was told, and answers $ANSWER with %RUN% replaced by the number of the run. */
const script = `#!/bin/sh
cd "$(dirname "$0")/.."
echo run >> runs
printf '%s' "$KUBERNETES_EXEC_INFO" > told
printf '%s|%s|%s|%s|%s' "$1" "$2" "$INHERITED" "$OWN" "$(cat)" > circumstances
printf '%s' "$ANSWER" | sed "s/%RUN%/$(wc -l < runs | tr -d ' ')/"
exit "$CODE"
`;

interface Plugin {
  readonly exec?: object;
  readonly answer?: unknown;
  readonly code?: string;
  readonly cluster?: object;
}

const answerOf = (status: object, apiVersion = v1): object => ({ apiVersion, kind: "ExecCredential", status });

/** A kubeconfig with the plugin beside it, whose command is relative. */
function directoryOf({ exec, answer = answerOf({ token: "t%RUN%" }), code = "0", cluster = {} }: Plugin): string {
  const env = [
    { name: "ANSWER", value: typeof answer === "string" ? answer : JSON.stringify(answer) },
    { name: "CODE", value: code },
    { name: "OWN", value: "own" },
  ];
  const stanza = {
    apiVersion: v1,
    command: "./bin/plugin",
    args: ["a b", "c"],
    env,
    interactiveMode: "Never",
    ...exec,
  };
  return aDirectory({ "bin/plugin": script, config: aKubeconfig({ user: { exec: stanza }, cluster }) }, 0o700);
}

async function open(
  plugin: Plugin,
  facts: Partial<HostEnvironment> = {},
): Promise<{ access: ClusterAccess; directory: string }> {
  const directory = directoryOf(plugin);
  const host = aHost({ env: environment, ...facts });
  return { access: await resolveAccess({ asGroups: [], kubeconfig: join(directory, "config") }, host), directory };
}

const read = (directory: string, name: string): string => readFileSync(join(directory, name), "utf8");
const runs = (directory: string): number =>
  existsSync(join(directory, "runs")) ? read(directory, "runs").split("\n").length - 1 : 0;

describe("an exec credential plugin", () => {
  it("gives the token, with its arguments, both environments and an empty stdin", async () => {
    const { access, directory } = await open({});
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer t1"]);
    expect(read(directory, "circumstances")).toBe("a b|c|yes|own|");
  });

  it("is not run before a credential is needed, and never for a plain server", async () => {
    const { directory } = await open({});
    expect(runs(directory)).toBe(0);
    const plain = await open({ cluster: { server: "http://plain.example" } });
    expect(await plain.access.authHeaders()).toEqual([]);
    expect(runs(plain.directory)).toBe(0);
  });

  it("is run once for all who ask at the same time, and later ones", async () => {
    const { access, directory } = await open({});
    await Promise.all([access.authHeaders(), access.clientCertificate(), access.authHeaders()]);
    await access.authHeaders();
    expect(runs(directory)).toBe(1);
  });

  it("is run again shortly before its credential expires", async () => {
    let now = Date.parse("2030-01-01T00:00:00Z");
    const answer = answerOf({ token: "t%RUN%", expirationTimestamp: "2030-01-01T00:01:00Z" });
    const { access, directory } = await open({ answer }, { now: () => now });
    await access.authHeaders();
    now += 49_000;
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer t1"]);
    now += 2000;
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer t2"]);
    expect(runs(directory)).toBe(2);
  });

  it("serves one request even when its credential has expired on arrival", async () => {
    const { access, directory } = await open(
      { answer: answerOf({ token: "t%RUN%", expirationTimestamp: "2001-01-01T00:00:00Z" }) },
      { now: () => 1e12 },
    );
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer t1"]);
    await access.clientCertificate();
    expect(runs(directory)).toBe(1);
  });

  it("is run again after a 401, but not for a credential that is already replaced", async () => {
    const { access } = await open({});
    const first = await access.authHeaders();
    expect(access.refresh(first)).toBe(true);
    const second = await access.authHeaders();
    expect(second).toEqual(["Authorization", "Bearer t2"]);
    expect(access.refresh(first)).toBe(true);
    expect(await access.authHeaders()).toEqual(second);
    expect(access.refresh()).toBe(true);
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer t3"]);
  });

  it("may give a certificate instead of a token", async () => {
    const pair = { cert: pem("client.crt"), key: pem("client.key") };
    const { access } = await open({ answer: answerOf({ clientCertificateData: pair.cert, clientKeyData: pair.key }) });
    expect(await access.authHeaders()).toEqual([]);
    expect(await access.clientCertificate()).toEqual(pair);
  });

  it("may answer in YAML, and by v1beta1 without saying how interactive it is", async () => {
    const answer = `apiVersion: ${v1beta1}\nkind: ExecCredential\nstatus:\n  token: yaml\n`;
    const { access } = await open({ answer, exec: { apiVersion: v1beta1, interactiveMode: undefined } });
    expect(await access.authHeaders()).toEqual(["Authorization", "Bearer yaml"]);
  });

  it("is left alone when nobody waits for it any more", async () => {
    const child: Promise<unknown>[] = [];
    const runPlugin = (run: PluginRun): Promise<never> => {
      const ended = aHost().runPlugin(run);
      child.push(ended);
      return ended as Promise<never>;
    };
    const { access } = await open({ exec: { command: "sleep", args: ["600"] } }, { runPlugin });
    const caller = new AbortController();
    const asked = access.authHeaders(caller.signal);
    caller.abort();
    await expect(asked).rejects.toMatchObject({ reason: "Interrupted" });
    await expect(child[0]).rejects.toMatchObject({ name: "AbortError" });
  });

  it("is ended by close", async () => {
    const { access } = await open({ exec: { command: "sleep", args: ["600"] } });
    const asked = access.authHeaders();
    access.close();
    await expect(asked).rejects.toMatchObject({ reason: "Interrupted" });
  });
});

describe("KUBERNETES_EXEC_INFO", () => {
  const cluster = {
    server: "https://127.0.0.1:1/prefix",
    "tls-server-name": "name",
    "certificate-authority-data": Buffer.from(pem("ca.crt")).toString("base64"),
    "proxy-url": "http://127.0.0.1:1",
    "disable-compression": true,
    extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "a" } }],
  };
  const { extensions: _extensions, ...described } = cluster;
  const insecure = { server: "https://127.0.0.1:1", "insecure-skip-tls-verify": true };
  const cases: Readonly<Record<string, readonly [Plugin, object]>> = {
    "names the version": [{}, { apiVersion: v1, spec: { interactive: false } }],
    "in the version asked for": [
      { exec: { apiVersion: v1beta1 }, answer: answerOf({ token: "t" }, v1beta1) },
      { apiVersion: v1beta1, spec: { interactive: false } },
    ],
    "describes the cluster when asked to": [
      { exec: { provideClusterInfo: true }, cluster },
      { apiVersion: v1, spec: { interactive: false, cluster: { ...described, config: { audience: "a" } } } },
    ],
    "describes a bare cluster": [
      { exec: { provideClusterInfo: true }, cluster: insecure },
      { apiVersion: v1, spec: { interactive: false, cluster: { ...insecure, config: null } } },
    ],
  };

  it.each(Object.entries(cases))("%s", async (_name, [plugin, expected]) => {
    const { access, directory } = await open(plugin);
    await access.authHeaders();
    expect(JSON.parse(read(directory, "told"))).toEqual({ kind: "ExecCredential", ...expected });
    if (kubectlPath === undefined) return;
    const theirs = directoryOf(plugin);
    // Nothing listens there: the plugin is run first.
    await kubectl(["get", "--raw", "/probe", "--kubeconfig", "config"], environment, theirs);
    expect(JSON.parse(read(theirs, "told"))).toEqual(JSON.parse(read(directory, "told")));
  });

  it.each([
    ["Never", true, false],
    ["IfAvailable", true, true],
    ["IfAvailable", false, false],
    ["Always", true, true],
  ])("interactiveMode %s with a terminal: %s, is interactive: %s", async (interactiveMode, stdinIsTty, interactive) => {
    const seen: PluginRun[] = [];
    const runPlugin: HostEnvironment["runPlugin"] = (run) => {
      seen.push(run);
      return Promise.resolve({ code: 0, stdout: JSON.stringify(answerOf({ token: "t" })) });
    };
    const { access } = await open({ exec: { interactiveMode } }, { stdinIsTty, runPlugin });
    await access.authHeaders();
    expect(seen[0]?.inheritStdin).toBe(interactive);
    expect(JSON.parse(seen[0]?.env["KUBERNETES_EXEC_INFO"] ?? "")).toMatchObject({ spec: { interactive } });
  });
});

describe("a failing exec credential plugin", () => {
  const canary = "canary-token";
  const cases: Readonly<Record<string, readonly [Plugin, string]>> = {
    "that exits with a code": [{ code: "3", answer: answerOf({ token: canary }) }, "failed with exit code 3"],
    "that needs a terminal": [
      { exec: { interactiveMode: "Always" } },
      "exec plugin cannot support interactive mode: standard input is not a terminal",
    ],
    "that answers in another version": [
      { answer: answerOf({ token: canary }, v1beta1) },
      `exec plugin is configured to use API version ${v1}, plugin returned version ${v1beta1}`,
    ],
    "that answers with another kind": [
      { answer: { apiVersion: v1, kind: "Secret", status: { token: canary } } },
      `no kind "Secret" is registered for version "${v1}"`,
    ],
    "that answers with a bare token": [{ answer: canary }, "ExecCredential: expected a map, found a string"],
    "that answers with broken JSON": [{ answer: `{"token": "${canary}", ` }, "yaml: line 1: "],
    "that answers with broken YAML": [{ answer: `kind: ${canary}: x` }, "yaml: line 1: "],
    "that answers nothing": [{ answer: "" }, `no kind ""`],
    "without a status": [
      { answer: { apiVersion: v1, kind: "ExecCredential" } },
      "exec plugin didn't return a status field",
    ],
    "with an empty status": [{ answer: answerOf({}) }, "exec plugin didn't return a token or cert/key pair"],
    "with half a pair": [
      { answer: answerOf({ clientKeyData: canary }) },
      "exec plugin returned only certificate or key, not both",
    ],
    "with a pair that is none": [
      { answer: answerOf({ clientKeyData: canary, clientCertificateData: canary }) },
      "invalid client key/certificate of the exec plugin",
    ],
    "with a token that is no text": [
      { answer: answerOf({ token: { canary } }) },
      "ExecCredential.status.token: expected a string, found a map",
    ],
    "with an expiry that is no time": [
      { answer: answerOf({ token: canary, expirationTimestamp: canary }) },
      "exec plugin returned an expirationTimestamp that is no time",
    ],
  };

  it.each(Object.entries(cases))("%s is an error that holds no secret", async (_name, [plugin, message]) => {
    const { access } = await open(plugin);
    const error: unknown = await access.authHeaders().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason: "Unauthorized", message: matching(/^getting credentials: /) });
    expect(error).toHaveProperty("message", holding(message));
    for (let at = error; at instanceof Error; at = at.cause)
      expect(JSON.stringify([at.message, at])).not.toContain(canary);
  });

  it("that is not installed says how to install it, without escape sequences", async () => {
    const { access } = await open({
      exec: { command: "dbop-no-such-plugin", installHint: "\u001b[31mbrew install it\n" },
    });
    await expect(access.authHeaders()).rejects.toMatchObject({
      reason: "Unauthorized",
      message: "getting credentials: exec: executable dbop-no-such-plugin not found",
      hint: "U+001B[31mbrew install it\n",
    });
  });

  it.each<[object, string]>([
    [{ interactiveMode: undefined }, "interactiveMode must be specified for it to use exec authentication plugin"],
    [{ interactiveMode: "Sometimes" }, `invalid interactiveMode for it: "Sometimes"`],
    [
      { apiVersion: "client.authentication.k8s.io/v1alpha1" },
      `exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"`,
    ],
    [{ apiVersion: undefined }, "apiVersion must be specified for it to use exec authentication plugin"],
    [{ command: undefined }, "command must be specified for it to use exec authentication plugin"],
    [{ env: [{ value: "x" }] }, "env variable name must be specified for it to use exec authentication plugin"],
  ])("with stanza %j is refused before it is run", async (exec, message) => {
    await expect(open({ exec })).rejects.toMatchObject({ reason: "Usage", message });
  });
});
