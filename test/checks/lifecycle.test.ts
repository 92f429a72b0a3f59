import {
  aBackup,
  aBudget,
  aClaim,
  aClass,
  aCronJob,
  aPod,
  aSet,
  aSubject,
  container,
  facts,
  object,
  ownManager,
  read,
  unreadable,
  withFacts,
  withOperand,
} from "../support/checks/an-observation.ts";
import { abandoned, aDefinition, aForeigner, foreign } from "../support/checks/foreign.ts";
import { judges, type Row } from "../support/checks/table.ts";

const old = "2025-12-01T00:00:00Z";
const backups = (...status: readonly Readonly<Record<string, unknown>>[]) =>
  ownManager({ backups: read(status.map(aBackup)) });
const plainKind = read(aDefinition({ host: { type: "string" } }, {}));
const scheduled = (...jobs: readonly ReturnType<typeof aCronJob>[]) => ({
  subject: aSubject({ spec: { backup: { schedule: "@daily", locationName: "store", image: "dbop:1" } } }),
  manager: backups({ finishedAt: old }),
  cronJobs: read(jobs),
});

judges("L3.1", [
  ["passes with a new and verified one", {}, "pass", /recent and verified/u],
  ["fails without any", { manager: backups() }, "fail", /no backup of the data/u],
  [
    "fails with one of another cluster of this name",
    { manager: backups({ clusterIdentity: "beef" }) },
    "fail",
    /no backup of the data/u,
  ],
  [
    "fails with one that failed",
    { manager: backups({ conditions: [{ type: "Succeeded", status: "False" }] }) },
    "fail",
    /no backup of the data/u,
  ],
  ["fails with an old one and no schedule", { manager: backups({ finishedAt: old }) }, "fail", /older than a day/u],
  ["warns of one that was not verified", { manager: backups({ verified: undefined }) }, "warn", /never verified/u],
  [
    "takes an old one where the schedule was not due since",
    scheduled(aCronJob("backup", { status: { lastScheduleTime: old } })),
    "pass",
    /recent/u,
  ],
  [
    "fails when the one that was due did not come",
    scheduled(aCronJob("backup", { status: { lastScheduleTime: "2025-12-31T01:00:00Z" } })),
    "fail",
    /did not come/u,
  ],
  [
    "waits for one that is due now",
    scheduled(aCronJob("backup", { status: { lastScheduleTime: "2025-12-31T23:00:00Z" } })),
    "pass",
    /recent/u,
  ],
  [
    "fails when the schedule is suspended",
    scheduled(aCronJob("backup", { spec: { suspend: true } })),
    "fail",
    /suspended/u,
  ],
  ["fails when no CronJob keeps the schedule", scheduled(aCronJob("reconcile")), "fail", /no CronJob/u],
  ["is unknown without the right", { manager: ownManager({ backups: unreadable }) }, "unknown", /forbidden/u],
  [
    "fails for an engine of which none are taken",
    { manager: ownManager({ backups: read([]), engine: read({ ...facts, takesBackups: false }) }) },
    "fail",
    /takes no backups/u,
  ],
  [
    "warns for another's that asks for them",
    foreign({ subject: aForeigner({ spec: { backup: {} } }) }),
    "warn",
    /asked for/u,
  ],
  ["fails for another's that does not", foreign(), "fail", /and is not/u],
  ["fails for a kind that can't", foreign({ definition: plainKind }), "fail", /no field/u],
]);

judges("L3.2", [
  ["passes when one was restored", {}, "pass", /was restored/u],
  [
    "fails when it was only read back",
    { manager: backups({ verified: { grade: "integrity", at: old } }) },
    "fail",
    /ever restored/u,
  ],
  ["fails without any", { manager: backups() }, "fail", /nothing that could be restored/u],
  [
    "warns when that is long ago",
    { manager: backups({ finishedAt: old, verified: { grade: "structural", at: old } }) },
    "warn",
    /30 days/u,
  ],
  ["is unknown without the right", { manager: ownManager({ backups: unreadable }) }, "unknown", /forbidden/u],
  ["fails for another's, of which no record is seen", foreign(), "fail", /no record/u],
]);

const rolling = aSet({ spec: { updateStrategy: { type: "RollingUpdate" } } });
const owned = aPod(0, { owners: [{ kind: "Order", uid: "Order-demo" }] });

judges("L3.3", [
  ["passes under OnDelete", {}, "pass", /by a decision/u],
  [
    "passes with a partition",
    { sets: read([aSet({ spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 3 } } } })]) },
    "pass",
    /by a decision/u,
  ],
  ["warns when members restart by their number", { sets: read([rolling]) }, "warn", /by their number/u],
  [
    "passes for pods that an operator makes itself",
    foreign({ sets: read([]), pods: read([owned]) }),
    "pass",
    /each pod itself/u,
  ],
  ["is unknown while nothing runs", abandoned(), "unknown", /nothing runs/u],
]);

const group = (members: number, needed: number, votes = true) =>
  withOperand({ groups: [{ set: "demo", members, needed, votes }] });
const pods = (...nodes: readonly string[]) => read(nodes.map((node, ordinal) => aPod(ordinal, { node })));

