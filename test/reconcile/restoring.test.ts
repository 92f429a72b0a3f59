/** Restores in memory: what may go wrong before members stop, who may go on with it, and what it leaves. */
import { describe, expect, it } from "vitest";
import { readBackup } from "../../src/api/database-backup.ts";
import { verbs } from "../../src/cli/verbs.ts";
import { types } from "../../src/kube/objects.ts";
import type { PassEvent } from "../../src/reconcile/report.ts";
import type { PassRequest } from "../../src/reconcile/request.ts";
import {
  inPlaceStory,
  locationName,
  path,
  restoredRevision,
  restoreStory,
  restoringTo,
  spoilBackup,
} from "../support/backup-model/restore-story.ts";
import { runCli, type CliRun } from "../support/cli.ts";
import { aPlace, demo, reconciling, run, scaling, stateOf, type Place } from "../support/etcd-model/whole-runs.ts";

const bumped = 1_000_000_000 + restoredRevision;

async function prepared(story = inPlaceStory): Promise<Place> {
  const place = aPlace();
  await story.prepare(place);
  return place;
}

/** A run that is stopped when it is about to do what `step` names. */
async function stoppedAt(place: Place, step: RegExp, request: PassRequest): Promise<void> {
  const stop = new AbortController();
  const events: PassEvent[] = [];
  events.push = (...more) => {
    if (more.some((event) => event.type === "step" && step.test(event.step.id))) stop.abort();
    return more.length;
  };
  const stopped = run(place, place.fake.as("first"), request, { events, stop });
  await expect(stopped).rejects.toMatchObject({ reason: "Interrupted" });
}

const voters = (place: Place): unknown => ({ ...stateOf(place), revision: place.model.etcd.revision });

describe("a restore in place", () => {
  it("stops nobody for a backup that has decayed", async () => {
    const place = await prepared();
    spoilBackup(place);
    const before = voters(place);
    await expect(run(place, place.fake.as("first"), restoringTo())).rejects.toMatchObject({
      reason: "OperationFailed",
      message: expect.stringContaining("check: ") as unknown,
    });
    expect(voters(place)).toEqual({ ...Object(before), history: ["restore-in-place Failed", "install Converged"] });
    expect(place.model.changes).toEqual([]);
  });

  it("warns of writes between the last backup and the stop, and foresees nothing beyond a failure", async () => {
    const place = await prepared();
    spoilBackup(place);
    const events: PassEvent[] = [];
    const told = { events, stop: new AbortController() };
    await expect(run(place, place.fake.as("first"), restoringTo(), told)).rejects.toThrow("its manifest says");
    const warnings = events.flatMap((event) => (event.type === "plan" ? event.warnings : []));
    expect(warnings.map(({ guard }) => guard)).toContain("writes-after-last-backup");
    const steps = events.flatMap((event) => (event.type === "step" ? [event] : []));
    const last = steps.at(-1);
    expect(last?.step.id).toMatch(/^restore-failed/u);
    expect(last?.index).toBe(last?.total);
  });

  it("stops nobody when the last backup can't be taken", async () => {
    const place = await prepared();
    place.fake.inject((call) =>
      call.kind === "Job" && call.verb === "apply" && call.name.endsWith("-take")
        ? { kind: "status", code: 422 }
        : undefined,
    );
    await expect(run(place, place.fake.as("first"), restoringTo())).rejects.toThrow("422");
    expect(stateOf(place)).toMatchObject({ voters: [0, 1, 2], replicas: 3, violations: [] });
    place.fake.inject(() => undefined);
    await run(place, place.fake.as("second"), restoringTo({ lastBackup: false }));
    expect(voters(place)).toMatchObject({ voters: [0, 1, 2], revision: bumped, violations: [] });
  });

  it("keeps a backup of what it has replaced, up to its last revision", async () => {
    const place = await prepared();
    const { revision } = place.model.etcd;
    await run(place, place.fake.as("first"), restoringTo());
    const [last] = place.fake.all(types.databaseBackup, "shop").map(readBackup);
    expect(last).toMatchObject({ outcome: "succeeded", consistencyPoint: `revision ${String(revision)}` });
  });

  it("takes none where nobody is left to ask, and restores all the same", async () => {
    const place = await prepared();
    for (const ordinal of [0, 1, 2]) place.model.loseDisk(ordinal);
    await run(place, place.fake.as("first"), restoringTo());
    expect(place.fake.all(types.databaseBackup, "shop")).toEqual([]);
    expect(voters(place)).toMatchObject({ voters: [0, 1, 2], revision: bumped, violations: [] });
  });

  it("lets the revision begin where the backup ends when told to", async () => {
    const place = await prepared();
    await run(place, place.fake.as("first"), restoringTo({ bumpRevision: false }));
    expect(place.model.etcd.revision).toBe(restoredRevision);
  });

  it("goes back and forth between two places on the claim", async () => {
    const place = await prepared();
    const directory = (): unknown =>
      place.fake.peek({ type: types.claim, namespace: "shop", name: "data-demo-0" })?.metadata.annotations?.[
        "dbop.dev/data-directory"
      ];
    const found: unknown[] = [];
    for (const client of ["first", "second", "third"]) {
      await run(place, place.fake.as(client), restoringTo());
      found.push(directory());
    }
    expect(found).toEqual(["data2", "data", "data2"]);
    expect(stateOf(place)).toMatchObject({ voters: [0, 1, 2], violations: [] });
  });

  it.each([/^restore-manifest$/u, /^restore-fill$/u, /^backup-open/u, /^backup-seal/u])(
    "may be given up before its members stop: %s",
    async (step) => {
      const place = await prepared();
      const { revision } = place.model.etcd;
      await stoppedAt(place, step, restoringTo());
      expect(await run(place, place.fake.as("second"), reconciling())).toMatchObject({ outcome: "Converged" });
      expect(voters(place)).toMatchObject({
        voters: [0, 1, 2],
        revision,
        history: ["reconcile Converged", "restore-in-place Superseded", "install Converged"],
        violations: [],
      });
    },
  );

  it("asks once more when it is gone on with before its members stop, and not afterwards", async () => {
    const place = await prepared();
    await stoppedAt(place, /^restore-fill$/u, restoringTo());
    const asked: string[] = [];
    const approve = (): Promise<"severe"> => {
      asked.push("asked");
      return Promise.resolve("severe");
    };
    await stoppedAt(place, /^replace\/data$/u, restoringTo({}, { approve }));
    expect(asked).toEqual(["asked"]);
    await run(place, place.fake.as("third"), restoringTo({}, { approve }));
    expect(asked).toEqual(["asked"]);
    expect(voters(place)).toMatchObject({ revision: bumped, violations: [] });
  });

  it.each([/^replace\/stop$/u, /^replace\/data$/u, /^replicas\/1$/u, /^member-add\/demo-1$/u, /^replace\/discard$/u])(
    "once its members stop is gone on with by reconcile, and by nothing else: %s",
    async (step) => {
      const place = await prepared();
      await stoppedAt(place, step, restoringTo());
      await expect(run(place, place.fake.as("second"), scaling(5))).rejects.toMatchObject({
        reason: "Refused",
        message: expect.stringMatching(
          /^one-change-in-flight: restore-in-place .*, and scale waits for it$/u,
        ) as unknown,
      });
      await run(place, place.fake.as("third"), reconciling());
      expect(voters(place)).toMatchObject({
        voters: [0, 1, 2],
        revision: bumped,
        history: ["restore-in-place Converged", "install Converged"],
        violations: [],
      });
    },
  );

  it("does not throw away what was written since it had formed, whichever claim is lost then", async () => {
    const place = await prepared();
    await stoppedAt(place, /^replace\/discard$/u, restoringTo());
    for (let write = 0; write < 5; write += 1) place.model.etcd.write();
    const { revision } = place.model.etcd;
    const claim = place.fake.peek({ type: types.claim, namespace: "shop", name: "data-demo-0" });
    place.model.loseDisk(0);
    if (claim !== undefined) place.fake.remove(types.claim, claim);
    await run(place, place.fake.as("second"), restoringTo());
    expect(voters(place)).toMatchObject({ voters: [0, 1, 2], revision, violations: [] });
  });

  it("is paused with everything else", async () => {
    const place = await prepared();
    place.fake.edit(demo, (draft) => {
      draft["spec"] = { ...Object(draft["spec"]), paused: true };
    });
    expect(await run(place, place.fake.as("first"), restoringTo())).toMatchObject({ outcome: "Blocked" });
    expect(stateOf(place)).toMatchObject({ voters: [0, 1, 2], history: ["install Converged"] });
  });
});

