/** What a database leaves when it goes, what it takes over when it comes, how its volumes grow. */
import { describe, expect, it } from "vitest";
import { field, listField, textField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { poll } from "../cluster/poll.ts";
import { admin, applyAll, kubectl } from "../support/real/cluster.ts";
import { dbopEnds, install, installCommand, startDbop, verb, type Target } from "../support/real/dbop.ts";
import { etcdctl, expectMembers, putAll, readAll, someData } from "../support/real/etcd.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { versionsIn } from "../support/real/untouched.ts";

/** `Kind name` of everything in the namespace that some tool has put there. */
async function contents(namespace: string): Promise<readonly string[]> {
  const names = (await versionsIn(namespace)).map((line) => line.split(/\s+/u).slice(0, 2).join(" "));
  return names.filter((name) => !/^(ConfigMap kube-root-ca.crt|ServiceAccount default)$|^demo\./u.test(name));
}

const claims = [
  "PersistentVolumeClaim data-demo-0",
  "PersistentVolumeClaim data-demo-1",
  "PersistentVolumeClaim data-demo-2",
];
const credentials = ["Secret demo-ca", "Secret demo-client-tls", "Secret demo-member-tls"];

async function podUids({ namespace }: Target): Promise<readonly string[]> {
  const { kube } = await admin();
  return (await kube.list(types.pod, { namespace })).items.map(({ metadata }) => metadata.uid ?? "").toSorted();
}

/** Grants what the claims ask for, as a storage provider would, until `running` has ended. */
async function playResizer({ namespace }: Target, size: string, running: Promise<unknown>): Promise<void> {
  const { kube } = await admin();
  let ended = false;
  void running.finally(() => (ended = true));
  await poll({ what: `all claims ask for ${size}`, timeoutMs: 180_000 }, async () => {
    const { items } = await kube.list(types.claim, { namespace });
    for (const { metadata, spec, status } of items) {
      const asked = textField(field(field(spec, "resources"), "requests"), "storage");
      if (asked !== size || textField(field(status, "capacity"), "storage") === size) continue;
      const patch = JSON.stringify({ status: { capacity: { storage: size } } });
      await kubectl([
        "patch",
        "pvc",
        metadata.name,
        "-n",
        namespace,
        "--subresource=status",
        "--type=merge",
        "-p",
        patch,
      ]);
    }
    const grown = items.filter(({ status }) => textField(field(status, "capacity"), "storage") === size);
    return ended || grown.length === items.length ? true : undefined;
  });
}

async function claimTemplateSize({ namespace, name }: Target): Promise<string> {
  const { kube } = await admin();
  const set = await kube.get({ type: types.statefulSet, namespace, name });
  const [template] = listField(field(set, "spec"), "volumeClaimTemplates");
  return textField(field(field(field(template, "spec"), "resources"), "requests"), "storage");
}

describe.concurrent("a database", () => {
  it("leaves its data and credentials, is brought back from them, and leaves nothing when asked by name", async () => {
    await inNamespace("kept", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target);
      await putAll(target, someData);
      const before = await expectMembers(target, 3);

      expect((await dbopEnds(8, verb("delete", target))).stderr).toContain("--yes");
      const { stderr } = await dbopEnds(0, verb("delete", target, "--yes"));
      expect(stderr).toContain("kept: persistentvolumeclaim/data-demo-0");
      await poll({ what: "its objects are collected", timeoutMs: 120_000 }, async () =>
        (await contents(namespace)).length === claims.length + credentials.length ? true : undefined,
      );
      expect(await contents(namespace)).toEqual([...claims, ...credentials]);

      const refused = await dbopEnds(8, installCommand(target));
      expect(refused.stderr).toContain("no-bootstrap-over-data");
      expect(refused.stderr).toContain("--adopt");
      expect(await contents(namespace)).toEqual([...claims, ...credentials]);
      await install(target, { flags: ["--adopt"] });
      expect(await expectMembers(target, 3)).toEqual(before);
      for (const ordinal of [0, 1, 2]) expect(await readAll(target, "data/", { ordinal })).toEqual(someData);

      await dbopEnds(8, verb("delete", target, "--delete-data"));
      await dbopEnds(8, verb("delete", target, "--delete-data", "--yes"));
      await dbopEnds(8, verb("delete", target, "--delete-data", "--confirm", "other"));
      await expectMembers(target, 3);
      await dbopEnds(0, verb("delete", target, "--delete-data", "--confirm", "demo"));
      await poll({ what: "everything is gone", timeoutMs: 120_000 }, async () =>
        (await contents(namespace)).length === 0 ? true : undefined,
      );
    });
  });

  it("takes over a Service of its name only when told to, and then serves through it", async () => {
    await inNamespace("foreign", async (namespace) => {
      const target = { namespace, name: "demo" };
      const service = { selector: { app: "other" }, ports: [{ name: "web", port: 80, targetPort: 8080 }] };
      await applyAll([{ apiVersion: "v1", kind: "Service", metadata: { name: "demo", namespace }, spec: service }]);
      const before = await versionsIn(namespace);
      const refused = await dbopEnds(8, installCommand(target, { replicas: 1 }));
      expect(refused.stderr).toContain("owned-by-us");
      expect(refused.stderr).toContain("service/demo");
      expect(refused.stderr).toContain("--adopt");
      expect(await versionsIn(namespace)).toEqual(before);
      await install(target, { replicas: 1, flags: ["--adopt"] });
      const endpoint = `https://demo.${namespace}.svc:2379`;
      await poll({ what: "the Service leads to the member", timeoutMs: 120_000 }, () =>
        etcdctl(target, ["put", "through", "service"], { endpoint }).catch(() => undefined),
      );
    });
  });

  it("grows its volumes where the storage class allows it, around the running members", async () => {
    await inNamespace("grow", async (namespace) => {
      const fixed = { namespace, name: "fixed" };
      await install(fixed, { replicas: 1 });
      const refused = await dbopEnds(8, verb("scale", fixed, "--storage", "512Mi"));
      expect(refused.stderr).toContain("volume-expansion-allowed");
      const target = { namespace, name: "demo" };
      await install(target, { flags: ["--storage-class", "expandable", "--set", "quota-backend-bytes=67108864"] });
      await putAll(target, someData);
      const pods = await podUids(target);
      const growing = startDbop(verb("scale", target, "--storage", "512Mi")).ended;
      await playResizer(target, "512Mi", growing);
      const grown = await growing;
      expect(grown.code, grown.stderr).toBe(0);
      expect(await claimTemplateSize(target)).toBe("512Mi");
      expect(await podUids(target)).toEqual(pods);
      expect(await readAll(target, "data/")).toEqual(someData);
      expect((await dbopEnds(2, verb("scale", target, "--storage", "256Mi"))).stderr).toContain(
        "a volume can't shrink",
      );
      expect((await dbopEnds(0, verb("reconcile", target))).stdout).toContain("unchanged");
    });
  });
});
