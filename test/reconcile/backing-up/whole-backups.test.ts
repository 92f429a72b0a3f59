/** Whole `backup` commands: whatever the store or the API server does, nothing is called good that is not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBackup, type DatabaseBackup } from "../../../src/api/database-backup.ts";
import { isDbopError } from "../../../src/errors.ts";
import { types, type ObjectRef } from "../../../src/kube/objects.ts";
import type { PassEvent } from "../../../src/reconcile/report.ts";
import { backingUp, backupState, backupStory, isWhole, storeOf } from "../../support/backup-model/story.ts";
import { canary } from "../../support/backup-model/store.ts";
import { randomRuns } from "../../support/depth.ts";
import { aPlace, demo, leave, run, type Place, type Told } from "../../support/etcd-model/whole-runs.ts";
import { randomFaults } from "../../support/fake-kube/faults.ts";
import { KilledError } from "../../support/fake-kube/killed-error.ts";

async function prepared(): Promise<Place> {
  const place = aPlace();
  await backupStory.prepare(place);
  place.model.etcd.write();
  return place;
}

const ref = (name: string): ObjectRef => ({ type: types.databaseBackup, namespace: "shop", name });

function backup(place: Place, name = "noon"): DatabaseBackup {
  const object = place.fake.peek(ref(name));
  if (object === undefined) throw new Error(`there is no backup ${name}`);
  return readBackup(object);
}

const told = (): Told => ({ events: [] as PassEvent[], stop: new AbortController() });

describe("a backup", () => {
  it.each(["none", "integrity", "structural", "functional"] as const)(
    "of grade %s is whole, and says so",
    async (verify) => {
      const place = await prepared();
      expect(await run(place, place.fake.as("ada"), backingUp({ verify }))).toMatchObject({
        outcome: "Converged",
        changed: true,
      });
      const done = backup(place);
      expect(done).toMatchObject({
        outcome: "succeeded",
        consistencyPoint: `revision ${String(place.model.etcd.revision)}`,
        verified: verify === "none" ? undefined : { grade: verify },
      });
      expect(isWhole(done.path, storeOf(place).objects)).toBe(true);
      expect(backupState(place)).toMatchObject({
        jobs: [],
        leases: 0,
        history: ["backup Converged", "install Converged"],
      });
    },
  );

  it("that is asked for again is there already", async () => {
    const place = await prepared();
    await run(place, place.fake.as("ada"), backingUp());
    const before = [...storeOf(place).objects];
    expect(await run(place, place.fake.as("bob"), backingUp())).toMatchObject({ outcome: "Converged", changed: false });
    expect([...storeOf(place).objects]).toEqual(before);
  });

  it("tells which container is at work", async () => {
    const place = await prepared();
    const ears = told();
    await run(place, place.fake.as("ada"), backingUp({ verify: "functional" }), ears);
    const seen = ears.events.flatMap((event) => (event.type === "waiting" ? [event.seen] : []));
    expect(seen).toEqual(expect.arrayContaining(["upload is running"]));
    expect(seen.join()).not.toContain("serve is running");
  });

  it("keeps as many as asked for, and leaves nothing of the others", async () => {
    const place = await prepared();
    for (const name of ["one", "two", "three"]) {
      await place.fake.clock.sleep(1_000);
      await run(place, place.fake.as("ada"), backingUp({ name, keep: 2 }));
    }
    const { backups, stored, jobs } = backupState(place);
    expect({ backups, jobs }).toEqual({
      backups: [expect.stringMatching(/^three succeeded/u), expect.stringMatching(/^two succeeded/u)],
      jobs: [],
    });
    expect(stored).toHaveLength(4);
  });

  it("that was interrupted says so when the next one comes, and its Jobs go", async () => {
    const place = await prepared();
    await run(place, place.fake.as("ada"), backingUp({ name: "first" }, { timeoutMs: 0 }));
    expect(backup(place, "first").outcome).toBe("unfinished");
    await run(place, place.fake.as("bob"), backingUp({ name: "second" }));
    expect(backup(place, "first")).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("stopped") as unknown,
    });
    expect(backup(place, "second").outcome).toBe("succeeded");
    const left = place.fake
      .all(types.job, "shop")
      .filter((job) => JSON.stringify(job["status"]).includes('"active":1'));
    expect(left).toEqual([]);
  });
});

describe("a store", () => {
  const phases = [
    ["upload", "the store is full: Failed to moveto: no space left on device"],
    ["fetch", "the store failed: Failed to copy: StatusCode: 500, InternalError"],
    ["seal", "the store refuses these credentials: Failed to copyto: StatusCode: 403, AccessDenied"],
    ["read-back", "the store can't be reached: Failed to cat: connection refused"],
  ] as const;

  it.each(phases)("that refuses at %s makes no good backup", async (container, words) => {
    const place = await prepared();
    const [, said = ""] = /: (Failed.*)$/u.exec(words) ?? [];
    storeOf(place).refuses = (deed) => (deed.container === container ? said : undefined);
    await expect(run(place, place.fake.as("ada"), backingUp())).rejects.toMatchObject({
      reason: "OperationFailed",
      message: `backup noon failed: ${container}: ${words} (s3://backups at https://s3.shop.svc)`,
    });
    expect(backup(place)).toMatchObject({ outcome: "failed", verified: undefined, consistencyPoint: "" });
    expect(backupState(place)).toMatchObject({ history: ["backup Failed", "install Converged"], leases: 0 });
  });

  it("whose last words are longer than a status holds is understood all the same", async () => {
    const place = await prepared();
    const long = `Failed to copy: ${"x".repeat(3_000)}\n2026/01/01 00:00:01 NOTICE: Failed to move: NoSuchBucket`;
    storeOf(place).refuses = ({ container }) => (container === "upload" ? long : undefined);
    await expect(run(place, place.fake.as("ada"), backingUp())).rejects.toMatchObject({
      message: expect.stringContaining("upload: there is no such bucket: Failed to move: NoSuchBucket") as unknown,
    });
  });

  it("that refuses a name for good: another one is asked for", async () => {
    const place = await prepared();
    storeOf(place).refuses = () => "Failed: connection refused";
    await run(place, place.fake.as("ada"), backingUp()).catch(() => undefined);
    storeOf(place).refuses = () => undefined;
    expect(await run(place, place.fake.as("ada"), backingUp())).toMatchObject({
      outcome: "Blocked",
      by: [{ guard: "backup-name-free", lift: "another --name" }],
    });
    expect(await run(place, place.fake.as("ada"), backingUp({ name: "again" }))).toMatchObject({
      outcome: "Converged",
    });
  });

  it.each(["integrity", "structural", "functional"] as const)(
    "in which a byte flips makes no backup of grade %s",
    async (verify) => {
      const place = await prepared();
      storeOf(place).decay = (text) => text.replace("snapshot", "snapshop");
      await expect(run(place, place.fake.as("ada"), backingUp({ verify }))).rejects.toMatchObject({
        reason: "OperationFailed",
      });
      expect(backup(place).outcome).toBe("failed");
      expect([...storeOf(place).objects.keys()].join()).not.toContain("manifest");
    },
  );

  it("in which the manifest decays makes no backup", async () => {
    const place = await prepared();
    storeOf(place).decay = (text) => text.replace('"engine": "etcd"', '"engine": "etce"');
    await expect(run(place, place.fake.as("ada"), backingUp())).rejects.toMatchObject({
      message: "backup noon failed: the manifest that came back is not the one that was written",
    });
    expect(backup(place).outcome).toBe("failed");
  });

  it("that fails while an older backup is removed leaves that one as none", async () => {
    const place = await prepared();
    await run(place, place.fake.as("ada"), backingUp({ name: "old" }));
    storeOf(place).refuses = ({ container }) => (container === "purge" ? "Failed: AccessDenied" : undefined);
    await place.fake.clock.sleep(1_000);
    const request = backingUp({ name: "new", keep: 1 });
    await expect(run(place, place.fake.as("ada"), request)).rejects.toMatchObject({
      message: expect.stringContaining("backup new is good; removing the older old failed") as unknown,
    });
    expect([backup(place, "old").outcome, backup(place, "new").outcome]).toEqual(["removing", "succeeded"]);
    storeOf(place).refuses = () => undefined;
    await place.fake.clock.sleep(1_000);
    await run(place, place.fake.as("ada"), backingUp({ name: "newer" }));
    expect(place.fake.peek(ref("old"))).toBeUndefined();
    expect(backupState(place)["stored"]).toHaveLength(4);
  });
});

describe("somebody who", () => {
  /** Does `deed` at the first wait of a backup. */
  async function meanwhile(deed: (place: Place) => Promise<void>): Promise<{ place: Place; end: unknown }> {
    const place = await prepared();
    const begun = run(place, place.fake.as("ada"), backingUp({}, { timeoutMs: 120_000 })).catch(
      (error: unknown) => error,
    );
    await place.fake.clock.sleep(400);
    expect(backup(place).outcome).toBe("unfinished");
    await deed(place);
    return { place, end: await begun };
  }

  const remove = async ({ fake }: Place, target: ObjectRef): Promise<void> => {
    await fake.delete(target, { uid: fake.peek(target)?.metadata.uid ?? "", propagation: "Background" });
  };

  it("deletes the Job ends the backup as failed, or has it taken anew", async () => {
    const { place } = await meanwhile((at) => remove(at, { type: types.job, namespace: "shop", name: "noon-take" }));
    expect(backupState(place)["good"]).toEqual([]);
    expect(backup(place).outcome).not.toBe("unfinished");
  });

  it("deletes the DatabaseBackup has it taken anew, into a folder of its own", async () => {
    const { place, end } = await meanwhile((at) => remove(at, ref("noon")));
    expect(end).toMatchObject({ outcome: "Converged" });
    expect(isWhole(backup(place).path, storeOf(place).objects)).toBe(true);
  });

  it("changes the location ends it as failed: the manifest is not written elsewhere", async () => {
    const location = { type: types.backupLocation, namespace: "shop", name: "nightly" };
    const { place, end } = await meanwhile((at) => {
      at.fake.edit(location, (draft) => {
        draft["spec"] = { s3: { bucket: "elsewhere", credentialsSecret: "login" } };
      });
      return Promise.resolve();
    });
    expect(end).toMatchObject({ message: expect.stringContaining("was changed meanwhile") as unknown });
    expect(backup(place).outcome).toBe("failed");
    expect([...storeOf(place).objects.keys()].join()).not.toContain("manifest");
  });

  it("deletes the database leaves no good backup behind", async () => {
    const { place, end } = await meanwhile((at) => remove(at, demo));
    expect(isDbopError(end)).toBe(true);
    expect(backup(place).outcome).toBe("unfinished");
  });
});

