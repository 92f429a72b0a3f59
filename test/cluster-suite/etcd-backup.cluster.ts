/** backup: to a bucket and to a claim, by every grade, while clients write, killed anywhere, and with stores that are not well. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { field, listField } from "../../src/kube/fields.ts";
import { backup, left, makeLocation, namesOf, outcomes, revisionOf } from "../support/real/backups.ts";
import { makeClaimLocation } from "../support/real/claim-location.ts";
import { kubectl } from "../support/real/cluster.ts";
import type { Ended } from "../support/real/command.ts";
import { history } from "../support/real/database.ts";
import { dbop, dbopEnds, install, verb, type Target } from "../support/real/dbop.ts";
import { etcdctl, putAll, someData } from "../support/real/etcd.ts";
import { begin, done, killedAt, planned, waiting, type Moment } from "../support/real/killed.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { become, fill, startS3, withWrongPassword } from "../support/real/s3-server.ts";
import { makeAccount } from "../support/real/service-account.ts";
import { storedFiles, type StoreDisk } from "../support/real/store-disk.ts";
import { startWriter } from "../support/real/writer.ts";

interface Wish {
  readonly to: string;
  readonly name: string;
  readonly verify?: string;
  readonly flags?: readonly string[];
}

function backupCommand(target: Target, { to, name, verify = "integrity", flags = [] }: Wish): readonly string[] {
  return verb("backup", target, "--to", to, "--name", name, "--verify", verify, ...flags);
}

async function revision(target: Target): Promise<number> {
  const text = await etcdctl(target, ["endpoint", "status", "--write-out=json"]);
  const status: unknown = JSON.parse(text);
  return Number(field(field(field(Array.isArray(status) ? status[0] : undefined, "Status"), "header"), "revision"));
}

/** The backup is there, good, and at its location exactly what it says. */
async function expectGood(target: Target, name: string, disk: StoreDisk): Promise<void> {
  const good = await backup(target, name);
  expect(good).toMatchObject({ outcome: "succeeded", clusterName: target.name });
  const { manifest, sha256, files } = await left(disk, good);
  expect(files).toEqual(["data/db", "manifest.json"]);
  expect(listField(manifest, "files")).toEqual([{ path: "data/db", bytes: good.sizeBytes, sha256 }]);
  expect(manifest).toMatchObject({
    schema: "backup.dbop.dev/v1",
    engine: "etcd",
    clusterName: target.name,
    namespace: target.namespace,
    clusterIdentity: good.clusterIdentity,
    consistencyPoint: good.consistencyPoint,
    method: "snapshot",
    spec: { engine: "etcd", version: "3.6.16" },
  });
  expect(good.sha256).toBe(sha256);
}

/** The login of a store is nowhere but in its Secret. */
async function expectUntold(namespace: string, told: readonly Ended[]): Promise<void> {
  const kinds = "dbc,dbb,dbl,jobs,pods,sts,cm,events,leases";
  const objects = await kubectl(["get", kinds, "-n", namespace, "-o", "json", "--show-managed-fields"]);
  for (const secret of ["dbop-test-secret", "not-the-secret"]) {
    for (const { stdout, stderr } of told) expect(`${stdout}${stderr}`.includes(secret)).toBe(false);
    expect(objects.includes(secret)).toBe(false);
  }
}

const both = (title: string): readonly Moment[] => [begin(title), done(title)];
const moments: readonly Moment[] = [
  planned,
  ...both("Record that backup noon begins"),
  ...both("Take a snapshot of demo-0 to near, read it back and try it .structural."),
  waiting("backup noon is there, read back and tried"),
  ...both("Write the manifest, which makes it a backup, and read it back"),
  // A slow look may find it there already.
  new RegExp(`${waiting("the manifest is there").source}|${begin("Record what was proved").source}`, "u"),
  ...both("Record what was proved"),
  ...both("Delete Job noon-take"),
  ...both("Delete Job noon-seal"),
];
const lives = 3;

