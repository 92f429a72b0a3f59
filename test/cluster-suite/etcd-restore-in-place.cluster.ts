/** A database that is there taken back to a backup: nothing stops for a bad one, nothing of it is missing afterwards, and no kill changes that. */
import { describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import { backup, makeLocation, revisionOf } from "../support/real/backups.ts";
import { makeClaimLocation } from "../support/real/claim-location.ts";
import { admin } from "../support/real/cluster.ts";
import { history } from "../support/real/database.ts";
import { dbopEnds, install, startDbop, verb, type Target } from "../support/real/dbop.ts";
import { etcdctl, expectMembers, putAll, readAll, someData } from "../support/real/etcd.ts";
import { begin, done, killedAt, planned, waiting, type Moment } from "../support/real/killed.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { flipBit, type StoreDisk } from "../support/real/store-disk.ts";
import { startWriter } from "../support/real/writer.ts";

/** A place for backups on a claim. */
async function withLocation(namespace: string): Promise<StoreDisk> {
  const { location, disk } = await makeClaimLocation(namespace);
  await makeLocation(namespace, "near", { pvc: { claimName: location.claimName } });
  return disk;
}

const restoreCommand = (target: Target): readonly string[] =>
  verb("restore", target, "--in-place", "--from", "noon", "--confirm", target.name);

async function podUids({ namespace }: Target): Promise<readonly string[]> {
  const { kube } = await admin();
  const { items } = await kube.list(types.pod, { namespace, labelSelector: "app.kubernetes.io/name=etcd" });
  return items.map(({ metadata }) => metadata.uid ?? "").toSorted();
}

/** What the operation has left the backup of before by, under whatever name. */
async function lastBackup({ namespace, name }: Target): Promise<string> {
  const { kube } = await admin();
  const names = (await kube.list(types.databaseBackup, { namespace })).items.map(({ metadata }) => metadata.name);
  const own = names.filter((one) => one.startsWith(`${name}-before-`));
  expect(own).toHaveLength(1);
  return own[0] ?? "";
}

async function revision(target: Target): Promise<number> {
  const status = await etcdctl(target, ["endpoint", "status", "--write-out=json"]);
  return Number(/"revision":(\d+)/u.exec(status)?.[1]);
}

describe.concurrent("a restore in place", () => {
  it("brings back what the backup holds and nothing else, and keeps a backup of what it has replaced", async () => {
    await inNamespace("inplace", async (namespace) => {
      const target = { namespace, name: "demo" };
      const [disk] = await Promise.all([withLocation(namespace), install(target)]);
      await putAll(target, someData);
      await dbopEnds(0, verb("backup", target, "--to", "near", "--name", "noon"));
      const noon = await backup(target, "noon");
      const pods = await podUids(target);
      const writer = await startWriter(target);
      let acknowledged: readonly string[] = [];
      try {
        await flipBit(disk, `${noon.path}/data/db`, 4096);
        const spoilt = await dbopEnds(9, restoreCommand(target));
        expect(spoilt.stderr).toContain(
          "is not what its manifest says: files are missing or altered, and nothing was restored from them (check:",
        );
        expect(await podUids(target)).toEqual(pods);
        expect(await readAll(target, "data/")).toEqual(someData);
        await flipBit(disk, `${noon.path}/data/db`, 4096);
        const { writes, seconds, longestGapMs } = writer.stretch();
        console.log(
          `beside a backup that is spoilt: ${writes} writes in ${Math.round(seconds)} s, gap ${longestGapMs} ms`,
        );
        expect(longestGapMs).toBeLessThan(5_000);

        const restoring = startDbop(restoreCommand(target));
        await restoring.saw(begin("Take a snapshot of .*"));
        acknowledged = writer.acknowledged();
        const ended = await restoring.ended;
        expect(ended.code, ended.stderr).toBe(0);
        const gap = writer.stretch().longestGapMs;
        console.log(`restore in place: longest gap in writes ${gap} ms, last backup and restore beside it included`);
      } finally {
        await writer.stop();
      }
      await expectMembers(target, 3);
      for (const ordinal of [0, 1, 2]) expect(await readAll(target, "data/", { ordinal })).toEqual(someData);
      // What was acknowledged before the members stopped is gone, as asked for; what was written to the new ones is there.
      const held = await readAll(target, "w/");
      expect(acknowledged.filter((key) => held.has(key))).toEqual([]);
      expect(await revision(target)).toBeGreaterThan(1_000_000_000);
      const last = await backup(target, await lastBackup(target));
      expect(last).toMatchObject({ outcome: "succeeded", verified: { grade: "structural" } });
      expect(revisionOf(last)).toBeGreaterThanOrEqual(acknowledged.length);
      expect((await dbopEnds(0, restoreCommand(target))).stdout).toContain("unchanged");
      expect((await dbopEnds(0, verb("reconcile", target))).stdout).toContain("unchanged");
    });
  });

  it("brings back a database whose data is gone for good", async () => {
    await inNamespace("gone", async (namespace) => {
      const target = { namespace, name: "demo" };
      await Promise.all([withLocation(namespace), install(target, { replicas: 1 })]);
      await putAll(target, someData);
      await dbopEnds(0, verb("backup", target, "--to", "near", "--name", "noon"));
      const { kube } = await admin();
      const claim = await kube.get({ type: types.claim, namespace, name: "data-demo-0" });
      await kube.delete(
        { type: types.claim, namespace, name: "data-demo-0" },
        { uid: claim?.metadata.uid ?? "", propagation: "Background" },
      );
      const pod = await kube.get({ type: types.pod, namespace, name: "demo-0" });
      await kube.delete(
        { type: types.pod, namespace, name: "demo-0" },
        { uid: pod?.metadata.uid ?? "", propagation: "Background" },
      );
      const told = await dbopEnds(8, verb("reconcile", target, "--timeout", "60s"));
      expect(told.stderr).toContain("--in-place");
      await dbopEnds(0, restoreCommand(target));
      expect(await readAll(target, "data/")).toEqual(someData);
    });
  });

  it.each(Array.from({ length: 4 }, (_, life) => life))(
    "killed with SIGKILL is one restore in the end: every fourth moment from number %i",
    async (life) => {
      await inNamespace(`iplace${String(life)}`, async (namespace) => {
        const target = { namespace, name: "demo" };
        await Promise.all([withLocation(namespace), install(target, { replicas: 2 })]);
        await putAll(target, someData);
        await dbopEnds(0, verb("backup", target, "--to", "near", "--name", "noon"));
        await etcdctl(target, ["put", "data/later", "lost"]);
        await killedAt(
          restoreCommand(target),
          moments.filter((_, index) => index % 4 === life),
        );
        await expectMembers(target, 2);
        for (const ordinal of [0, 1]) expect(await readAll(target, "data/", { ordinal })).toEqual(someData);
        expect((await backup(target, await lastBackup(target))).outcome).toBe("succeeded");
        const ends = (await history(target)).map((entry) => `${entry.verb} ${entry.result}`);
        expect(ends).toEqual(["restore-in-place Converged", "backup Converged", "install Converged"]);
      });
    },
  );
});

const both = (title: string): readonly Moment[] => [begin(title), done(title)];

const moments: readonly Moment[] = [
  planned,
  ...both("Read the manifest of .*"),
  waiting("the manifest has been read"),
  ...both("Restore the backup into data-demo-0"),
  waiting("the backup is restored"),
  ...both("Record that backup demo-before-[0-9a-f]+ begins"),
  done("Take a snapshot of .*"),
  waiting("backup demo-before-[0-9a-f]+ is there, read back and tried"),
  ...both("Write the manifest, which makes it a backup, and read it back"),
  begin("Record what was proved"),
  ...both("Stop all members"),
  waiting("all members have stopped"),
  ...both("Let demo-0 start on the restored data"),
  ...both("Set the StatefulSet back to 1 replicas"),
  waiting("the member has joined"),
  // Of its objects one may be written before the run ends: then there is no such step any more.
  begin("Record that cluster [0-9a-f]+ has formed"),
  ...both("Delete claim data-demo-1 and the data in it"),
  done("Add demo-1 as a learner"),
  begin("Give demo-1 its vote"),
  ...both("Remove the data from before from data-demo-0"),
  ...both("Record that data-demo-0 holds nothing else"),
];
