import { describe, expect, it } from "vitest";
import type { BackupSeen } from "../../../src/backup/recent.ts";
import { compareVersions } from "../../../src/engines/etcd/versions.ts";
import { anEtcd, crashed, type EtcdBuilder } from "../../support/etcd-model/an-etcd.ts";
import { observed, plans } from "../../support/etcd-model/plan-table.ts";

const good: BackupSeen = { name: "b", finishedAt: "2025-12-31T20:00:00Z", grade: "structural", clusterId: "c1" };

/** Three members that all run `version`, with a recent backup; the second leads. */
function at(version: string): EtcdBuilder {
  const minor = version.slice(0, 3);
  const image = `gcr.io/etcd-development/etcd:v${version}`;
  const storageVersion = minor === "3.5" ? undefined : `${minor}.0`;
  const base = anEtcd().withMembers(3).version(version).spec({ recordedVersion: version });
  return [0, 1, 2]
    .reduce((given, ordinal) => given.endpoint(ordinal, { version, storageVersion }).claim(ordinal, { version }), base)
    .leader(1)
    .set({ version, image })
    .config({ version })
    .seen({ backups: [good] })
    .verb("upgrade");
}

/** Those of `ordinals` run `version`, to which the StatefulSet has gone. */
function rolled(given: EtcdBuilder, version: string, ...ordinals: readonly number[]): EtcdBuilder {
  const raised = [0, 1, 2].reduce(
    (before, ordinal) => (isAbove(version, before, ordinal) ? before.claim(ordinal, { version }) : before),
    given,
  );
  const moved = raised.set({ version, image: `gcr.io/etcd-development/etcd:v${version}` }).config({ version });
  const storageVersion = version.startsWith("3.5") ? undefined : given.given.seen.endpoints[0]?.storageVersion;
  return [0, 1, 2].reduce(
    (before, ordinal) =>
      ordinals.includes(ordinal)
        ? before.endpoint(ordinal, { version, storageVersion: storageVersion ?? "3.5.0" })
        : before.pod(ordinal, { outdated: true }),
    moved,
  );
}

function isAbove(version: string, { given }: EtcdBuilder, ordinal: number): boolean {
  return compareVersions(version, given.seen.claims.find((claim) => claim.ordinal === ordinal)?.version ?? "") > 0;
}

/** It was told to go down from 3.6 to 3.5, and its data is there. */
function lowered(given: EtcdBuilder): EtcdBuilder {
  const endpoints = given.given.seen.endpoints.map((one) => ({
    ...one,
    storageVersion: "3.5.0",
    downgradeTo: "3.5.0",
  }));
  return given.seen({ endpoints });
}

const restarted = (ordinal: number): readonly string[] => [
  `pod-delete/demo-${String(ordinal)}`,
  `wait/demo-${String(ordinal)}-is-healthy`,
];

/** Followers first, the highest ordinal before the others, and the leader when it has handed over. */
const roll = [...restarted(2), ...restarted(0), "leader-move/demo-0", ...restarted(1)];

const down = (minor: string): readonly string[] => [
  `downgrade/${minor}`,
  `wait/the-data-of-all-members-is-that-of-etcd-${minor.replace(".", "-")}`,
];

/** To 3.7: no member may find in its log what 3.5 has left there. */
const to37 = ["logs/renew", "wait/every-member-has-begun-its-log-anew", "version/3.7.3", "downgrade/cancel", observed];

