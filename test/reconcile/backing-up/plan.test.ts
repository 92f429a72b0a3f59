import { describe, expect, it } from "vitest";
import { renderManifest } from "../../../src/backup/manifest.ts";
import { manifestOf } from "../../../src/backup/facts.ts";
import { contents } from "../../../src/engines/etcd/backup/method.ts";
import { aBackup, another, goodLogs, sha, type BackupBuilder } from "../../support/backup-model/a-backup.ts";

const rest = [
  "backup-open/noon",
  "backup-take/noon",
  "wait/backup-await/noon",
  "backup-seal/noon",
  "wait/backup-await-seal/noon",
  "backup-finish/noon",
] as const;
const jobs = ["job-delete/noon-take", "job-delete/noon-seal"];
const from = (id: (typeof rest)[number]): readonly string[] => [...rest.slice(rest.indexOf(id)), ...jobs];

/** What `seal` reads back of the manifest of a take. */
function manifestText(builder: BackupBuilder): string {
  const { take, backup } = builder.given.seen;
  const manifest = take && backup && manifestOf(take, backup.verify, contents);
  if (manifest?.ok !== true) throw new Error("no manifest");
  return renderManifest(manifest.value);
}

const begun = aBackup().opened();
const taken = begun.took();
const sealed = taken.seal({ state: "complete", logs: { "read-back": manifestText(taken) } });
const finishedAt = "2026-01-01T00:00:09Z";
const good = aBackup().opened({
  outcome: "succeeded",
  finishedAt,
  verified: { grade: "structural", at: finishedAt },
});

type Row = readonly [name: string, given: BackupBuilder, outline: readonly string[]];
const failed = ["backup-fail/noon"];

describe("the plan of a backup", () => {
  it.each<Row>([
    ["from nothing", aBackup(), from("backup-open/noon")],
    ["of a DatabaseBackup that somebody else has made", aBackup().opened({ path: "" }), from("backup-open/noon")],
    ["once it is open", begun, from("backup-take/noon")],
    ["while it is taken", begun.take(), from("wait/backup-await/noon")],
    ["once it is taken", taken, from("backup-seal/noon")],
    ["while it is sealed", taken.seal(), from("wait/backup-await-seal/noon")],
    ["once it is sealed", sealed, from("backup-finish/noon")],
    ["once it is good", sealed.opened({ outcome: "succeeded" }), jobs],
    ["once its Jobs are gone", good, []],
    ["when the first Job failed", begun.take({ state: "failed" }), failed],
    ["when the second Job failed", taken.seal({ state: "failed" }), failed],
    ["when another manifest came back", taken.seal({ state: "complete", logs: { "read-back": "{}" } }), failed],
    ["when nothing came back", taken.seal({ state: "complete" }), failed],
  ])("%s", (_name, given, outline) => {
    expect(given.outline()).toEqual(outline);
  });

  const other = goodLogs.compare.replace(sha, "6".repeat(64));
  const shorter = goodLogs.compare.replace("20512", "20511");
  it.each<Row>([
    ["other bytes came back", begun.took({ logs: { ...goodLogs, compare: other } }), failed],
    ["fewer bytes came back", begun.took({ logs: { ...goodLogs, compare: shorter } }), failed],
    ["no file came back", begun.took({ logs: { ...goodLogs, compare: "[\n]\n" } }), failed],
    ["nothing was taken", begun.took({ logs: { ...goodLogs, measure: "[]", compare: "[]" } }), failed],
    ["nobody knows what came back", begun.took({ logs: { ...goodLogs, compare: "" } }), failed],
    ["nobody knows what it holds", begun.took({ logs: { ...goodLogs, inspect: "Segmentation fault" } }), failed],
    ["it holds nothing", begun.took({ logs: { ...goodLogs, inspect: '{"revision":0}' } }), failed],
    ["its Job does not say what it was taken of", begun.took({ takenOf: undefined }), failed],
    ["its log is gone", begun.took({ logs: {} }), failed],
    ["the location is another now", begun.took({ storedAt: "pvc://elsewhere" }), failed],
  ])("has failed when %s", (_name, given, outline) => {
    expect(given.outline()).toEqual(outline);
  });

  it("is not disturbed by what rclone says of a try that failed before one that did not", () => {
    const line = "2026/01/01 00:00:05 ERROR : Attempt 1/2 failed with 1 errors and: connection reset\n";
    const logs = { "read-back": `${line}${manifestText(taken)}` };
    expect(taken.seal({ state: "complete", logs }).outline()).toEqual(from("backup-finish/noon"));
  });

  it("of one that nobody verifies does not ask what came back", () => {
    const { inspect, measure } = goodLogs;
    const unverified = aBackup().wish({ verify: "none" }).opened().took({ logs: { inspect, measure } });
    expect(unverified.outline()).toEqual(from("backup-seal/noon"));
    expect(JSON.parse(manifestText(unverified))).not.toHaveProperty("verified");
  });
});

