import { describe, expect, it } from "vitest";
import { sealed } from "../../../src/engines/etcd/config-mode.ts";
import { expect as foresee } from "../../../src/engines/etcd/plan/expect.ts";
import { unmanaged } from "../../../src/engines/etcd/seen.ts";
import { aClaim, anEtcd, crashed, type EtcdBuilder } from "../../support/etcd-model/an-etcd.ts";
import { installs, observed, plans, type Row } from "../../support/etcd-model/plan-table.ts";
import { forming, gibibytes, joins, leaves, lost } from "../../support/etcd-model/situations.ts";

const three = anEtcd().withMembers(3);
const scale = three.verb("scale");

describe("planEtcd installing", () => {
  plans([
    ...[1, 3, 5, 7].map((count): Row => [
      `${String(count)} members from nothing`,
      anEtcd().replicas(count),
      installs(count),
    ]),
    [
      "without certificates when TLS is disabled",
      forming(3)
        .seen({ statefulSet: undefined })
        .spec({ tls: { mode: "disabled" } }),
      installs(3).slice(1),
    ],
    [
      "with certificates already issued",
      anEtcd().seen({ certificates: { missing: [], expiry: [], problems: [], ...unmanaged } }),
      installs(3).slice(1),
    ],
    ["with some of its objects made", forming(3).seen({ drifted: ["service/demo"] }), installs(3).slice(1)],
    [
      "with its configuration made and its StatefulSet not",
      forming(3).seen({ statefulSet: undefined }),
      installs(3).slice(1),
    ],
    ["while its pods start", forming(3), installs(3).slice(2)],
    ["while one member has not joined", lost(forming(3).formed(), 2), installs(3).slice(2)],
    ["when all have joined", forming(3).formed(), ["identity/record"]],
    [
      "when its first claim is recorded and nothing else",
      forming(3)
        .formed()
        .claim(0, aClaim(forming(3).given.spec, 0)),
      ["objects/apply", "identity/data-demo-1+data-demo-2", observed],
    ],
    [
      "the size that was begun first, then the one asked for since",
      forming(3).replicas(1).formed(),
      [
        "identity/record",
        "member-remove/demo-2/a2",
        "replicas/2",
        "wait/demo-2-is-gone",
        "member-remove/demo-1/a1",
        "replicas/1",
        "wait/demo-1-is-gone",
      ],
    ],
    ["nothing more when it is as wished", three, []],
  ]);
});

describe("planEtcd scaling out", () => {
  plans([
    ["one member at a time", scale.replicas(5), [...joins(3), ...joins(4)]],
    ["from one to three", anEtcd().withMembers(1).replicas(3), [...joins(1), ...joins(2)]],
    ["when the member was added", scale.replicas(4).member(3, { started: false, learner: true }), joins(3).slice(1)],
    [
      "when its configuration is there and its pod is not",
      scale.joining(3).withoutPod(3).withoutClaim(3).set({ replicas: 3 }),
      joins(3).slice(1),
    ],
    ["when its pod starts", scale.joining(3), joins(3).slice(2)],
    [
      "when it has joined",
      scale.joining(3).member(3, { started: true }).endpoint(3).pod(3, { ready: true }),
      joins(3).slice(3),
    ],
    [
      "when it has joined and is recorded",
      scale
        .joining(3)
        .member(3, { started: true })
        .endpoint(3)
        .pod(3, { ready: true })
        .claim(3, aClaim(three.given.spec, 3))
        .config({ modes: sealedModes(4) }),
      joins(3).slice(4),
    ],
    [
      "and takes back a learner that is no longer wanted",
      scale.joining(3).replicas(3),
      [
        "member-remove/demo-3/a3",
        "replicas/3",
        "wait/demo-3-is-gone",
        "claim-delete/data-demo-3",
        "wait/data-demo-3-is-gone",
      ],
    ],
    [
      "and clears the claims of an earlier scale-out first",
      scale.replicas(5).claim(3, { memberId: "b3" }).claim(4, { memberId: "b4" }),
      [
        "claim-delete/data-demo-3",
        "wait/data-demo-3-is-gone",
        ...joins(3),
        "claim-delete/data-demo-4",
        "wait/data-demo-4-is-gone",
        ...joins(4),
      ],
    ],
    [
      "and waits for a claim that is going",
      scale.replicas(4).claim(3, { memberId: "b3", terminating: true }),
      ["wait/data-demo-3-is-gone", ...joins(3)],
    ],
    [
      "and makes a pod anew that was made before its member was added",
      scale.joining(3).config({ restarts: { 3: "pod-3" } }),
      ["pod-delete/demo-3", ...joins(3).slice(2)],
    ],
  ]);
});

