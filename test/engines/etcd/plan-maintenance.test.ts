import { describe, expect, it } from "vitest";
import { anEtcd, type EtcdBuilder } from "../../support/etcd-model/an-etcd.ts";
import { plans, type Row } from "../../support/etcd-model/plan-table.ts";

const mebibyte = 2 ** 20;
const three = anEtcd().withMembers(3).verb("reconcile");
const used = { dbSize: 400 * mebibyte, dbSizeInUse: 100 * mebibyte };

/** The files of these members hold much that is free. */
function fragmented(given: EtcdBuilder, ...ordinals: readonly number[]): EtcdBuilder {
  return ordinals.reduce((before, ordinal) => before.endpoint(ordinal, used), given);
}

const followersFirst = [
  "maintenance/defragment/demo-2",
  "maintenance/defragment/demo-1",
  "leader-move/demo-1",
  "maintenance/defragment/demo-0",
];

describe("defragmentation", () => {
  plans([
    ["takes followers one at a time and the leader last", fragmented(three, 0, 1, 2), followersFirst],
    ["begins where a run before it ended", fragmented(three, 0, 1), followersFirst.slice(1)],
    ["leaves those alone that are not worth it", fragmented(three, 2), ["maintenance/defragment/demo-2"]],
    [
      "waits until every voter answers",
      fragmented(three, 1, 2).silent(0),
      ["wait/demo-0-is-healthy", ...followersFirst.slice(0, 2)],
    ],
    [
      "waits until every pod is ready",
      fragmented(three, 2).pod(1, { ready: false }),
      ["wait/demo-1-is-ready", "maintenance/defragment/demo-2"],
    ],
    [
      "waits until the slowest has caught up",
      fragmented(three, 2)
        .endpoint(1, { raftIndex: 2000, appliedIndex: 900 })
        .endpoint(2, { ...used, raftIndex: 2000 }),
      ["wait/all-members-have-caught-up", "maintenance/defragment/demo-2"],
    ],
    [
      "comes after a member that is missing",
      fragmented(three.replicas(4), 2),
      [
        "member-add/demo-3",
        "member-start/demo-3",
        "wait/demo-3-has-started",
        "identity/data-demo-3",
        "member-promote/demo-3",
        "maintenance/defragment/demo-2",
      ],
    ],
    ...(["scale", "install"] as const).map((verb): Row => [
      `is no business of ${verb}`,
      fragmented(three.verb(verb), 0, 1, 2),
      [],
    ]),
    ["does not interrupt a single member", fragmented(anEtcd().withMembers(1).verb("reconcile"), 0), []],
    ["does not interrupt two", fragmented(anEtcd().withMembers(2).verb("reconcile"), 0, 1), []],
  ]);

  it.each([
    ["102 MiB of 204", 204, 102, true],
    ["100 MiB of 200", 200, 100, false],
    ["102 MiB of 230", 230, 128, false],
    ["46 of 100 MiB", 100, 54, false],
    ["4 of 8 GiB", 8192, 4096, true],
  ])("is worth it for %s", (_what, size, inUse, worth) => {
    const outline = three.endpoint(1, { dbSize: size * mebibyte, dbSizeInUse: inUse * mebibyte }).outline();
    expect(outline).toEqual(worth ? ["maintenance/defragment/demo-1"] : []);
  });

  it("asks nobody, and says what it does to the member", () => {
    const plan = fragmented(three, 2).plan();
    if (plan.outcome !== "act") throw new Error(plan.outcome);
    expect(plan.steps[0]).toMatchObject({
      why: "nearly half of its file, or more, is free inside; it answers nobody meanwhile, the others do",
    });
    expect(plan.steps.every(({ danger }) => danger === undefined)).toBe(true);
  });

  it("is only told of where it would interrupt the service", () => {
    const { warnings } = fragmented(anEtcd().withMembers(1).verb("reconcile"), 0).plan();
    expect(warnings.map(({ guard }) => guard)).toEqual(["space-reclaimable"]);
    expect(fragmented(anEtcd().withMembers(1), 0).plan().warnings).toEqual([]);
  });
});

describe("compaction", () => {
  const off = three.spec({ config: { "auto-compaction-retention": "0" } });
  /** More than the quota of 5 GiB is in use, and these revisions are there. */
  const heavy = (given: EtcdBuilder, revision: number, compactRevision: number | undefined): EtcdBuilder =>
    [0, 1, 2]
      .reduce(
        (before, ordinal) =>
          before.endpoint(ordinal, { dbSize: 6144 * mebibyte, dbSizeInUse: 6144 * mebibyte, revision }),
        given,
      )
      .seen({ compactRevision });
  const defragmented = [2, 1].map((ordinal) => `maintenance/defragment/demo-${String(ordinal)}`);
  const whole = ["maintenance/compact", ...defragmented, "leader-move/demo-1", "maintenance/defragment/demo-0"];
  plans([
    ["cuts history that nobody bounds, and then the files", heavy(off, 50_000, 0), whole],
    ["is left to etcd where auto-compaction is on", heavy(three, 50_000, 0), []],
    [
      "is left to etcd where auto-compaction is on as the user wishes",
      heavy(
        three.spec({ config: { "auto-compaction-mode": "periodic", "auto-compaction-retention": "0h30m" } }),
        50_000,
        0,
      ),
      [],
    ],
    ["is left to a client that does it", heavy(off, 50_000, 35_000), []],
    ["is not done blindly", heavy(off, 50_000, undefined), []],
    ["is no business of scale", heavy(off.verb("scale"), 50_000, 0), []],
    ["can wait while there is room", off.seen({ compactRevision: 0 }).endpoint(0, { revision: 50_000 }), []],
  ]);

  it("keeps the newest ten thousand revisions", () => {
    const plan = heavy(off, 50_000, 0).plan();
    expect(plan.outcome === "act" && plan.steps[0]).toMatchObject({
      command: { name: "compact", via: 0, revision: 40_000 },
    });
  });
});
