/** A database that is gone is made again from what is at the location alone, and from nothing that was changed there. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { field, listField, textField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { poll } from "../cluster/poll.ts";
import { admin, applyAll } from "../support/real/cluster.ts";
import { claimAgain, keepVolume, makeClaimLocation } from "../support/real/claim-location.ts";
import { makeCopiedLocation } from "../support/real/backups.ts";
import { history } from "../support/real/database.ts";
import { dbopEnds, install, verb, type Target } from "../support/real/dbop.ts";
import { etcdctl, expectMembers, putAll, readAll, someData, type AskOptions } from "../support/real/etcd.ts";
import { begin, done, killedAt, planned, waiting, type Moment } from "../support/real/killed.ts";
import { dropNamespace, inNamespace, makeNamespace } from "../support/real/namespace.ts";
import { startS3, type S3Server } from "../support/real/s3-server.ts";
import { flipBit, removeStored } from "../support/real/store-disk.ts";
import { startWriter } from "../support/real/writer.ts";

/** In a namespace of its own: it outlives what it keeps. */
let s3: S3Server;

beforeAll(async () => {
  s3 = await startS3({ namespace: await makeNamespace("bucket") });
});

afterAll(async () => {
  await dropNamespace(s3.namespace);
});

/** The location of `s3` as a namespace has it: with copies of its Secrets. */
function makeLocation(namespace: string): Promise<void> {
  return makeCopiedLocation(namespace, "nightly", s3);
}

function location(namespace: string, spec: object): object {
  return { apiVersion: "dbop.dev/v1alpha1", kind: "BackupLocation", metadata: { name: "nightly", namespace }, spec };
}

interface Place {
  readonly name: string;
  /** Makes the location in a namespace that will be lost; what is made again in another leads to the same. */
  make(namespace: string): Promise<{ readonly makeAgain: (namespace: string) => Promise<void> }>;
}

const places: readonly Place[] = [
  {
    name: "bucket",
    make: async (namespace) => {
      await makeLocation(namespace);
      return { makeAgain: makeLocation };
    },
  },
  {
    name: "volume",
    make: async (namespace) => {
      const { location: pvc } = await makeClaimLocation(namespace);
      await applyAll([location(namespace, { pvc: { claimName: pvc.claimName } })]);
      const volume = await keepVolume(namespace, pvc);
      const makeAgain = async (other: string): Promise<void> => {
        const { location: again } = await claimAgain(other, volume);
        await applyAll([location(other, { pvc: { claimName: again.claimName } })]);
      };
      return { makeAgain };
    },
  },
];

interface Taken {
  readonly path: string;
  readonly revision: number;
}

async function backUp(target: Target, ...flags: readonly string[]): Promise<Taken> {
  await dbopEnds(0, verb("backup", target, "--to", "nightly", "--name", "one", ...flags));
  const { kube } = await admin();
  const backup = await kube.get({ type: types.databaseBackup, namespace: target.namespace, name: "one" });
  const status = backup?.["status"];
  const [condition] = listField(status, "conditions");
  expect(textField(condition, "status")).toBe("True");
  expect(textField(field(status, "verified"), "grade")).toBe("structural");
  const revision = Number(/^revision (\d+)$/u.exec(textField(status, "consistencyPoint"))?.[1]);
  return { path: textField(status, "path"), revision };
}

/** Every key as it was at `revision`, as long as that is not compacted. */
async function stateAt(target: Target, prefix: string, revision: number): Promise<ReadonlyMap<string, string>> {
  const text = await etcdctl(target, ["get", prefix, "--prefix", `--rev=${String(revision)}`, "--write-out=json"]);
  const decoded = (value: unknown, name: string): string =>
    Buffer.from(textField(value, name), "base64").toString("utf8");
  const answer: unknown = JSON.parse(text);
  return new Map(listField(answer, "kvs").map((kv) => [decoded(kv, "key"), decoded(kv, "value")]));
}

const from = ({ path }: Taken): readonly string[] => ["--from-location", "nightly", "--path", path];

async function holdsExactly(
  target: Target,
  prefix: string,
  wanted: { readonly state: ReadonlyMap<string, string>; readonly members: number; readonly options?: AskOptions },
): Promise<void> {
  for (let ordinal = 0; ordinal < wanted.members; ordinal += 1) {
    const found = await readAll(target, prefix, { ...wanted.options, ordinal });
    expect(found, `${target.name}-${String(ordinal)}`).toEqual(wanted.state);
  }
}