describe("planEtcd changing the version", () => {
  plans([
    ["by a patch", at("3.5.34").version("3.5.35"), ["version/3.5.35", observed, ...roll]],
    ["by a minor", at("3.5.35").version("3.6.16"), ["version/3.6.16", observed, ...roll]],
    ["to 3.7, with logs that are begun anew", at("3.6.16").version("3.7.3"), [...to37, ...roll]],
    [
      "over two minors with consent, each wholly before the next",
      at("3.5.35").version("3.7.3").consent("through"),
      [
        "version/3.6.16",
        observed,
        ...roll,
        ...to37,
        ...restarted(2),
        ...restarted(1),
        "leader-move/demo-1",
        ...restarted(0),
      ],
    ],
    ["by a patch down", at("3.6.16").version("3.6.11"), ["version/3.6.11", observed, ...roll, "claims-version/3.6.11"]],
    [
      "by a minor down",
      at("3.7.3").version("3.6.16"),
      [...down("3.6"), "version/3.6.16", observed, ...roll, "claims-version/3.6.16"],
    ],
    ["not at all when it runs", at("3.7.3"), []],
  ]);
});

describe("planEtcd going on with a change of version", () => {
  const up = at("3.5.35").version("3.6.16").verb("reconcile").seen({ backups: "not-asked" });
  plans([
    ["that has begun", rolled(up, "3.6.16"), roll],
    ["half-way", rolled(up, "3.6.16", 2), roll.slice(2)],
    [
      "with a member down, which is waited for",
      rolled(up, "3.6.16", 2).silent(2).pod(2, { ready: false }),
      ["wait/demo-2-is-healthy", ...roll.slice(2)],
    ],
    [
      "on its way to a minor beyond, when this one is reached",
      rolled(up, "3.6.16", 2).version("3.7.3").consent("through"),
      [...roll.slice(2), ...to37, ...restarted(2), ...restarted(1), "leader-move/demo-1", ...restarted(0)],
    ],
    [
      "until the cluster has taken it up",
      at("3.6.16").endpoint(0, { storageVersion: "3.5.0" }).verb("reconcile"),
      ["wait/the-cluster-has-taken-up-etcd-3-6"],
    ],
    [
      "to 3.7, when every member has begun its log anew",
      lowered(at("3.6.16").version("3.7.3")),
      ["version/3.7.3", "downgrade/cancel", observed, ...roll],
    ],
    [
      "to 3.7, when the version has moved and the downgrade is to be taken back",
      rolled(lowered(at("3.6.16").version("3.7.3")), "3.7.3"),
      ["downgrade/cancel", "wait/the-cluster-is-back-at-etcd-3-6", ...roll],
    ],
    [
      "to 3.6 after all, when logs were begun anew for 3.7",
      lowered(at("3.6.16")),
      ["downgrade/cancel", "wait/the-cluster-has-taken-up-etcd-3-6"],
    ],
    [
      "down, when etcd was told",
      at("3.7.3")
        .version("3.6.16")
        .seen({ endpoints: at("3.7.3").given.seen.endpoints.map((one) => ({ ...one, downgradeTo: "3.6.0" })) }),
      [...down("3.6").slice(1), "version/3.6.16", observed, ...roll, "claims-version/3.6.16"],
    ],
  ]);
});

