import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { planEtcd } from "../../../src/engines/etcd/plan/index.ts";
import {
  anyVersion,
  diskLoss,
  fragmentation,
  jobFailure,
  otherSize,
  otherVersion,
  passingTrouble,
} from "../../support/etcd-model/disturbances.ts";
import { now } from "../../support/etcd-model/an-etcd.ts";
import { live, type History, type HistoryInput } from "../../support/etcd-model/history.ts";
import { randomRuns } from "../../support/depth.ts";
import { backedUpRevision } from "../../support/etcd-model/simulated-jobs.ts";

const depth = { versions: 2500, steps: 2500, wishes: 1600, disks: 2000, majorities: 700, replacements: 1000 };
const intended = Object.values(depth).reduce((sum, runs) => sum + randomRuns(runs).numRuns, 0);
let histories = 0;

/** Seconds are enough, but not while the machine does other things. */
const patience = { timeout: 120_000 };

const sizes = fc.constantFrom(1, 3, 5, 7);
const base = {
  seed: fc.nat(2 ** 31),
  size: sizes,
  wished: sizes,
  verb: fc.constant("scale" as const),
  majority: fc.constant(false),
};

/** Lives `runs` histories and asks `holds` of each. A failure prints its seed and the shortest history that fails. */
function everyHistory(runs: number, input: fc.Arbitrary<HistoryInput>, holds: (history: History) => void): void {
  fc.assert(
    fc.property(input, (given) => {
      histories += 1;
      holds(live(given));
    }),
    randomRuns(runs),
  );
}

function endsWell(history: History): void {
  const { outcome, guards, violations, cluster, spec, verb, steps } = history;
  expect({ violations, outcome, guards, steps: outcome === "converged" ? [] : steps.slice(-5) }).toEqual({
    violations: [],
    outcome: "converged",
    guards: [],
    steps: [],
  });
  expect(cluster.etcd.members.map(({ ordinal }) => ordinal).toSorted()).toEqual(
    Array.from({ length: spec.replicas }, (_, ordinal) => ordinal),
  );
  const rotation = history.rotate === undefined ? {} : { rotate: history.rotate };
  const given = { spec, seen: cluster.observe(spec), now, consents: new Set<never>(), verb, begun: false };
  const again = planEtcd({ ...given, ...rotation });
  expect(again.outcome).toBe("converged");
}

