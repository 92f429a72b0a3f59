import { describe, expect, it } from "vitest";
import { isSealed, manifestOf } from "../../src/backup/facts.ts";
import { pruneJob } from "../../src/backup/retention.ts";
import { sealJob, takeJob } from "../../src/backup/take.ts";
import { backupMethod, contents } from "../../src/engines/etcd/backup/method.ts";
import { field, listField, textField } from "../../src/kube/fields.ts";
import type { KubeObject } from "../../src/kube/objects.ts";
import { selectorLabels } from "../../src/resources/labels.ts";
import { aBackup, another } from "../support/backup-model/a-backup.ts";

const owner = { engine: "etcd", name: "demo", namespace: "shop", uid: "7d1f" };
const { spec, seen } = aBackup().opened().took().given;
const { location, take } = seen;
const backup = another("noon");
const found = backupMethod(spec.engine, seen.engine);
if (!found.ok || take?.takenOf === undefined) throw new Error("nothing to take");
const [method, takenOf] = [found.value, take.takenOf];
const manifest = manifestOf(take, "structural", contents);
if (!manifest.ok) throw new Error(manifest.problems);

type Verify = "none" | "integrity" | "structural" | "functional";
const taking = (verify: Verify): KubeObject =>
  takeJob({ owner, backup: { ...backup, verify }, location }, { method, takenOf });
const sealing = sealJob({ owner, backup, location }, manifest.value);
const pruning = pruneJob(owner, backup, location);
const jobs = [...(["none", "integrity", "structural", "functional"] as const).map(taking), sealing, pruning];

const podOf = (job: KubeObject): unknown => field(field(job["spec"], "template"), "spec");
const containersOf = (job: KubeObject): readonly unknown[] => [
  ...listField(podOf(job), "initContainers"),
  ...listField(podOf(job), "containers"),
];
const namesIn = (job: KubeObject): readonly string[] => containersOf(job).map((one) => textField(one, "name"));

/** The program and what it is to do, without the flags that are always the same. */
const deeds = (job: KubeObject): readonly string[] =>
  containersOf(job).map((one) =>
    listField(one, "command")
      .filter((word) => !String(word).startsWith("--"))
      .join(" "),
  );

describe("the Job that takes a backup", () => {
  it.each([
    ["none", "prepare take inspect measure upload"],
    ["integrity", "prepare take inspect measure upload fetch compare"],
    ["structural", "prepare take inspect measure upload fetch restore compare"],
    ["functional", "prepare take inspect measure upload fetch restore serve ask compare"],
  ] as const)("of grade %s goes through these containers", (verify, names) => {
    expect(namesIn(taking(verify)).join(" ")).toBe(names);
  });

  it("looks at what came back, not at what was sent", () => {
    expect(deeds(taking("functional"))).toEqual([
      "rclone mkdir /work/taken",
      "etcdctl snapshot save /work/taken/db",
      "etcdutl snapshot status /work/taken/db",
      "rclone lsjson /work/taken",
      "rclone move /work/taken /backups/demo/etcd/noon/data/",
      "rclone copy /backups/demo/etcd/noon/data/ /work/fetched",
      "etcdutl snapshot restore /work/fetched/db",
      "etcd",
      "etcdctl get ",
      "rclone lsjson /work/fetched",
    ]);
  });
});

it("the Job that seals writes what it was given, and reads it back", () => {
  const text = field(field(field(sealing["spec"], "template"), "metadata"), "annotations");
  expect(JSON.parse(textField(text, "dbop.dev/manifest"))).toMatchObject({ consistencyPoint: "revision 21" });
  expect(deeds(sealing)).toEqual([
    "rclone copyto /manifest/manifest.json /backups/demo/etcd/noon/manifest.json",
    "rclone cat /backups/demo/etcd/noon/manifest.json",
  ]);
  const seal = { ...take, logs: { "read-back": textField(text, "dbop.dev/manifest") } };
  expect(isSealed(seal, manifest.value)).toBe(true);
  expect(isSealed({ ...seal, logs: {} }, manifest.value)).toBe(false);
});

it("the Job that removes takes the manifest away before anything else", () => {
  expect(namesIn(pruning)).toEqual(["prepare", "unseal", "purge"]);
  expect(listField(containersOf(pruning)[1], "command")).toContain("--include=/manifest.json");
});

describe("every Job of a backup", () => {
  it.each(jobs.map((job) => [job.metadata.name, job] as const))("is one that may run anywhere: %s", (_name, job) => {
    expect(job.metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: "DatabaseBackup", name: "noon", uid: backup.uid }),
    ]);
    const { labels = {} } = job.metadata;
    expect(Object.entries(selectorLabels(owner)).every(([key, value]) => labels[key] === value)).toBe(false);
    expect(podOf(job)).toMatchObject({
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    for (const container of containersOf(job)) {
      expect(container).toMatchObject({
        terminationMessagePolicy: "FallbackToLogsOnError",
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
      expect(["rclone", "etcd", "etcdctl", "etcdutl"]).toContain(listField(container, "command")[0]);
      expect(textField(field(field(container, "resources"), "limits"), "memory")).not.toBe("");
    }
  });

  it("is the same whenever it is made", () => {
    expect(JSON.stringify(taking("functional"))).toBe(JSON.stringify(taking("functional")));
  });
});
