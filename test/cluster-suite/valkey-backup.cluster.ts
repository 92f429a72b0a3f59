/** Valkey is backed up while clients write, lost with its namespace, and made again from the location alone. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { field, listField, textField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { backup, left, makeCopiedLocation, makeLocation, namesOf } from "../support/real/backups.ts";
import { makeClaimLocation } from "../support/real/claim-location.ts";
import { admin } from "../support/real/cluster.ts";
import { history } from "../support/real/database.ts";
import { dbopEnds, verb, type Target } from "../support/real/dbop.ts";
import { begin, done, killedAt, planned, waiting } from "../support/real/killed.ts";
import { dropNamespace, inNamespace, makeNamespace } from "../support/real/namespace.ts";
import { startS3, type S3Server } from "../support/real/s3-server.ts";
import { flipBit } from "../support/real/store-disk.ts";
import { installValkey, startClient, type ValkeyClient } from "../support/real/valkey.ts";
import { startValkeyWriter } from "../support/real/valkey-writer.ts";
import { valkeyVersions } from "../support/real/valkey-images.ts";

const [older, newer] = await valkeyVersions();

/** In a namespace of its own: it outlives what it keeps. */
let s3: S3Server;

beforeAll(async () => {
  s3 = await startS3({ namespace: await makeNamespace("vkbucket") });
});

afterAll(async () => {
  await dropNamespace(s3.namespace);
});

/** Of every type one, and one that goes by itself but not soon. */
const written: readonly (readonly [write: string, ask: string, answer: string])[] = [
  ["SET text plain EX 86400", "GET text", "plain"],
  ["HSET hash field inside", "HGET hash field", "inside"],
  ["RPUSH list a b c", "LINDEX list 2", "c"],
  ["SADD set one two", "SCARD set", "2"],
  ["ZADD sorted 1.5 one", "ZSCORE sorted one", "1.5"],
  ["XADD stream 1-1 a b", "XLEN stream", "1"],
  ["PFADD sketch a b c", "PFCOUNT sketch", "3"],
];

async function write(client: ValkeyClient): Promise<void> {
  await client.fill(2_000);
  await client.answers(written.map(([command]) => command));
}

interface Taken {
  readonly path: string;
  /** Keys and their values, acknowledged before the backup began. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** Of all shards, before it began. */
  readonly keys: number;
}

/** Installs 3×2, writes, and backs up under a writer; then all of it is lost. */
async function backUpAndLose(version: string, grade: string): Promise<Taken> {
  const namespace = await makeNamespace("vkbefore");
  const target = { namespace, name: "demo" };
  try {
    await Promise.all([makeCopiedLocation(namespace, "nightly", s3), installValkey(target, { version })]);
    const client = await startClient(target, version);
    await write(client);
    const { keys } = await client.size();
    const writer = await startValkeyWriter(target, version);
    const acknowledged = await writer.acknowledged();
    await dbopEnds(0, verb("backup", target, "--to", "nightly", "--name", "one", "--verify", grade));
    const good = await backup(target, "one");
    expect(good).toMatchObject({ outcome: "succeeded", engineVersion: version, verified: { grade } });
    expect(good.consistencyPoint).toMatch(/^offsets \d+ \d+ \d+, each shard at its own moment$/u);
    const { manifest, files } = await left(s3.disk, good, "data/shard-0.rdb");
    expect(files).toEqual(["data/shard-0.rdb", "data/shard-1.rdb", "data/shard-2.rdb", "manifest.json"]);
    expect(textField(manifest, "format")).toBe(`valkey ${version}`);
    expect(listField(manifest, "shards").map((shard) => textField(shard, "slots"))).toEqual([
      "0-5460",
      "5461-10922",
      "10923-16383",
    ]);
    expect(await namesOf("job", namespace)).toEqual([]);
    const after = await writer.acknowledged();
    expect(after.size, "nobody wrote meanwhile").toBeGreaterThan(acknowledged.size);
    const refused = await dbopEnds(8, verb("restore", target, "--in-place", "--from", "one", "--confirm", "demo"));
    expect(refused.stderr).toContain("Valkey Cluster is not restored in place: restore beside it");
    return { path: good.path, acknowledged, keys };
  } finally {
    await dropNamespace(namespace);
  }
}

async function holds(client: ValkeyClient, { acknowledged, keys }: Taken): Promise<void> {
  expect(await client.answers(written.map(([, ask]) => ask))).toEqual(written.map(([, , answer]) => answer));
  expect(await client.values([...acknowledged.keys()])).toEqual([...acknowledged.values()]);
  const found = await client.size();
  expect(found.large).toBe(8_000_000);
  expect(found.keys).toBeGreaterThanOrEqual(keys + acknowledged.size);
  expect(await client.check()).toContain("All 16384 slots covered");
}

const from = ({ path }: Taken): readonly string[] => ["--from-location", "nightly", "--path", path];
const small = ["--cpu", "20m"];

