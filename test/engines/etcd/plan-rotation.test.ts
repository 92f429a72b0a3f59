import { describe, expect, it } from "vitest";
import {
  firstStage,
  stageAfter,
  stageAnnotations,
  stageIn,
  trustBefore,
  trustOf,
} from "../../../src/resources/tls/stage.ts";
import { anEtcd, type EtcdBuilder } from "../../support/etcd-model/an-etcd.ts";
import { observed, plans, type Row } from "../../support/etcd-model/plan-table.ts";

const three = anEtcd().withMembers(3);
const overlap = stageAfter(firstStage);
const switched = stageAfter(overlap);
const settled = stageAfter(switched);

/** Two rounds: followers first, the leader last. */
const restarts = (leader: number, heir: number, followers: readonly [number, number]): readonly string[] => [
  "objects/apply",
  observed,
  ...followers.flatMap((ordinal) => [`pod-delete/demo-${String(ordinal)}`, `wait/demo-${String(ordinal)}-is-healthy`]),
  `leader-move/demo-${String(heir)}`,
  `pod-delete/demo-${String(leader)}`,
  `wait/demo-${String(leader)}-is-healthy`,
];
const toBoth = "authorities/trust-both/1-2";
const fromNew = "authorities/issue-from-new/1-2";
const toNew = "authorities/trust-new/2";
const shown = "wait/all-members-show-their-new-certificates";
const whole = [toBoth, ...restarts(0, 1, [2, 1]), fromNew, shown, toNew, ...restarts(1, 0, [2, 0])];

/** All members run with the stage their Secrets are at, which the operation op-1 has brought about. */
function at(stage: typeof firstStage, given: EtcdBuilder = three): EtcdBuilder {
  return given.certificates({ stage, rotations: { members: "op-1", clients: "op-1" } });
}

describe("planEtcd rotating the authorities", () => {
  plans([
    ["trusts both, issues from the new, trusts the new alone", three.rotate("authorities"), whole],
    [
      "goes on where members are to trust both",
      at(overlap).set({ current: false }).rotate("authorities", "op-1"),
      whole.slice(1),
    ],
    [
      "goes on when all members trust both",
      at(overlap).rotate("authorities", "op-1"),
      [fromNew, shown, toNew, ...restarts(0, 1, [2, 1])],
    ],
    [
      "waits until every member shows its new certificate",
      at(switched).pod(1, { behind: true }).rotate("authorities", "op-1"),
      [shown, toNew, ...restarts(0, 1, [2, 1])],
    ],
    [
      "drops the old when every member shows a new one",
      at(switched).rotate("authorities", "op-1"),
      [toNew, ...restarts(0, 1, [2, 1])],
    ],
    [
      "goes on when the old is to be dropped",
      at(settled).set({ current: false }).rotate("authorities", "op-1"),
      restarts(0, 1, [2, 1]),
    ],
    ["is done when the operation has rotated them", at(settled).rotate("authorities", "op-1"), []],
    [
      "rotates again for another operation",
      at(settled).rotate("authorities", "op-2").certificates({ stage: settled }),
      [
        "authorities/trust-both/2-3",
        ...restarts(0, 1, [2, 1]),
        "authorities/issue-from-new/2-3",
        shown,
        "authorities/trust-new/3",
        ...restarts(1, 0, [2, 0]),
      ],
    ],
    [
      "is gone on with by another operation, and not begun twice",
      at(overlap).rotate("authorities", "op-2"),
      [fromNew, shown, toNew, ...restarts(0, 1, [2, 1])],
    ],
    [
      "waits until all members are well",
      three.rotate("authorities").silent(2).pod(2, { ready: false }),
      ["wait/demo-2-is-healthy", ...whole],
    ],
    [
      "comes after members that are missing",
      three.replicas(4).rotate("authorities"),
      [
        "member-add/demo-3",
        "member-start/demo-3",
        "wait/demo-3-has-started",
        "identity/data-demo-3",
        "member-promote/demo-3",
        toBoth,
        "objects/apply",
        observed,
        ...[3, 2, 1].flatMap((ordinal) => [
          `pod-delete/demo-${String(ordinal)}`,
          `wait/demo-${String(ordinal)}-is-healthy`,
        ]),
        "leader-move/demo-1",
        "pod-delete/demo-0",
        "wait/demo-0-is-healthy",
        fromNew,
        shown,
        toNew,
        "objects/apply",
        observed,
        ...[3, 2, 0].flatMap((ordinal) => [
          `pod-delete/demo-${String(ordinal)}`,
          `wait/demo-${String(ordinal)}-is-healthy`,
        ]),
        "leader-move/demo-0",
        "pod-delete/demo-1",
        "wait/demo-1-is-healthy",
      ],
    ],
    ["is gone on with by reconcile", at(switched).verb("reconcile"), [toNew, ...restarts(0, 1, [2, 1])]],
    ...(["scale", "install"] as const).map((verb): Row => [
      `is left where it is by ${verb}`,
      at(switched).verb(verb),
      [],
    ]),
    ["is not begun by reconcile", three.verb("reconcile"), []],
    [
      "is refused where certificates are the user's",
      three
        .spec({ tls: { mode: "secret", serverSecretName: "s", peerSecretName: "p", clientSecretName: "c" } })
        .rotate("authorities"),
      ["blocked: certificates-managed"],
    ],
    [
      "is refused where TLS is disabled",
      three.spec({ tls: { mode: "disabled" } }).rotate("certificates"),
      ["blocked: certificates-managed"],
    ],
  ]);

  it("asks before each round of restarts, and before the old ones go", () => {
    const plan = three.rotate("authorities").plan();
    const dangers = plan.outcome === "act" ? plan.steps.filter(({ danger }) => danger === "moderate") : [];
    expect(dangers.map(({ id }) => id.split("/")[0])).toEqual([
      "authorities",
      "pod-delete",
      "pod-delete",
      "pod-delete",
      "authorities",
      "pod-delete",
      "pod-delete",
      "pod-delete",
    ]);
  });

  it("records the operation with what it does", () => {
    const plan = three.rotate("authorities", "op-9").plan();
    expect(plan.outcome === "act" && plan.steps[0]).toMatchObject({ command: { to: overlap, rotation: "op-9" } });
  });

  it("is told of where it stands still", () => {
    expect(
      at(overlap)
        .verb("scale")
        .plan()
        .warnings.map(({ guard }) => guard),
    ).toEqual(["one-change-in-flight"]);
  });
});