describe("planEtcd turning back", () => {
  const half = rolled(at("3.5.35").version("3.6.16"), "3.6.16", 2, 0).seen({ backups: "not-asked" });
  const back = half.version("3.5.35");
  const unpullable = { running: false, ready: false, waiting: "ErrImagePull" };
  plans([
    [
      "while mixed, without a backup",
      back,
      ["version/3.5.35", observed, ...restarted(2), ...restarted(0), "claims-version/3.5.35"],
    ],
    [
      "with an upgraded member that crashes",
      back.silent(2).pod(2, crashed("other")),
      ["version/3.5.35", "pod-delete/demo-2", "wait/demo-2-is-healthy", ...restarted(0), "claims-version/3.5.35"],
    ],
    [
      "with a member whose image can't be pulled",
      rolled(at("3.6.16").version("3.6.17"), "3.6.17")
        .silent(2)
        .pod(2, { ...unpullable, outdated: false })
        .version("3.6.16"),
      ["version/3.6.16", "pod-delete/demo-2", "wait/demo-2-is-healthy", "claims-version/3.6.16"],
    ],
    [
      "when the last of all does not come up: the others' data is still the old",
      rolled(at("3.5.35"), "3.6.16", 0, 2)
        .silent(1)
        .leader(0)
        .pod(1, { ...unpullable, outdated: false }),
      [
        "version/3.5.35",
        "pod-delete/demo-1",
        "wait/demo-1-is-healthy",
        ...restarted(2),
        "leader-move/demo-1",
        ...restarted(0),
        "claims-version/3.5.35",
      ],
    ],
    [
      "of a single member that does not come up",
      anEtcd()
        .withMembers(1)
        .version("3.6.16")
        .set({ version: "3.7.3", image: "gcr.io/etcd-development/etcd:v3.7.3" })
        .noQuorum(0)
        .pod(0, unpullable),
      ["version/3.6.16", "pod-delete/demo-0", "wait/the-quorum-is-back"],
    ],
    [
      "from a downgrade that was allowed and has not begun",
      at("3.7.3").seen({
        endpoints: at("3.7.3").given.seen.endpoints.map((one) => ({
          ...one,
          storageVersion: "3.6.0",
          downgradeTo: "3.6.0",
        })),
      }),
      ["downgrade/cancel", "wait/the-cluster-has-taken-up-etcd-3-7"],
    ],
    [
      "too late, when all have come up and the cluster with them: etcd must be told",
      at("3.7.3")
        .version("3.6.16")
        .set({ version: "3.6.16" })
        .pod(0, { outdated: true })
        .pod(1, { outdated: true })
        .pod(2, { outdated: true }),
      [...down("3.6"), ...roll, "claims-version/3.6.16"],
    ],
    [
      "too late, when one can't start any more: it is brought to the others first",
      at("3.7.3")
        .version("3.6.16")
        .verb("reconcile")
        .set({ version: "3.6.16" })
        .silent(2)
        .pod(2, crashed("other"))
        .pod(0, { outdated: true })
        .pod(1, { outdated: true }),
      [
        "version/3.7.3",
        "pod-delete/demo-2",
        "wait/demo-2-is-healthy",
        ...down("3.6"),
        "version/3.6.16",
        observed,
        ...roll,
        "claims-version/3.6.16",
      ],
    ],
  ]);
});