describe.concurrent("a restore", () => {
  it.each(places)(
    "brings back what was written up to the backup and nothing after it, from the $name alone",
    async (place) => {
      const old = await makeNamespace("before");
      const target = { namespace: old, name: "demo" };
      const kept = await place.make(old);
      await install(target);
      const writer = await startWriter(target);
      let taken: Taken;
      let acknowledged: readonly string[];
      try {
        acknowledged = await poll({ what: "some writes are acknowledged", timeoutMs: 120_000 }, () => {
          const keys = writer.acknowledged();
          return Promise.resolve(keys.length > 50 ? keys : undefined);
        });
        taken = await backUp(target);
      } finally {
        await writer.stop();
      }
      const state = await stateAt(target, "w/", taken.revision);
      const later = [...(await readAll(target, "w/")).keys()].filter((key) => !state.has(key));
      await dropNamespace(old);

      await inNamespace("after", async (namespace) => {
        await kept.makeAgain(namespace);
        const again = { namespace, name: "again" };
        const listed = await dbopEnds(0, [
          "backup",
          "list",
          "demo",
          "--location",
          "nightly",
          "-o",
          "name",
          "-n",
          namespace,
        ]);
        expect(listed.stdout.split("\n")).toContain(taken.path);
        await dbopEnds(0, verb("restore", again, ...from(taken)));
        await expectMembers(again, 3);
        await holdsExactly(again, "w/", { state, members: 3 });
        expect(acknowledged.filter((key) => !state.has(key))).toEqual([]);
        const written = `${state.size} keys came back, ${later.length} written later did not`;
        console.log(
          `restore from the ${place.name} alone: ${acknowledged.length} acknowledged before the backup, ${written}`,
        );
        expect((await history(again)).map(({ verb: name, result }) => [name, result])).toEqual([
          ["restore", "Converged"],
        ]);
        const unchanged = await dbopEnds(0, verb("restore", again, ...from(taken)));
        expect(unchanged.stdout).toContain("unchanged");
      });
    },
  );

  it("is killed at any step and goes on, from a claim, into another size without TLS", async () => {
    await inNamespace("steps", async (namespace) => {
      const { location: claim } = await makeClaimLocation(namespace);
      await applyAll([location(namespace, { pvc: { claimName: claim.claimName } })]);
      const empty = await dbopEnds(0, ["backup", "list", "--location", "nightly", "-n", namespace]);
      expect(empty.stderr).toBe("No backups found at nightly.\n");
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1 });
      await putAll(target, someData);
      await backUp(target);
      const flags = ["--from", "one", "--replicas", "2", "--tls", "disabled", "--bump-revision", "--storage", "128Mi"];
      const restored = lives.map(async (moments, life) => {
        const again = { namespace, name: `life-${life}` };
        await killedAt(verb("restore", again, ...flags), moments);
        await expectMembers(again, 2, { tls: false });
        await holdsExactly(again, "data/", { state: someData, members: 2, options: { tls: false } });
        const entries = (await history(again)).map(({ verb: name, result }) => [name, result]);
        expect(entries).toEqual([["restore", "Converged"]]);
        const status = await etcdctl(again, ["endpoint", "status", "--write-out=json"], { tls: false });
        expect(Number(/"revision":(\d+)/u.exec(status)?.[1])).toBeGreaterThan(1_000_000_000);
      });
      await Promise.all(restored);
    });
  });

  it("refuses what was changed at the location, what is too new, what is not there, and to go over a database", async () => {
    await inNamespace("refused", async (namespace) => {
      await makeLocation(namespace);
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1, version: "3.7.3" });
      await putAll(target, someData);
      const taken = await backUp(target);
      const again = { namespace, name: "again" };

      const over = await dbopEnds(8, verb("restore", target, ...from(taken)));
      expect(over.stderr).toContain("demo is there already, and was not made from that backup");
      const older = await dbopEnds(8, verb("restore", again, "--from", "one", "--version", "3.6.16"));
      expect(older.stderr).toContain("it was taken of etcd 3.7.3, and 3.6.16 is older");
      const nowhere = await dbopEnds(8, verb("restore", again, ...from({ ...taken, path: "demo/etcd/none" })));
      expect(nowhere.stderr).toContain("manifest.json: <none> is not there: that is no backup");
      const { kube } = await admin();
      expect(await kube.get({ type: types.databaseCluster, namespace, name: "again" })).toBeUndefined();

      await flipBit(s3.disk, `${taken.path}/data/db`, 4096);
      const flipped = await dbopEnds(9, verb("restore", again, "--from", "one"));
      expect(flipped.stderr).toContain(
        "is not what its manifest says: files are missing or altered, and nothing was restored from them (check:",
      );
      expect(await kube.get({ type: types.statefulSet, namespace, name: "again" })).toBeUndefined();
      await flipBit(s3.disk, `${taken.path}/data/db`, 4096);
      await dbopEnds(0, verb("restore", again, "--from", "one"));
      await holdsExactly(again, "data/", { state: someData, members: 1 });

      const listed = async (): Promise<string> => {
        const { stdout } = await dbopEnds(0, ["backup", "list", "--location", "nightly", "-n", namespace]);
        return stdout.split("\n").find((line) => line.startsWith(taken.path)) ?? "";
      };
      expect(await listed()).toMatch(/\bstructural\b/u);
      await removeStored(s3.disk, `${taken.path}/data/db`);
      expect(await listed()).toMatch(/\bincomplete\b/u);
    });
  });
});

const both = (title: string): readonly Moment[] => [begin(title), done(title)];

/** Each of these runs is of a database of its own, so that they go side by side. */
const lives: readonly (readonly Moment[])[] = [
  [planned, begin("Read the manifest of .*"), ...both("Make the claim of .*"), done("Restore the backup into .*")],
  [done("Read the manifest of .*"), waiting("the backup is restored"), begin("Record that data-.* holds the backup")],
  [
    waiting("the manifest has been read"),
    begin("Restore the backup into .*"),
    done("Record that data-.* holds the backup"),
    // Of its objects one may be written before the run ends: then there is no such step any more.
    begin("Record that cluster [0-9a-f]+ has formed"),
  ],
];