describe("planEtcd issuing certificates anew", () => {
  const reissue = "certificates/reissue/server+peer+client";
  plans([
    ["issues all and waits until they are shown", three.rotate("certificates"), [reissue, shown]],
    [
      "goes on with those of clients",
      three
        .certificates({ rotations: { members: "op-1" } })
        .pod(0, { behind: true })
        .rotate("certificates", "op-1"),
      ["certificates/reissue/client", shown],
    ],
    [
      "goes on with those of members",
      three.certificates({ rotations: { clients: "op-1" } }).rotate("certificates", "op-1"),
      ["certificates/reissue/server+peer", shown],
    ],
    ["goes on waiting", at(firstStage).pod(2, { behind: true }).rotate("certificates", "op-1"), [shown]],
    ["is done when all are shown", at(firstStage).rotate("certificates", "op-1"), []],
    ["issues again for another operation", at(firstStage).rotate("certificates", "op-2"), [reissue, shown]],
    [
      "finishes a rotation of the authorities first",
      at(overlap).rotate("certificates", "op-2"),
      [fromNew, shown, toNew, ...restarts(0, 1, [2, 1])],
    ],
    ["asks for nothing of a reconcile", three.pod(2, { behind: true }).verb("reconcile"), []],
  ]);
});

describe("an authority that is about to end", () => {
  const ending = (days: number): EtcdBuilder =>
    three.certificates({
      authorities: [{ name: "peer", notAfter: new Date(Date.UTC(2026, 0, 1) + days * 86_400_000).toISOString() }],
    });
  it("is told of a year ahead, and never rotated unasked", () => {
    const plan = ending(364).verb("reconcile").plan();
    expect(plan).toMatchObject({
      outcome: "converged",
      warnings: [{ guard: "certificates-valid", lift: "kubectl dbop rotate demo -n shop --ca" }],
    });
    expect(ending(366).verb("reconcile").plan().warnings).toEqual([]);
  });
});

describe("stages", () => {
  it.each([
    [firstStage, "1", "0-1"],
    [overlap, "1-2", "1"],
    [switched, "1-2", "1"],
    [settled, "2", "1-2"],
  ])("%j are written and read", (stage, trust, before) => {
    expect(stageIn(stageAnnotations(stage, "op"))).toEqual(stage);
    expect(trustOf(stage)).toBe(trust);
    expect(trustBefore(stage)).toBe(before);
  });

  it.each([undefined, {}, { "dbop.dev/authorities": "two" }, { "dbop.dev/authorities": "0" }])(
    "%j are the first",
    (annotations) => {
      expect(stageIn(annotations)).toEqual(firstStage);
    },
  );
});