describe("kubectl dbop restore", () => {
  const cli = (place: Place, flags: string): Promise<CliRun> =>
    runCli(`restore demo -n shop --from-location ${locationName} --path ${path} ${flags}`, {
      verbs,
      clock: place.fake.clock,
      connect: () =>
        Promise.resolve({ kube: place.fake.as("user"), contextName: "test", namespace: "shop", warnings: () => 0 }),
    });

  it("restores in place once, however often the same command comes, and again when told to", async () => {
    const place = await prepared();
    expect(await cli(place, "--in-place --confirm demo")).toMatchObject({
      code: 0,
      stdout: "databasecluster.dbop.dev/demo restored\n",
    });
    place.model.etcd.write();
    const { revision } = place.model.etcd;
    const second = await cli(place, "--in-place --confirm demo");
    expect(second).toMatchObject({ code: 0, stdout: "databasecluster.dbop.dev/demo unchanged\n" });
    expect(second.stderr).toContain("--again does it once more");
    expect(place.model.etcd.revision).toBe(revision);
    expect(await cli(place, "--in-place --again --confirm demo")).toMatchObject({ code: 0 });
    expect(place.model.etcd.revision).toBe(bumped);
  });

  it("needs the database's name for consent, and changes nothing without", async () => {
    const place = await prepared();
    const before = voters(place);
    for (const flags of ["--in-place", "--in-place --yes", "--in-place --confirm other"])
      expect((await cli(place, flags)).code, flags).toBe(8);
    expect(voters(place)).toEqual(before);
  });

  it("never goes over a database unless told to", async () => {
    const place = await prepared();
    const refused = await cli(place, "");
    expect(refused.code).toBe(8);
    expect(refused.stderr).toContain("--in-place");
    expect(stateOf(place)).toMatchObject({ history: ["install Converged"] });
  });

  it("has nothing to replace where there is no database", async () => {
    const place = await prepared(restoreStory);
    expect(await cli(place, "--in-place --confirm demo")).toMatchObject({ code: 1 });
  });
});