describe("a name", () => {
  const refused = ["blocked: backup-name-free"];
  it.each<Row>([
    ["of another database's backup", aBackup().opened({ clusterName: "other" }), refused],
    ["of a backup at another location", aBackup().opened({ locationName: "offsite" }), refused],
    ["of one that is less verified", aBackup().opened({ outcome: "succeeded", verify: "none" }), refused],
    ["of one that is begun with another grade", aBackup().opened({ verify: "functional" }), refused],
    ["of one that failed", aBackup().opened({ outcome: "failed", message: "no space" }), refused],
    ["of one that is being removed", aBackup().opened({ outcome: "removing" }), refused],
  ])("%s is not free", (_name, given, outline) => {
    expect(given.outline()).toEqual(outline);
  });

  it("that was used before: Jobs of that one are not taken for this one's", () => {
    const old = { backupUid: "b0000000-0" };
    expect(begun.took(old).outline()).toEqual(["job-delete/noon-take", ...from("backup-take/noon")]);
    expect(taken.seal({ ...old, state: "complete" }).outline()[0]).toBe("job-delete/noon-seal");
  });
});

describe("a source", () => {
  const refused = ["blocked: backup-source-known"];
  it.each<Row>([
    ["with a member down is good enough", aBackup().of((etcd) => etcd.silent(2)), from("backup-open/noon")],
    ["without a quorum is none", aBackup().of((etcd) => etcd.noQuorum(1, 2)), refused],
    ["whose leader does not answer is none", aBackup().of((etcd) => etcd.leader(2).silent(2)), refused],
    [
      "of which a member is corrupt is none",
      aBackup().of((etcd) => etcd.alarms({ type: "CORRUPT", memberId: "a1" })),
      refused,
    ],
    ["that is gone does not undo what was taken", taken.of((etcd) => etcd.noQuorum(1, 2)), from("backup-seal/noon")],
  ])("%s", (_name, given, outline) => {
    expect(given.outline()).toEqual(outline);
  });
});

describe("what earlier runs have left", () => {
  const whole = from("backup-open/noon");
  it.each<Row>([
    [
      "is told of",
      aBackup().others(another("morning", { outcome: "unfinished" })),
      ["backup-interrupted/morning", ...whole],
    ],
    ["and still runs is ended", aBackup().stray("morning-take"), ["job-delete/morning-take", ...whole]],
    [
      "and failed to go is tried again",
      aBackup()
        .others(another("old", { outcome: "removing" }))
        .prune("old", "failed"),
      ["job-delete/old-prune", ...whole, "backup-remove/old"].slice(0, 1 + whole.length),
    ],
    ["is no matter when it has ended", aBackup().others(another("old"), another("bad", { outcome: "failed" })), whole],
  ])("%s", (_name, given, outline) => {
    expect(given.outline().slice(0, outline.length)).toEqual(outline);
  });
});

describe("with --keep", () => {
  const old = another("old", { finishedAt: "2025-01-01T00:00:00Z" });
  const recent = another("recent", { finishedAt: "2025-06-01T00:00:00Z" });
  const removal = ["backup-retire/old", "backup-remove/old", "backup-delete/old"];
  const keeping = (builder: BackupBuilder, keep: number): BackupBuilder => builder.wish({ keep }).others(old, recent);
  const retired = (state?: "running" | "complete" | "failed"): BackupBuilder => {
    const given = good.wish({ keep: 2 }).others({ ...old, outcome: "removing" }, recent);
    return state === undefined ? given : given.prune("old", state);
  };

  it.each<Row>([
    ["what will go is told before it begins", keeping(aBackup(), 2), [...from("backup-open/noon"), ...removal]],
    [
      "nothing goes before the new one is good",
      keeping(begun.take(), 2),
      [...from("wait/backup-await/noon"), ...removal],
    ],
    ["the oldest goes once the new one is good", keeping(good, 2), removal],
    ["nothing goes when there is room", keeping(good, 3), []],
    ["the one that is asked for stays", good.wish({ keep: 1 }).others(another("newer", { finishedAt: "2027" })), []],
    ["all but the new one go", keeping(good, 1), [...removal, ...removal.map((id) => id.replace("old", "recent"))]],
    ["a removal that was begun goes on", retired(), ["backup-remove/old", "backup-delete/old"]],
    [
      "a removal that was begun goes on with more to be kept",
      retired().wish({ keep: undefined }),
      ["backup-remove/old", "backup-delete/old"],
    ],
    ["a removal is waited for", retired("running"), ["wait/old-prune", "backup-delete/old"]],
    ["the object goes when the data is gone", retired("complete"), ["backup-delete/old"]],
    ["a removal that failed is told", retired("failed"), ["prune-fail/old"]],
  ])("%s", (_name, given, outline) => {
    expect(given.outline()).toEqual(outline);
  });

  it("the newest verified one stays when the new one is not verified", () => {
    const unverified = aBackup().wish({ verify: "none", keep: 1 }).opened({ outcome: "succeeded", finishedAt });
    expect(unverified.others(old, recent).outline()).toEqual(removal);
  });

  it("a removal is agreed to", () => {
    const plan = keeping(good, 2).plan();
    expect(plan).toMatchObject({ steps: [{ danger: "moderate" }, {}, {}] });
  });
});

it("the same situation gives the same plan, to the byte", () => {
  for (const given of [aBackup(), begun, taken, sealed])
    expect(JSON.stringify(given.plan())).toBe(JSON.stringify(given.plan()));
});