it("whoever is killed, and whatever goes wrong: good is only what is whole", { timeout: 180_000 }, async () => {
  const mishap = fc.record({
    seed: fc.nat(),
    rate: fc.constantFrom(0, 0.05, 0.2),
    killAt: fc.integer({ min: 1, max: 160 }),
    flip: fc.boolean(),
    refused: fc.constantFrom(undefined, "upload", "fetch", "seal", "read-back"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(mishap, { minLength: 1, maxLength: 4 }), async (mishaps) => {
      const place = await prepared();
      const store = storeOf(place);
      for (const [index, { seed, rate, killAt, flip, refused }] of mishaps.entries()) {
        const client = place.fake.as(`run${String(index)}`);
        let passed = 0;
        place.fake.onAwait(({ call }) => {
          if (call.client === client.user && (passed += 1) === killAt) throw new KilledError(call.verb);
        });
        place.fake.inject(randomFaults({ seed, rate }));
        store.decay = (text) => (flip ? text.replace("snapshot", "snapshop") : text);
        store.refuses = ({ container }) => (container === refused ? "Failed: connection refused" : undefined);
        await run(place, client, backingUp({ name: `b${String(index % 2)}` })).catch(() => undefined);
        expect(backupState(place)["good"]).toEqual([]);
      }
      leave(place);
    }),
    randomRuns(100),
  );
});

it("no login is in any object but its Secret, and none in what is told", async () => {
  const place = await prepared();
  const ears = told();
  await run(place, place.fake.as("ada"), backingUp({ verify: "functional" }), ears);
  const others = Object.values(types).filter((type) => type !== types.secret && !type.kind.startsWith("SelfSubject"));
  const text = JSON.stringify([others.map((type) => place.fake.all(type)), ears.events, place.fake.calls]);
  expect(text).not.toContain(canary);
  expect(text).not.toContain(Buffer.from(canary).toString("base64"));
});