describe("planEtcd scaling in", () => {
  const five = anEtcd().withMembers(5).verb("scale").replicas(3);
  const claims = [
    "claim-delete/data-demo-3",
    "wait/data-demo-3-is-gone",
    "claim-delete/data-demo-4",
    "wait/data-demo-4-is-gone",
  ];
  plans([
    ["the highest ordinal first, then the claims", five, [...leaves(4), ...leaves(3), ...claims]],
    ["after the leadership has moved", five.leader(4), ["leader-move/demo-0", ...leaves(4), ...leaves(3), ...claims]],
    [
      "down to one",
      anEtcd().withMembers(2).replicas(1).verb("scale"),
      [...leaves(1), "claim-delete/data-demo-1", "wait/data-demo-1-is-gone"],
    ],
    [
      "when the member has left and its pod has not",
      five.withoutMember(4),
      [...leaves(4).slice(1), ...leaves(3), ...claims],
    ],
    [
      "when its pod is going",
      five
        .withoutMember(4)
        .set({ replicas: 4 })
        .config({ modes: sealedModes(4) })
        .pod(4, { terminating: true }),
      ["wait/demo-4-is-gone", ...leaves(3), ...claims],
    ],
    ["when only claims are left", three.verb("scale").claim(3).claim(4), claims],
    ["and keeps the claims when it was not asked to", five.verb("reconcile"), [...leaves(4), ...leaves(3)]],
    [
      "not while too few would remain",
      five.silent(1, 2).pod(1, { ready: false }).pod(2, { ready: false }),
      ["wait/demo-1-is-healthy", ...leaves(4), ...leaves(3), ...claims],
    ],
    [
      "a silent surplus member too",
      lost(anEtcd().withMembers(3).replicas(2).verb("scale"), 2),
      [...leaves(2), "claim-delete/data-demo-2", "wait/data-demo-2-is-gone"],
    ],
    [
      "but blocks when the rest has no quorum of its own",
      lost(anEtcd().withMembers(3).replicas(2).verb("scale"), 2).silent(1),
      ["wait/demo-1-is-healthy", ...leaves(2), "claim-delete/data-demo-2", "wait/data-demo-2-is-gone"],
    ],
  ]);
});

describe("planEtcd", () => {
  const everything: readonly EtcdBuilder[] = [
    anEtcd(),
    forming(3),
    scale.replicas(5),
    anEtcd().withMembers(7).replicas(3).verb("scale").leader(6),
    lost(three, 2).pod(2, crashed("empty-data-dir")),
    three.leader(1).pod(0, { outdated: true }).pod(1, { outdated: true }),
    three.noQuorum(1, 2),
  ];

  it("plans the tail when its first step went as foreseen", () => {
    for (const given of everything) {
      const plan = given.plan();
      if (plan.outcome !== "act") throw new Error("nothing is planned");
      const [first, ...rest] = plan.steps;
      const after = given.seen(foresee(given.given.spec, given.given.seen, first)).plan();
      expect(after.outcome === "act" ? after.steps : []).toEqual(rest);
    }
  });

  it("plans nothing when all of its steps went as foreseen", () => {
    for (const given of everything) {
      let at = given;
      for (let plan = at.plan(); plan.outcome === "act"; plan = at.plan())
        at = at.seen(foresee(at.given.spec, at.given.seen, plan.steps[0]));
      expect(at.plan().outcome).toBe("converged");
    }
  });

  it("gives equal plans equal hashes and others another", () => {
    expect(new Set(everything.map((given) => given.hash())).size).toBe(everything.length);
    expect(scale.replicas(5).hash()).toBe(scale.replicas(5).hash());
  });

  it("warns of even sizes", () => {
    expect(
      scale
        .replicas(4)
        .plan()
        .warnings.map(({ guard }) => guard),
    ).toEqual(["odd-size"]);
  });

  it("mentions claims left by members that have gone when it does not delete them", () => {
    expect(
      three
        .claim(3)
        .plan()
        .warnings.map(({ guard }) => guard),
    ).toEqual(["stale-claims"]);
  });

  it("tells a guard that will stand in the way before the first step", () => {
    const plan = scale
      .verb("reconcile")
      .replicas(5)
      .storage("5Gi", 5 * gibibytes)
      .plan();
    expect([plan.outcome, plan.warnings.map(({ guard }) => guard)]).toEqual(["act", ["no-shrink-volume"]]);
  });

  it("refuses another size of the volumes at once to whoever asks for it, so that the spec is not edited", () => {
    const plan = scale
      .replicas(5)
      .storage("5Gi", 5 * gibibytes)
      .plan();
    expect(plan).toMatchObject({ outcome: "blocked", by: [{ guard: "no-shrink-volume" }] });
  });

  it.each([
    ["removing a surplus voter", /^member-remove/u],
    ["stopping pods", /^replicas/u],
    ["deleting the claims they leave", /^claim-delete/u],
  ])("calls %s severe", (_name, id) => {
    const plan = anEtcd().withMembers(5).replicas(3).verb("scale").plan();
    const dangers =
      plan.outcome === "act" ? plan.steps.filter((step) => id.test(step.id)).map((step) => step.danger) : [];
    expect(dangers).toEqual(["severe", "severe"]);
  });

  it("asks nothing for adding members", () => {
    const plan = scale.replicas(5).plan();
    expect(plan.outcome === "act" && plan.steps.some((step) => step.danger !== undefined)).toBe(false);
  });
});

function sealedModes(count: number): Readonly<Record<number, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, ordinal) => [ordinal, sealed(ordinal)]));
}
