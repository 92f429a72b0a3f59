import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBackup, type DatabaseBackup } from "../../src/api/database-backup.ts";
import { outdated } from "../../src/backup/retention.ts";
import { randomRuns } from "../support/depth.ts";

const none = readBackup({ apiVersion: "", kind: "", metadata: { name: "" } });
const verified = { grade: "structural", at: "" } as const;

/** The later in the alphabet the newer. */
function aBackup(name: string, changes: Partial<DatabaseBackup> = {}): DatabaseBackup {
  const own = { name, locationName: "nightly", clusterIdentity: "c1", finishedAt: name } as const;
  return { ...none, ...own, outcome: "succeeded", verified, ...changes };
}

const gone = (backups: readonly DatabaseBackup[], keep: number): readonly string[] =>
  outdated(backups, { keep, locationName: "nightly", identity: "c1" }).map(({ name }) => name);

describe("the backups that may go", () => {
  const unverified = { verified: undefined };
  it.each<readonly [string, readonly DatabaseBackup[], number, readonly string[]]>([
    ["none of none", [], 1, []],
    ["none when there are as many as asked for", [aBackup("a"), aBackup("b")], 2, []],
    ["the oldest first", [aBackup("b"), aBackup("d"), aBackup("a"), aBackup("c")], 2, ["a", "b"]],
    ["never the last one", [aBackup("a")], 0, []],
    ["never the newest verified", [aBackup("a"), aBackup("b", unverified), aBackup("c", unverified)], 1, ["b"]],
    ["an older verified", [aBackup("a"), aBackup("b"), aBackup("c", unverified)], 1, ["a"]],
    ["none that failed", [aBackup("a", { outcome: "failed" }), aBackup("b"), aBackup("c")], 1, ["b"]],
    ["none that goes on", [aBackup("a", { outcome: "unfinished" }), aBackup("b"), aBackup("c")], 1, ["b"]],
    ["none elsewhere", [aBackup("a", { locationName: "offsite" }), aBackup("b"), aBackup("c")], 1, ["b"]],
    [
      "none of another cluster of that name",
      [aBackup("a", { clusterIdentity: "c0" }), aBackup("b"), aBackup("c")],
      1,
      ["b"],
    ],
  ])("are %s", (_name, backups, keep, expected) => {
    expect(gone(backups, keep)).toEqual(expected);
  });

  it("leave the newest verified one and the newest of all, whatever there is", () => {
    const backups = fc.uniqueArray(
      fc.record({
        finishedAt: fc.integer({ min: 0, max: 30 }).map(String),
        isVerified: fc.boolean(),
        outcome: fc.constantFrom("succeeded", "failed", "unfinished", "removing"),
        clusterIdentity: fc.constantFrom("c1", "c1", "c0"),
      }),
      { selector: ({ finishedAt }) => finishedAt, maxLength: 12 },
    );
    fc.assert(
      fc.property(backups, fc.integer({ min: 0, max: 5 }), (drawn, keep) => {
        const all = drawn.map(({ isVerified, ...one }, index) =>
          aBackup(`b${String(index)}`, { ...one, verified: isVerified ? verified : undefined }),
        );
        const names = gone(all, keep);
        const ours = all
          .filter(({ outcome, clusterIdentity }) => outcome === "succeeded" && clusterIdentity === "c1")
          .toSorted((a, b) => ((a.finishedAt ?? "") < (b.finishedAt ?? "") ? 1 : -1));
        const left = ours.filter(({ name }) => !names.includes(name));
        expect(left.length).toBeGreaterThanOrEqual(Math.min(ours.length, Math.max(1, keep)));
        expect(left.slice(0, 1)).toEqual(ours.slice(0, 1));
        expect(left.find((one) => one.verified)).toEqual(ours.find((one) => one.verified));
        expect(names.every((name) => ours.some((one) => one.name === name))).toBe(true);
      }),
      randomRuns(1_000),
    );
  });
});