describe.concurrent("a backup", () => {
  it("holds every write up to its revision, at a bucket over TLS and by an account that may do no more", async () => {
    await inNamespace("bucket", async (namespace) => {
      const target = { namespace, name: "demo" };
      const [server] = await Promise.all([startS3({ namespace }), install(target)]);
      await makeLocation(namespace, "offsite", { s3: { ...server.location, prefix: "etcd/prod" } });
      const command = backupCommand(target, { to: "offsite", name: "noon", verify: "functional" });
      const role: unknown = parse((await dbopEnds(0, [...command, "--print-rbac"])).stdout);
      const { kubeconfig } = await makeAccount(
        namespace,
        "keeper",
        typeof role === "object" && role !== null ? role : {},
      );
      const writer = await startWriter(target);
      try {
        const before = await revision(target);
        const told = await dbop([...command, "--v=9"], { env: { KUBECONFIG: kubeconfig } });
        expect(told.code, told.stderr.slice(-2_000)).toBe(0);
        const after = await revision(target);
        const disk = { ...server.disk, folder: `${server.disk.folder}/etcd/prod` };
        await expectGood(target, "noon", disk);
        const good = await backup(target, "noon");
        expect(good.verified?.grade).toBe("functional");
        expect(revisionOf(good)).toBeGreaterThanOrEqual(before);
        expect(revisionOf(good)).toBeLessThanOrEqual(after);
        expect(after, "nobody wrote").toBeGreaterThan(before);
        await expectUntold(namespace, [told]);
      } finally {
        await writer.stop();
      }
      expect(await writer.missing(0)).toEqual([]);
      expect(await namesOf("job", namespace)).toEqual([]);
    });
  });

  it("goes to a claim by any grade, and makes room as asked", async () => {
    await inNamespace("claim", async (namespace) => {
      const target = { namespace, name: "demo" };
      const [{ location, disk }] = await Promise.all([
        makeClaimLocation(namespace),
        install(target, { replicas: 1, flags: ["--tls", "disabled"] }),
      ]);
      await makeLocation(namespace, "near", { pvc: { claimName: location.claimName } });
      await dbopEnds(0, backupCommand(target, { to: "near", name: "one", verify: "structural" }));
      const keep = ["--keep", "1", "--yes"];
      await dbopEnds(0, backupCommand(target, { to: "near", name: "two", verify: "none", flags: keep }));
      // The newest verified one stays, whatever was asked.
      expect(await namesOf("databaseBackup", namespace)).toEqual(["one", "two"]);
      expect(await storedFiles(disk)).toHaveLength(4);
      await expectGood(target, "two", disk);
      await dbopEnds(0, backupCommand(target, { to: "near", name: "three", flags: keep }));
      expect(await namesOf("databaseBackup", namespace)).toEqual(["three"]);
      expect(await storedFiles(disk)).toHaveLength(2);
      await expectGood(target, "three", disk);
      const { stdout } = await dbopEnds(0, ["backup", "list", "demo", "-n", namespace, "-o", "json"]);
      expect(outcomes(stdout)).toEqual({ three: "succeeded" });
    });
  });

  it("is none when the store is not well, and says why", async () => {
    await inNamespace("unwell", async (namespace) => {
      const names = ["login", "bucket", "nobody", "deaf", "full"] as const;
      const [server, small, ...installed] = await Promise.all([
        startS3({ namespace, name: "s3" }),
        startS3({ namespace, name: "small", tls: false, capacity: "8Mi" }),
        ...names.map((name) => install({ namespace, name }, { replicas: 1 })),
      ]);
      expect(installed).toHaveLength(names.length);
      const deaf = await startS3({ namespace, name: "s3-deaf", tls: false, capacity: "8Mi" });
      await Promise.all([fill(small), become(deaf, "hanging")]);
      const stores: Readonly<Record<(typeof names)[number], object>> = {
        login: await withWrongPassword(server),
        bucket: { ...server.location, bucket: "no-such-bucket" },
        nobody: { ...server.location, endpoint: `https://no-store.${namespace}.svc` },
        deaf: deaf.location,
        full: small.location,
      };
      const words: Readonly<Record<(typeof names)[number], RegExp>> = {
        login: /upload: the store refuses these credentials: .*403.* \(s3:\/\/backups at https:\/\/s3\./u,
        bucket: /upload: there is no such bucket: .*NoSuchBucket/u,
        nobody: /upload: the store can't be reached: .*(?:no such host|server misbehaving)/u,
        deaf: /waiting for .*upload is running|timed out|upload: the store can't be reached/iu,
        full: /upload: the store (?:failed|is full): |upload is running/u,
      };
      await Promise.all(
        names.map(async (name) => {
          const target = { namespace, name };
          await makeLocation(namespace, name, { s3: stores[name] });
          // Whoever waits for a store that says nothing is told so, and goes on with the same command.
          const silent = name === "deaf" || name === "full";
          const flags = silent ? ["--timeout", "60s"] : [];
          const ended = await dbop(backupCommand(target, { to: name, name: `${name}-1`, flags }));
          expect(ended.stderr, name).toMatch(words[name]);
          expect(silent ? [4, 9] : [9], `${name}: ${ended.stderr}`).toContain(ended.code);
          expect(await backup(target, `${name}-1`)).toMatchObject({
            outcome: ended.code === 4 ? "unfinished" : "failed",
            verified: undefined,
            consistencyPoint: "",
          });
          await expectUntold(namespace, [ended]);
        }),
      );
      expect(await storedFiles(server.disk)).toEqual([]);
    });
  });

  it("goes to the location that the README shows, as far as the API server has a say", async () => {
    await inNamespace("readme", async (namespace) => {
      const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
      const blocks = [...readme.matchAll(/^```yaml\n([^`]*)^```$/gmu)].map(([, text = ""]) => text);
      const location = blocks.find((text) => text.includes("kind: BackupLocation"));
      const applied = await kubectl(["apply", "-n", namespace, "-f", "-"], { stdin: location ?? "" });
      expect(applied).toBe("backuplocation.dbop.dev/nightly created\n");
    });
  });

  it.each(Array.from({ length: lives }, (_, life) => life))(
    "killed with SIGKILL is one backup in the end: every third moment from number %i",
    async (life) => {
      await inNamespace(`bkill${String(life)}`, async (namespace) => {
        const target = { namespace, name: "demo" };
        const [{ location, disk }] = await Promise.all([
          makeClaimLocation(namespace),
          install(target, { replicas: 1 }),
        ]);
        await makeLocation(namespace, "near", { pvc: { claimName: location.claimName } });
        await putAll(target, someData);
        const command = backupCommand(target, { to: "near", name: "noon", verify: "structural" });
        const share = moments.filter((_, index) => index % lives === life);
        await killedAt(command, share);
        await expectGood(target, "noon", disk);
        expect(await storedFiles(disk)).toHaveLength(2);
        expect(await namesOf("databaseBackup", namespace)).toEqual(["noon"]);
        expect(await namesOf("job", namespace)).toEqual([]);
        const ends = (await history(target)).map((entry) => `${entry.verb} ${entry.result}`);
        expect(ends).toEqual(["backup Converged", "install Converged"]);
      });
    },
  );
});
