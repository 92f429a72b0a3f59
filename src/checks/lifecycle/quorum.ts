/** L3.4 and L3.9: whether drains and single failures leave enough members. */
import { field, numberField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Evidence, Finding } from "../finding.ts";
import { allowance, budgetsOf, liveGroups, readBudget, nodesOf, type LiveGroup } from "../groups.ts";
import type { Observation } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { both, counted, fail, given, notApplicable, pass, read, unknown, warn } from "../verdicts.ts";

interface Seen {
  readonly groups: readonly LiveGroup[];
  readonly budgets: readonly KubeObject[];
}

function overGroups(observation: Observation, judge: (seen: Seen) => Finding): Finding {
  return given(both(liveGroups(observation), observation.budgets), ([groups, budgets]) =>
    groups.length === 0 || groups.every(({ pods }) => pods.length === 0)
      ? unknown("pods that belong to it", "nothing runs that could be protected")
      : judge({ groups, budgets }),
  );
}

/** In three places at most: the failure of one then leaves a majority. */
const places = 3;

export const quorum: Check<Observation> = {
  id: "L3.4",
  title: "Quorum is kept",
  question: "Are members as many and as far apart as is needed to lose one, and do drains respect that?",
  why: "without a quorum a database stops for everybody, and comes back only by hand",
  judge: (observation) =>
    overGroups(observation, ({ groups, budgets }) => {
      const facts = groups.flatMap((group) => [
        counted(
          `statefulset.apps/${group.set}`,
          group.votes ? "voters, and how many must stay" : "members, and how many must stay",
          `${String(group.members)}, ${String(group.needed)}`,
        ),
        counted(`statefulset.apps/${group.set}`, "nodes of its pods (spec.nodeName)", nodesOf(group).join(", ")),
        ...budgetsOf(group, budgets).map(readBudget),
      ]);
      return worst(
        groups.flatMap((group) => troubles(observation, group, budgets)),
        facts,
      );
    }),
};

interface Trouble {
  readonly bad: boolean;
  readonly message: string;
  readonly fix: string;
}

function worst(found: readonly Trouble[], evidence: readonly Evidence[]): Finding {
  const first = found.find(({ bad }) => bad) ?? found[0];
  if (first === undefined) return pass("losing one member, or one node, leaves a quorum", evidence);
  const message = found.map((one) => one.message).join("; ");
  return first.bad ? fail(message, evidence, first.fix) : warn(message, evidence, first.fix);
}

function troubles(observation: Observation, group: LiveGroup, budgets: readonly KubeObject[]): readonly Trouble[] {
  const { set, members, needed, votes } = group;
  const more = remedy(observation, {
    dbop: "scale NAME --replicas 3",
    operator: "three replicas in the custom resource",
  });
  if (members < 3 && votes)
    return [{ bad: members < 2, message: `${set}: ${String(members)} voters survive no failure`, fix: more }];
  if (members < 2)
    return [
      {
        bad: true,
        message: `${set}: a single member survives no failure`,
        fix: remedy(observation, { dbop: "scale NAME --replicas 2", operator: "more replicas in the custom resource" }),
      },
    ];
  return [
    ...budgetTroubles(observation, group, budgets),
    ...placeTroubles(observation, group),
    ...(votes && members % 2 === 0
      ? [
          {
            bad: false,
            message: `${set}: ${String(members)} voters survive no more failures than ${String(members - 1)}, which need ${String(needed - 1)} to agree`,
            fix: remedy(observation, {
              dbop: `scale NAME --replicas ${String(members + 1)}`,
              operator: "an odd number of replicas in the custom resource",
            }),
          },
        ]
      : []),
  ];
}

function budgetTroubles(
  observation: Observation,
  group: LiveGroup,
  budgets: readonly KubeObject[],
): readonly Trouble[] {
  const fix = remedy(observation, {
    dbop: "reconcile NAME",
    operator: "a PodDisruptionBudget with maxUnavailable 1 for its pods",
  });
  const own = budgetsOf(group, budgets);
  if (own.length === 0)
    return [{ bad: true, message: `${group.set}: no PodDisruptionBudget keeps a drain from breaking it`, fix }];
  const most = Math.min(...own.map((budget) => allowance(budget, group.members)));
  if (most <= group.members - group.needed) return [];
  return [
    {
      bad: true,
      message: `${group.set}: its PodDisruptionBudget lets ${String(most)} of ${String(group.members)} go, and ${String(group.needed)} must stay`,
      fix,
    },
  ];
}

function placeTroubles({ manager }: Observation, group: LiveGroup): readonly Trouble[] {
  const nodes = nodesOf(group).length;
  if (nodes >= Math.min(places, group.members)) return [];
  const own = "more nodes; spec.scheduling.antiAffinity: required then keeps members apart";
  const fix = manager.kind === "kubectl-dbop" ? own : "more nodes, and pod anti-affinity in the custom resource";
  return [
    {
      bad: false,
      message: `${group.set}: ${String(group.members)} members on ${String(nodes)} node${nodes === 1 ? "" : "s"}`,
      fix,
    },
  ];
}

export const budget: Check<Observation> = {
  id: "L3.9",
  title: "Disruption budget",
  question: "Does a PodDisruptionBudget select its pods, and let a node be drained all the same?",
  why: "without one a drain may take all members at once; with one that allows nothing nodes are drained by force",
  judge: (observation) =>
    overGroups(observation, ({ groups, budgets }) => {
      if (groups.every(({ members }) => members < 2))
        return notApplicable(
          "single members have nobody to keep",
          groups.map((group) => counted(`statefulset.apps/${group.set}`, "members", group.members)),
        );
      const several = groups.filter(({ members }) => members > 1);
      const found = several.map((group) => ({ group, own: budgetsOf(group, budgets) }));
      const evidence = found.flatMap(({ group, own }) => [
        counted(`statefulset.apps/${group.set}`, "PodDisruptionBudgets that select its pods", own.length),
        ...own.flatMap((one) => [
          readBudget(one),
          read(one, "status.disruptionsAllowed", field(one["status"], "disruptionsAllowed")),
        ]),
      ]);
      const fix = remedy(observation, {
        dbop: "reconcile NAME",
        operator: "a PodDisruptionBudget with maxUnavailable 1 for its pods",
      });
      const bare = found.filter(({ own }) => own.length === 0);
      if (bare.length > 0)
        return fail(`none selects the pods of ${bare.map(({ group }) => group.set).join(", ")}`, evidence, fix);
      const never = found.filter(({ group, own }) => own.some((one) => allowance(one, group.members) === 0));
      if (never.length > 0) return fail("it never lets a pod go: no node with one can be drained", evidence, fix);
      const now = found.filter(({ own }) => own.some((one) => numberField(one["status"], "disruptionsAllowed") === 0));
      if (now.length > 0)
        return warn("it lets no pod go now", evidence, "wait until all members are ready, or see why one is not");
      return pass("drains take one member at a time", evidence);
    }),
};
