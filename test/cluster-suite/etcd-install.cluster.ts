/** Fresh clusters of every supported minor, size and TLS mode, in namespaces that enforce Pod Security `restricted`. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { field, listField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { createAuthority, issueCertificate } from "../../src/resources/tls/issue.ts";
import { versions } from "../cluster/versions.ts";
import { admin, applyAll, kubectl } from "../support/real/cluster.ts";
import { dbopEnds, install, installCommand, type Target } from "../support/real/dbop.ts";
import { askEtcd, etcdctl, expectMembers, members, putAll, readAll, someData } from "../support/real/etcd.ts";
import { inNamespace } from "../support/real/namespace.ts";

const service = ({ namespace, name }: Target, scheme: string): string => `${scheme}://${name}.${namespace}.svc:2379`;

function manifest(name: string, spec: object = {}): string {
  const cluster = { engine: "etcd", version: versions.etcd["3.6"], replicas: 1, storage: { size: "256Mi" }, ...spec };
  return JSON.stringify({
    apiVersion: "dbop.dev/v1alpha1",
    kind: "DatabaseCluster",
    metadata: { name },
    spec: cluster,
  });
}

/** A directory with these files. */
function directory(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "dbop-manifests-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** The three Secrets of `--tls=secret`, of one authority. */
async function makeSecrets({ namespace, name }: Target): Promise<readonly string[]> {
  const now = new Date();
  const authority = await createAuthority("test", now, 30);
  const members = [`*.${name}-members.${namespace}.svc`, `*.${name}-members.${namespace}.svc.cluster.local`];
  const services = ["", `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map(
    (rest) => name + rest,
  );
  const wanted = {
    server: { dnsNames: [...members, ...services, "localhost"], usages: ["server", "client"] },
    peer: { dnsNames: members, usages: ["server", "client"] },
    client: { dnsNames: [], usages: ["client"] },
  } as const;
  const secrets = Object.entries(wanted).map(async ([role, { dnsNames, usages }]) => {
    const pair = await issueCertificate({
      authority,
      commonName: role,
      dnsNames,
      ipAddresses: ["127.0.0.1"],
      usages,
      now,
      days: 30,
    });
    const stringData = { "ca.crt": authority.cert, "tls.crt": pair.cert, "tls.key": pair.key };
    return {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: { name: `my-${role}`, namespace },
      stringData,
    };
  });
  await applyAll(await Promise.all(secrets));
  return ["--tls=secret", ...Object.keys(wanted).map((role) => `--tls-${role}-secret=my-${role}`)];
}

describe.concurrent("install", () => {
  it(`makes 3 members of ${versions.etcd["3.6"]} with managed TLS, safe and steady, and finds nothing to do the next time`, async () => {
    await inNamespace("three", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target);
      await expectMembers(target, 3);
      await expectSafe(target);

      const through = { endpoint: service(target, "https") };
      await etcdctl(target, ["put", "key", "value"], through);
      const without = await askEtcd(
        target,
        ["--insecure-skip-tls-verify", "--dial-timeout=3s", "--command-timeout=3s", "get", "key"],
        { ...through, tls: false },
      );
      expect(without).toMatchObject({ outcome: "exited", code: 1 });

      await kubectl(["wait", "--for=condition=Ready", "dbc/demo", "-n", namespace, "--timeout=5s"]);
      const table = await kubectl(["get", "dbc", "-n", namespace]);
      expect(table).toMatch(
        /^NAME +ENGINE +VERSION +REPLICAS +READY +REASON +AGE\ndemo +etcd +3\.6\.\d+ +3 +True +AllMembersReady +\d+s\n$/u,
      );

      expect((await dbopEnds(0, installCommand(target))).stdout).toBe("databasecluster.dbop.dev/demo unchanged\n");
      await dbopEnds(3, installCommand(target, { flags: ["--error-unchanged"] }));
    });
  });

  it(`makes 5 members of ${versions.etcd["3.7"]} from a file`, async () => {
    await inNamespace("five", async (namespace) => {
      const target = { namespace, name: "demo" };
      const path = join(
        directory({ "demo.yaml": manifest("demo", { version: versions.etcd["3.7"], replicas: 5 }) }),
        "demo.yaml",
      );
      await dbopEnds(0, ["install", "-f", path, "-n", namespace]);
      await expectMembers(target, 5);
      await putAll(target, someData);
      expect(await readAll(target, "data/", { ordinal: 4 })).toEqual(someData);
    });
  });

  it(`makes one member of ${versions.etcd["3.5"][0]} without TLS when told to`, async () => {
    await inNamespace("plain", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { version: versions.etcd["3.5"][0], replicas: 1, flags: ["--tls=disabled"] });
      await etcdctl(target, ["put", "key", "value"], { tls: false, endpoint: service(target, "http") });
      const secrets = await (await admin()).kube.list(types.secret, { namespace });
      expect(secrets.items).toEqual([]);
    });
  });

  it(`makes one member of ${versions.etcd["3.5"][1]} with a user's own certificates`, async () => {
    await inNamespace("own", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { version: versions.etcd["3.5"][1], replicas: 1, flags: await makeSecrets(target) });
      await etcdctl(target, ["put", "key", "value"], { endpoint: service(target, "https") });
      const secrets = await (await admin()).kube.list(types.secret, { namespace });
      expect(secrets.items.map(({ metadata }) => metadata.name).toSorted()).toEqual([
        "my-client",
        "my-peer",
        "my-server",
      ]);
    });
  });

  it("takes manifests from standard input and from a directory", async () => {
    await inNamespace("files", async (namespace) => {
      await dbopEnds(0, ["install", "-f", "-", "-n", namespace], { stdin: manifest("piped") });
      const path = directory({ "a.yaml": manifest("first"), "b.json": manifest("second"), "notes.txt": "nothing" });
      const { stdout } = await dbopEnds(0, ["install", "-f", path, "-n", namespace]);
      expect(stdout).toBe("databasecluster.dbop.dev/first installed\ndatabasecluster.dbop.dev/second installed\n");
      for (const name of ["piped", "first", "second"]) expect(await members({ namespace, name })).toHaveLength(1);
      const { stdout: list } = await dbopEnds(0, ["list", "-n", namespace, "-o", "json"]);
      expect(listField(JSON.parse(list), "items")).toHaveLength(3);
    });
  });
});

/** What a cautious administrator looks for. */
async function expectSafe({ namespace, name }: Target): Promise<void> {
  const { kube } = await admin();
  const pod = await kube.get({ type: types.pod, namespace, name: `${name}-0` });
  expect(field(pod, "spec")).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        startupProbe: { httpGet: { port: "metrics" } },
        livenessProbe: { httpGet: { path: "/livez" } },
        readinessProbe: { httpGet: { path: "/readyz" } },
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "1Gi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  });
  expect(JSON.stringify(field(pod, "spec"))).not.toContain("serviceAccountToken");
  const set = await kube.get({ type: types.statefulSet, namespace, name });
  expect(field(set, "spec")).toMatchObject({
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    template: { spec: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{}] } } } },
  });
  const budget = await kube.get({ type: types.podDisruptionBudget, namespace, name });
  expect(budget).toMatchObject({ spec: { minAvailable: 2 }, status: { disruptionsAllowed: 1 } });
}