describe(`planEtcd over ${String(intended)} random histories`, () => {
  it("ends as wished however its steps, pods and looks fail", patience, () => {
    const disturbances = fc.array(passingTrouble, { maxLength: 25 });
    everyHistory(depth.steps, fc.record({ ...base, disturbances }), endsWell);
  });

  it("ends as wished when the wish changes meanwhile", patience, () => {
    const disturbances = fc.array(fc.oneof(passingTrouble, otherSize), { maxLength: 25 });
    everyHistory(depth.wishes, fc.record({ ...base, disturbances }), endsWell);
  });

  it("ends as wished when minorities lose their disks", patience, () => {
    const disturbances = fc.array(fc.oneof(passingTrouble, { weight: 2, arbitrary: diskLoss }, otherSize), {
      maxLength: 25,
    });
    everyHistory(depth.disks, fc.record({ ...base, disturbances }), endsWell);
  });

  it("ends with every file in order when a reconcile finds some mostly free inside", patience, () => {
    const disturbances = fc.array(fc.oneof({ weight: 2, arbitrary: fragmentation }, passingTrouble), { maxLength: 25 });
    const verb = fc.constant("reconcile" as const);
    everyHistory(1500, fc.record({ ...base, verb, disturbances }), (history) => {
      endsWell(history);
      const { cluster, spec } = history;
      const left = [...cluster.etcd.fragmented].filter((ordinal) => ordinal < spec.replicas);
      if (spec.replicas > 2) expect(left).toEqual([]);
    });
  });

  it(
    "ends with other authorities when they are rotated, and at no time do two members fail to trust each other",
    patience,
    () => {
      const disturbances = fc.array(fc.oneof({ weight: 3, arbitrary: passingTrouble }, otherSize), { maxLength: 40 });
      const rotate = fc.constant({ of: "authorities", id: "op-1" } as const);
      const verb = fc.constant("rotate" as const);
      everyHistory(2000, fc.record({ ...base, verb, rotate, disturbances }), (history) => {
        endsWell(history);
        const { certificates } = history.cluster;
        expect(certificates.generations).toBe(2);
        expect(certificates.newest).toMatchObject({ stage: { oldest: 2, newest: 2, issuer: 2 }, rotation: "op-1" });
        const all = history.cluster.etcd.members.map(({ ordinal }) => ordinal);
        expect(new Set(certificates.trustedBy(all))).toEqual(new Set(["2"]));
      });
    },
  );

  it("ends at the version wished for, however often that changes and whatever fails meanwhile", patience, () => {
    const change = { weight: 2, arbitrary: otherVersion };
    const disturbances = fc.array(fc.oneof({ weight: 3, arbitrary: passingTrouble }, change), { maxLength: 25 });
    const versions = fc.tuple(anyVersion, anyVersion);
    const verb = fc.constant("reconcile" as const);
    everyHistory(depth.versions, fc.record({ ...base, verb, versions, disturbances }), (history) => {
      endsWell(history);
      const { cluster, spec } = history;
      const running = cluster.etcd.members.map(({ ordinal }) => cluster.etcd.versionAt(ordinal));
      expect(new Set(running)).toEqual(new Set([spec.version]));
      expect(cluster.etcd.versions.cluster).toBe(spec.minor);
    });
  });

  describe("while the data of a backup takes the place of its own", () => {
    const verb = fc.constant("restore-in-place" as const);
    const replacement = fc.constant({ locationName: "nightly", path: "demo/noon", bumpRevision: true, id: "op-9" });
    // Of a cluster that has formed: another has nothing to replace.
    const seed = fc.nat(2 ** 30).map((half) => 2 * half);
    const given = { ...base, seed, verb, replacement };

    it("ends with that, wherever it is disturbed, and keeps its own until then", patience, () => {
      const trouble = fc.oneof({ weight: 4, arbitrary: passingTrouble }, jobFailure, otherSize);
      const disturbances = fc.array(trouble, { maxLength: 40 });
      everyHistory(depth.replacements, fc.record({ ...given, disturbances }), (history) => {
        endsWell(history);
        const { etcd, claims } = history.cluster;
        expect(etcd.revision).toBeGreaterThanOrEqual(1_000_000_000 + backedUpRevision);
        expect([...claims.values()].filter(({ keepsReplaced }) => keepsReplaced === true)).toEqual([]);
      });
    });

    it("does no harm when disks are lost, and says what stands in the way", patience, () => {
      const trouble = fc.oneof({ weight: 2, arbitrary: passingTrouble }, jobFailure, diskLoss);
      const disturbances = fc.array(trouble, { maxLength: 30 });
      const majority = fc.constant(true);
      everyHistory(depth.replacements, fc.record({ ...given, majority, disturbances }), (history) => {
        const { violations, outcome, guards, steps } = history;
        expect(violations.filter((what) => !what.includes("acknowledged"))).toEqual([]);
        const refusals = ["data-lost", "quorum-after-change", "no-bootstrap-over-data"];
        // Data that can't be read may be mended by a person: it is waited for.
        if (outcome === "stuck") expect(steps.at(-1)).toBe("wait/the-quorum-is-back");
        if (outcome === "blocked") expect(refusals).toContain(guards[0]);
      });
    });
  });

  it("does no harm when majorities lose their disks", patience, () => {
    const disturbances = fc.array(fc.oneof(passingTrouble, { weight: 2, arbitrary: diskLoss }), { maxLength: 25 });
    everyHistory(
      depth.majorities,
      fc.record({ ...base, disturbances, majority: fc.constant(true) }),
      ({ violations, outcome, guards }) => {
        expect(violations.filter((what) => !what.includes("acknowledged"))).toEqual([]);
        if (outcome === "blocked") expect(["data-lost", "quorum-after-change"]).toContain(guards[0]);
      },
    );
  });

  afterAll(() => {
    expect(histories).toBeGreaterThanOrEqual(intended);
    expect(intended).toBeGreaterThanOrEqual(randomRuns(10_000).numRuns);
  });
});