judges("L3.4", [
  ["passes with three voters on three nodes", {}, "pass", /leaves a quorum/u],
  ["fails for one voter", { manager: group(1, 1), pods: pods("a") }, "fail", /survive no failure/u],
  ["warns of two", { manager: group(2, 2), pods: pods("a", "b") }, "warn", /survive no failure/u],
  [
    "warns of an even number",
    { manager: group(4, 3), pods: pods("a", "b", "c", "d"), budgets: read([aBudget({ minAvailable: 3 })]) },
    "warn",
    /no more failures/u,
  ],
  ["warns of voters on one node", { pods: pods("a", "a", "a") }, "warn", /3 members on 1 node/u],
  ["fails without a budget", { budgets: read([]) }, "fail", /no PodDisruptionBudget/u],
  [
    "fails with a budget that breaks the quorum",
    { budgets: read([aBudget({ minAvailable: "30%" })]) },
    "fail",
    /lets 2 of 3 go/u,
  ],
  [
    "fails for a budget of other pods",
    { budgets: read([aBudget({ selector: { matchLabels: { app: "other" } } })]) },
    "fail",
    /no PodDisruptionBudget/u,
  ],
  ["fails for a shard without a replica", { manager: group(1, 1, false), pods: pods("a") }, "fail", /single member/u],
  [
    "passes for a shard of two on two nodes",
    { manager: group(2, 1, false), pods: pods("a", "b"), budgets: read([aBudget({ maxUnavailable: 1 })]) },
    "pass",
    /leaves a quorum/u,
  ],
  ["is unknown while nothing runs", abandoned(), "unknown", /nothing runs/u],
  ["is unknown without the right", { budgets: unreadable }, "unknown", /forbidden/u],
]);

judges("L3.5", [
  ["passes when nothing is in the way", {}, "pass", /nothing is in the way/u],
  [
    "warns of an operation",
    { subject: aSubject({ status: { operation: { verb: "scale", step: "x" } } }) },
    "warn",
    /under way/u,
  ],
  ["warns while it is not well", { manager: withFacts({ ready: false }) }, "warn", /only while it is well/u],
  ["fails while it is paused", { subject: aSubject({ spec: { paused: true } }) }, "fail", /paused/u],
  [
    "is unknown when the engine can't be asked",
    { manager: ownManager({ engine: unreadable }) },
    "unknown",
    /forbidden/u,
  ],
  ["passes for another kind with a size", foreign(), "pass", /size is a field/u],
  [
    "passes for one with a scale subresource",
    foreign({ definition: read(aDefinition({}, {}, { subresources: { scale: {} } })) }),
    "pass",
    /scale subresource/u,
  ],
  ["fails for one without either", foreign({ definition: plainKind }), "fail", /no field/u],
]);

judges("L3.8", [
  ["passes", {}, "pass", /is set/u],
  [
    "fails without a strategy",
    { sets: read([aSet({ spec: { updateStrategy: undefined } })]) },
    "fail",
    /no update strategy/u,
  ],
  ["passes for pods without a StatefulSet", { sets: read([]), pods: read([owned]) }, "pass", /its operator does/u],
  ["is unknown while nothing runs", abandoned(), "unknown", /none yet/u],
]);

judges("L3.9", [
  ["passes", {}, "pass", /one member at a time/u],
  ["fails without", { budgets: read([]) }, "fail", /none selects/u],
  [
    "fails for one that never lets a pod go",
    { budgets: read([aBudget({ maxUnavailable: 0 })]) },
    "fail",
    /never lets/u,
  ],
  [
    "warns when it lets none go now",
    { budgets: read([aBudget({ minAvailable: 2 }, { disruptionsAllowed: 0 })]) },
    "warn",
    /now/u,
  ],
  ["does not apply to a single member", { manager: group(1, 1) }, "not-applicable", /single members/u],
  ["is unknown without the right", { budgets: unreadable }, "unknown", /forbidden/u],
]);

judges("L3.10", [
  ["passes", {}, "pass", /memory is bounded/u],
  [
    "fails without requests",
    { sets: read([aSet({ containers: [{ ...container, resources: { limits: { memory: "1Gi" } } }] })]) },
    "fail",
    /requests\.cpu, requests\.memory/u,
  ],
  [
    "fails without a bound",
    { sets: read([aSet({ containers: [{ ...container, resources: { requests: { cpu: 1, memory: "1Gi" } } }] })]) },
    "fail",
    /limits\.memory/u,
  ],
  ["is unknown while nothing runs", abandoned(), "unknown", /nothing runs/u],
]);

judges("L3.11", [
  ["passes with a class that can", {}, "pass", /in place/u],
  ["warns of one that can't", { storageClass: read(aClass({})) }, "warn", /can't grow/u],
  ["warns without a class", { storageClass: read(undefined) }, "warn", /no storage class/u],
  ["fails for a claim that is not bound", { claims: read([aClaim("Pending")]) }, "fail", /1 of 1/u],
  ["is unknown without claims", { claims: read([]) }, "unknown", /no claims/u],
  ["is unknown without the right", { storageClass: unreadable }, "unknown", /forbidden/u],
]);

const open = aSubject({ spec: { tls: { mode: "disabled" } } });
const policy = (podSelector: unknown) =>
  read([object("networking.k8s.io/v1", "NetworkPolicy", "demo", { spec: { podSelector, policyTypes: ["Ingress"] } })]);

judges("L3.12", [
  ["passes with TLS", {}, "pass", /encrypted/u],
  ["passes with a policy", { subject: open, policies: policy({}) }, "pass", /who may connect/u],
  ["fails with neither", { subject: open }, "fail", /not encrypted/u],
  [
    "fails with a policy for other pods",
    { subject: open, policies: policy({ matchLabels: { app: "other" } }) },
    "fail",
    /not encrypted/u,
  ],
  ["is unknown without the right", { subject: open, policies: unreadable }, "unknown", /forbidden/u],
  ["is unknown for another's, whose TLS is not seen", foreign(), "unknown", /no NetworkPolicy/u],
] satisfies readonly Row[]);