async function expectHistory(target: Target, verbs: readonly string[]): Promise<void> {
  const entries = (await history(target)).map(({ verb: name, result }) => `${name} ${result}`);
  expect(entries).toEqual(verbs.map((name) => `${name} Converged`));
}

describe.concurrent("a backup of Valkey", () => {
  it(`${older} is restored from the location alone though killed at any step, and then resharded`, async () => {
    const taken = await backUpAndLose(older, "structural");
    await inNamespace("vkafter", async (namespace) => {
      await makeCopiedLocation(namespace, "nightly", s3);
      const target = { namespace, name: "again" };
      const command = verb("restore", target, ...from(taken), "--replicas", "2", ...small);
      await killedAt(command, [
        planned,
        begin("Read the manifest of .*"),
        waiting("the manifest has been read"),
        begin("Make the claims of .*"),
        begin("Restore the backup into .*"),
        waiting("the backup is restored"),
        begin("Record that data-again-shard-0-0, .* hold the backup"),
        done("Record that data-again-shard-0-0, .* hold the backup"),
        done("Apply Services.*"),
        begin("Give again-shard-0-0 the slots .*"),
        done("Give again-shard-1-0 the slots .*"),
        begin("Introduce .*"),
        begin("Let again-shard-1-1 follow .*"),
        begin("Record that the cluster has formed"),
      ]);
      const client = await startClient(target, older);
      await holds(client, taken);
      await expectHistory(target, ["restore"]);
      expect((await dbopEnds(0, command)).stdout).toContain("unchanged");
      await dbopEnds(0, verb("reshard", target, "--shards", "4"));
      await holds(client, taken);
    });
  });

  it(`${newer} is tried by a server, refused where it can't be restored, and restored to other nodes`, async () => {
    const taken = await backUpAndLose(newer, "functional");
    await inNamespace("vkafter", async (namespace) => {
      await makeCopiedLocation(namespace, "nightly", s3);
      const target = { namespace, name: "again" };
      const refused = async (code: number, ...flags: readonly string[]): Promise<string> =>
        (await dbopEnds(code, verb("restore", target, ...from(taken), ...small, ...flags))).stderr;
      expect(await refused(8, "--version", older)).toContain(`what ${newer} has written, ${older} may not read`);
      const { kube } = await admin();
      expect(await kube.get({ type: types.databaseCluster, namespace, name: "again" })).toBeUndefined();

      await flipBit(s3.disk, `${taken.path}/data/shard-1.rdb`, 4096);
      expect(await refused(9)).toContain(
        "is not what its manifest says: files are missing or altered, and nothing was restored from them (check:",
      );
      expect((await kube.list(types.statefulSet, { namespace })).items).toEqual([]);
      await flipBit(s3.disk, `${taken.path}/data/shard-1.rdb`, 4096);
      await dbopEnds(0, verb("restore", target, ...from(taken), ...small, "--replicas", "1"));
      const client = await startClient(target, newer);
      await holds(client, taken);
      await dbopEnds(0, verb("scale", target, "--replicas", "2"));
      await dbopEnds(0, verb("reshard", target, "--shards", "4"));
      await holds(client, taken);
    });
  });

  it("of one shard goes to a claim, makes room as asked, and is restored beside it without TLS", async () => {
    await inNamespace("vkone", async (namespace) => {
      const target = { namespace, name: "demo" };
      const [{ location, disk }] = await Promise.all([
        makeClaimLocation(namespace),
        installValkey(target, { version: newer, shards: 1, replicas: 1 }),
      ]);
      await makeLocation(namespace, "near", { pvc: { claimName: location.claimName } });
      const client = await startClient(target, newer);
      await write(client);
      const { keys } = await client.size();
      for (const name of ["first", "second"])
        await dbopEnds(0, verb("backup", target, "--to", "near", "--name", name, "--keep", "1", "--yes"));
      const good = await backup(target, "second");
      expect((await backup(target, "second")).consistencyPoint).toMatch(/^offset \d+$/u);
      expect((await left(disk, good, "data/shard-0.rdb")).files).toEqual(["data/shard-0.rdb", "manifest.json"]);
      expect(await namesOf("databaseBackup", namespace)).toEqual(["second"]);
      const again = { namespace, name: "beside" };
      await dbopEnds(0, verb("restore", again, "--from", "second", "--tls", "disabled", "--replicas", "2", ...small));
      const object = await admin().then(({ kube }) =>
        kube.get({ type: types.databaseCluster, ...{ namespace, name: "beside" } }),
      );
      expect(field(object?.["spec"], "shards")).toBe(1);
      await dbopEnds(0, verb("delete", target, "--delete-data", "--confirm", "demo"));
      const other = await startClient(again, newer, { tls: false, pod: "other" });
      expect(await other.size()).toEqual({ keys, large: 8_000_000 });
    });
  });
});