describe("planEtcd refusing a change of version", () => {
  const blocked = (...guards: readonly string[]): readonly string[] => guards.map((guard) => `blocked: ${guard}`);
  const wish = at("3.5.35").version("3.6.16");
  const legal = "version-step-legal";
  const backup = "verified-backup-before-irreversible";
  plans([
    ["two minors up", at("3.5.35").version("3.7.3"), blocked(legal)],
    ["two minors down", at("3.7.3").version("3.5.35").consent("through"), blocked(legal)],
    ["below the floor of 3.6", at("3.5.20").version("3.6.16"), blocked(legal)],
    ["below the floor of 3.7", at("3.6.10").version("3.7.3"), blocked(legal)],
    [
      "the other way from half-way up",
      rolled(at("3.6.16").version("3.7.3"), "3.7.3", 2).version("3.5.35"),
      blocked(legal),
    ],
    [
      "an image whose version on the way nobody can tell",
      at("3.5.35").version("3.7.3").spec({ image: "mirror/etcd:newest" }).consent("through"),
      blocked(legal),
    ],
    ["without a backup", wish.seen({ backups: [] }), blocked(backup)],
    [
      "with a backup that was only read back",
      wish.seen({ backups: [{ ...good, grade: "integrity" }] }),
      blocked(backup),
    ],
    ["with a backup that nobody tried", wish.seen({ backups: [{ ...good, grade: undefined }] }), blocked(backup)],
    [
      "with a backup of yesterday's yesterday",
      wish.seen({ backups: [{ ...good, finishedAt: "2025-12-30T23:59:59Z" }] }),
      blocked(backup),
    ],
    [
      "with a backup of another cluster of its name",
      wish.seen({ backups: [{ ...good, clusterId: "c0" }] }),
      blocked(backup),
    ],
    ["when backups may not be read", wish.seen({ backups: "unknown" }), blocked(backup)],
    ["with an alarm", wish.alarms({ memberId: "a0", type: "NOSPACE" }), blocked("healthy-before-change")],
    ["with a full database", wish.endpoint(0, { dbSize: 9 * 1024 ** 3 }), blocked("space-within-quota")],
    ["with a silent member", wish.silent(2), blocked("healthy-before-change")],
    ["with a pod that is not ready", wish.pod(2, { ready: false }), blocked("healthy-before-change")],
    ["without a quorum", wish.noQuorum(0, 1), blocked("healthy-before-change")],
    ["with a member that lags", wish.endpoint(2, { raftIndex: 5000, appliedIndex: 3000 }), blocked("lag-within-bound")],
    ["with a member that joins", wish.joining(3).replicas(4), blocked("one-change-in-flight", "healthy-before-change")],
    ["with more members wished", wish.replicas(5), blocked("one-change-in-flight")],
    [
      "an image that runs another version than it is said to",
      at("3.6.16").endpoint(2, { version: "3.6.11" }),
      blocked(legal),
    ],
  ]);

  it("names the way, what was read, and the flag", () => {
    const plan = at("3.6.5").version("3.7.3").plan();
    if (plan.outcome !== "blocked") throw new Error(plan.outcome);
    expect(plan.by[0]).toEqual({
      guard: legal,
      message:
        "etcd goes up one minor at a time, and to 3.7 only from 3.6.11 on: 3.6.5 → 3.6.16 → 3.7.3. --through goes all the way, each version wholly before the next",
      observed: "the members run 3.6.5, spec.version is 3.7.3",
      lift: "--through",
    });
  });

  it("names the command that takes the flag where the verb does not", () => {
    const plan = wish.seen({ backups: [] }).verb("reconcile").plan();
    if (plan.outcome !== "blocked") throw new Error(plan.outcome);
    expect(plan.by[0]?.lift).toBe("kubectl dbop upgrade demo -n shop --version 3.6.16 --without-recent-backup");
  });
});

describe("planEtcd in a pass that was not asked for another version", () => {
  const wish = at("3.5.35").version("3.6.16").seen({ backups: [] }).verb("reconcile");
  plans([
    ["heals first and is refused then", wish.silent(2).pod(2, { ready: false }), ["wait/demo-2-is-healthy"]],
    ["goes on where the gates are open", wish.seen({ backups: [good] }), ["version/3.6.16", observed, ...roll]],
    [
      "scales before it changes the version",
      wish.verb("scale").consent("without-recent-backup").replicas(2),
      [
        "member-remove/demo-2/a2",
        "replicas/2",
        "wait/demo-2-is-gone",
        "claim-delete/data-demo-2",
        "wait/data-demo-2-is-gone",
        "version/3.6.16",
        observed,
        ...restarted(0),
        "leader-move/demo-0",
        ...restarted(1),
      ],
    ],
  ]);

  it("tells beforehand what will stand in its way", () => {
    const plan = wish.silent(2).pod(2, { ready: false }).plan();
    expect(plan.warnings.map(({ guard }) => guard)).toEqual(["verified-backup-before-irreversible"]);
  });
});

describe("the danger of a change of version", () => {
  const dangers = (given: EtcdBuilder): readonly (string | undefined)[] => {
    const plan = given.plan();
    return plan.outcome === "act" ? plan.steps.slice(0, 1).map(({ danger }) => danger) : [];
  };

  it.each([
    ["a patch up", at("3.5.34").version("3.5.35"), "moderate"],
    ["a minor up", at("3.6.16").version("3.7.3"), "moderate"],
    ["back while mixed", rolled(at("3.6.16"), "3.7.3", 2), "moderate"],
    ["a patch down", at("3.6.16").version("3.6.11"), "severe"],
    ["a minor down", at("3.7.3").version("3.6.16"), "severe"],
  ])("of %s", (_what, given, danger) => {
    expect(dangers(given)).toEqual([danger]);
  });
});
