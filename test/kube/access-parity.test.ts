/** What arrives at the API server: the same, whether our access or kubectl asks. The expectations stand here; kubectl, where at hand, must meet them too. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveAccess, type AccessFlags } from "../../src/kube/access.ts";
import { aDirectory, aHost } from "./host-fixture.ts";
import { kubectl, kubectlPath } from "./kubectl.ts";
import { ask, pem, startApiServer, type Running, type Seen } from "./local-servers.ts";

interface Case {
  readonly flags: Partial<AccessFlags>;
  readonly expected: Partial<Seen>;
  /** Where we differ from kubectl on purpose. */
  readonly unlikeKubectl?: string;
}

const raw = "its get --raw replaces the server's own path";

const cases: Readonly<Record<string, Case>> = {
  "the current context": {
    flags: {},
    expected: { path: "/probe", headers: ["authorization: Bearer token-a"], client: undefined },
  },
  "--context": {
    flags: { context: "cert" },
    expected: { headers: [], client: "ada", path: "/prefix/probe" },
    unlikeKubectl: raw,
  },
  "--cluster": {
    flags: { cluster: "prefixed" },
    expected: { headers: ["authorization: Bearer token-a"], path: "/prefix/probe" },
    unlikeKubectl: raw,
  },
  "--user": { flags: { user: "cert" }, expected: { headers: [], client: "ada" } },
  "--token over a token": { flags: { token: "flag" }, expected: { headers: ["authorization: Bearer flag"] } },
  "--token beside a certificate": {
    flags: { user: "cert", token: "flag" },
    expected: { headers: ["authorization: Bearer flag"], client: "ada" },
  },
  "--token instead of a plugin": {
    flags: { user: "plugin", token: "flag" },
    expected: { headers: ["authorization: Bearer flag"] },
  },
  "a token file, trimmed": { flags: { user: "file" }, expected: { headers: ["authorization: Bearer token-f"] } },
  "a token file wins over a token": {
    flags: { user: "both" },
    expected: { headers: ["authorization: Bearer token-f"] },
  },
  "--token over a token file": {
    flags: { user: "file", token: "flag" },
    expected: { headers: ["authorization: Bearer flag"] },
    unlikeKubectl: "it lets the file win over the flag",
  },
  "a plugin's token": { flags: { user: "plugin" }, expected: { headers: ["authorization: Bearer from-plugin"] } },
  "a plugin's certificate": { flags: { user: "certplugin" }, expected: { headers: [], client: "ada" } },
  "--client-certificate and --client-key": {
    flags: { user: "nobody", clientCertificate: "client.crt", clientKey: "client.key" },
    expected: { headers: [], client: "ada" },
  },
  "--as": { flags: { as: "eve" }, expected: { headers: ["authorization: Bearer token-a", "impersonate-user: eve"] } },
  "--as with uid and two groups": {
    flags: { as: "eve", asUid: "7", asGroups: ["g1", "g2"] },
    expected: {
      headers: [
        "authorization: Bearer token-a",
        "impersonate-group: g1",
        "impersonate-group: g2",
        "impersonate-uid: 7",
        "impersonate-user: eve",
      ],
    },
  },
  "impersonation in the kubeconfig": {
    flags: { user: "masked" },
    expected: {
      headers: [
        "authorization: Bearer token-m",
        "impersonate-extra-acme.com%2fproject: x",
        "impersonate-extra-scopes: edit",
        "impersonate-extra-scopes: view",
        "impersonate-group: ops",
        "impersonate-uid: 9",
        "impersonate-user: bob",
      ],
    },
  },
  "--as over it keeps the rest": {
    flags: { user: "masked", as: "eve", asGroups: ["g1"] },
    expected: {
      headers: [
        "authorization: Bearer token-m",
        "impersonate-extra-acme.com%2fproject: x",
        "impersonate-extra-scopes: edit",
        "impersonate-extra-scopes: view",
        "impersonate-group: g1",
        "impersonate-uid: 9",
        "impersonate-user: eve",
      ],
    },
  },
  "--tls-server-name": { flags: { tlsServerName: "cluster.test" }, expected: { servername: "cluster.test" } },
  "tls-server-name in the kubeconfig": { flags: { cluster: "renamed" }, expected: { servername: "cluster.test" } },
  "--insecure-skip-tls-verify drops the CA": {
    flags: { cluster: "distrusted", insecureSkipTlsVerify: true },
    expected: { path: "/probe" },
  },
  "--certificate-authority over the kubeconfig's": {
    flags: { cluster: "distrusted", certificateAuthority: "ca.crt" },
    expected: { path: "/probe" },
  },
  "--certificate-authority over insecure-skip-tls-verify": {
    flags: { cluster: "insecure", certificateAuthority: "ca.crt" },
    expected: { path: "/probe" },
  },
};

let server: Running & { readonly seen: Seen[] };
let directory: string;

const plugin = (status: object): object => ({
  exec: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: ["-c", 'printf %s "$ANSWER"'],
    env: [
      {
        name: "ANSWER",
        value: JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status }),
      },
    ],
    interactiveMode: "Never",
  },
});

function kubeconfig(port: number): string {
  const here = `https://127.0.0.1:${port}`;
  const trusted = { server: here, "certificate-authority": "ca.crt" };
  const clusters = {
    plain: trusted,
    prefixed: { ...trusted, server: `${here}/prefix/` },
    renamed: { ...trusted, "tls-server-name": "cluster.test" },
    distrusted: { server: here, "certificate-authority": "other-ca.crt" },
    insecure: { server: here, "insecure-skip-tls-verify": true },
  };
  const users = {
    a: { token: "token-a" },
    cert: { "client-certificate": "client.crt", "client-key": "client.key" },
    file: { tokenFile: "token" },
    both: { token: "token-a", tokenFile: "token" },
    plugin: plugin({ token: "from-plugin" }),
    certplugin: plugin({ clientCertificateData: pem("client.crt"), clientKeyData: pem("client.key") }),
    nobody: {},
    masked: {
      token: "token-m",
      as: "bob",
      "as-uid": "9",
      "as-groups": ["ops"],
      "as-user-extra": { scopes: ["view", "edit"], "acme.com/project": ["x"] },
    },
  };
  return JSON.stringify({
    "current-context": "a",
    clusters: Object.entries(clusters).map(([name, cluster]) => ({ name, cluster })),
    users: Object.entries(users).map(([name, user]) => ({ name, user })),
    contexts: [
      { name: "a", context: { cluster: "plain", user: "a" } },
      { name: "cert", context: { cluster: "prefixed", user: "cert" } },
    ],
  });
}

beforeAll(async () => {
  server = await startApiServer();
  const tls = Object.fromEntries(
    ["ca.crt", "other-ca.crt", "client.crt", "client.key"].map((name) => [name, pem(name)]),
  );
  directory = aDirectory({ ...tls, config: kubeconfig(server.port), token: "token-f\n" });
});

afterAll(() => server.close());

const environment = { PATH: "/usr/bin:/bin" };

async function askedByUs(flags: Partial<AccessFlags>): Promise<Seen> {
  const host = aHost({ cwd: directory, env: environment });
  const access = await resolveAccess({ asGroups: [], ...flags, kubeconfig: "config" }, host);
  try {
    return await ask(access, "/probe");
  } finally {
    access.close();
  }
}

async function askedByKubectl(flags: Partial<AccessFlags>): Promise<Seen | undefined> {
  const dashed = (name: string): string => `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
  const given = Object.entries(flags).flatMap(([name, value]) =>
    name === "asGroups"
      ? (value as string[]).map((group) => `--as-group=${group}`)
      : [`${dashed(name)}=${String(value)}`],
  );
  const run = await kubectl(["get", "--raw", "/probe", "--kubeconfig=config", ...given], environment, directory);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(run.stdout) as Seen;
}

describe("the API server sees", () => {
  it.each(Object.entries(cases))("%s", async (_name, { flags, expected, unlikeKubectl }) => {
    const ours = await askedByUs(flags);
    expect(ours).toMatchObject(withoutUndefined(expected));
    if (kubectlPath === undefined || unlikeKubectl !== undefined) return;
    expect(await askedByKubectl(flags)).toEqual(withoutUndefined(ours));
  });
});

function withoutUndefined(seen: Partial<Seen>): object {
  return JSON.parse(JSON.stringify(seen)) as object;
}
