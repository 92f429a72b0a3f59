import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checks } from "../../src/checks/index.ts";
import {
  aCronJob,
  alert,
  anAutoscaler,
  anEvent,
  aRule,
  aSet,
  aSubject,
  aVerticalAutoscaler,
  container,
  facts,
  notServed,
  object,
  ownManager,
  read,
  unreadable,
  withOperand,
} from "../support/checks/an-observation.ts";
import { abandoned, anOperator, foreign, operatedBy } from "../support/checks/foreign.ts";
import { judges } from "../support/checks/table.ts";

const source = "GET demo-0:9000/metrics";
const withoutOperand = ownManager({ engine: read((({ operand: _, ...rest }) => rest)(facts)) });
const other = { matchLabels: { app: "other" } };

judges("L4.1", [
  ["passes when it is scraped and selected", {}, "pass", /collected/u],
  [
    "fails without a port",
    { sets: read([aSet({ containers: [{ ...container, ports: [] }] })]) },
    "fail",
    /no container has a port/u,
  ],
  [
    "fails when the port gives none",
    { metrics: read({ source, families: new Set<string>() }) },
    "fail",
    /gives no metrics/u,
  ],
  [
    "fails when nothing selects it",
    { monitors: read([object("monitoring.coreos.com/v1", "PodMonitor", "x", { spec: { selector: other } })]) },
    "fail",
    /no ServiceMonitor/u,
  ],
  ["is unknown where the kinds are not served", { monitors: notServed }, "unknown", /who collects/u],
  ["is unknown when the port can't be asked", { metrics: unreadable }, "unknown", /forbidden/u],
  ["is unknown while nothing runs", abandoned(), "unknown", /nothing runs/u],
]);

judges("L4.2", [
  ["passes with an alert about it", {}, "pass", /1 alerts/u],
  ["fails without", { rules: read([]) }, "fail", /no alert/u],
  [
    "fails with one about another",
    { rules: read([aRule([{ ...alert, expr: 'up{namespace="other"}' }])]) },
    "fail",
    /no alert/u,
  ],
  ["is unknown where the kind is not served", { rules: notServed }, "unknown", /forbidden/u],
]);

judges("L4.3", [
  ["passes with a runbook", {}, "pass", /every alert/u],
  ["warns without", { rules: read([aRule([{ ...alert, annotations: {} }])]) }, "warn", /NoLeader/u],
  ["does not apply without alerts", { rules: read([]) }, "not-applicable", /no alerts/u],
  ["is unknown without the right", { rules: unreadable }, "unknown", /forbidden/u],
]);

judges("L4.4", [
  ["passes with a severity", {}, "pass", /every alert/u],
  [
    "warns of one that nobody knows",
    { rules: read([aRule([{ ...alert, labels: { severity: "loud" } }])]) },
    "warn",
    /NoLeader/u,
  ],
  ["does not apply without alerts", { rules: read([]) }, "not-applicable", /no alerts/u],
  ["is unknown without the right", { rules: unreadable }, "unknown", /forbidden/u],
]);

const lately = aSubject({ status: { history: [{ finishedAt: "2025-12-31T23:59:00Z" }] } });

judges("L4.5", [
  ["passes with Events", {}, "pass", /1 Events/u],
  ["fails when something was done lately and none tells", { events: read([]), subject: lately }, "fail", /no Event/u],
  ["is unknown when they may be forgotten", { events: read([]) }, "unknown", /forgets/u],
  ["is unknown without the right", { events: unreadable }, "unknown", /forbidden/u],
]);

judges("L4.6", [
  ["passes with words of its manager", {}, "pass", /manager's own/u],
  [
    "fails when only controllers speak",
    { events: read([anEvent("SuccessfulCreate")]), subject: lately },
    "fail",
    /no Event/u,
  ],
  ["is unknown when they may be forgotten", { events: read([anEvent("SuccessfulCreate")]) }, "unknown", /forgets/u],
  ["is unknown without the right", { events: unreadable }, "unknown", /forbidden/u],
]);

judges("L4.7", [
  ["passes with all three", {}, "pass", /all three/u],
  [
    "fails without one",
    { metrics: read({ source, families: new Set(["requests_total", "seconds"]) }) },
    "fail",
    /nothing tells of errors/u,
  ],
  ["fails for a server that gives none", { manager: withoutOperand }, "fail", /gives no metrics/u],
  ["is unknown when the port can't be asked", { metrics: unreadable }, "unknown", /forbidden/u],
  ["does not apply to another's", foreign(), "not-applicable", /not known/u],
]);

judges("L4.8", [
  ["passes when all is answered", {}, "pass", /every question/u],
  [
    "is unknown when something is not",
    { manager: withOperand({ health: [{ name: "lag", answer: undefined }] }) },
    "unknown",
    /not every/u,
  ],
  ["does not apply where nothing is asked", { manager: withoutOperand }, "not-applicable", /nothing beyond/u],
  ["does not apply to another's", foreign(), "not-applicable", /not known/u],
]);

const shards = withOperand({ groups: [{ set: "demo", members: 2, needed: 1, votes: false }] });

judges("L5.1", [
  ["does not apply to voters", {}, "not-applicable", /vote/u],
  ["fails when voters are scaled", { autoscalers: read([anAutoscaler()]) }, "fail", /number of voters/u],
  ["passes for others that are", { manager: shards, autoscalers: read([anAutoscaler()]) }, "pass", /larger/u],
  ["fails for others that are not", { manager: shards }, "fail", /nothing scales/u],
  [
    "fails for an autoscaler of another",
    { manager: shards, autoscalers: read([anAutoscaler({ scaleTargetRef: { kind: "StatefulSet", name: "x" } })]) },
    "fail",
    /nothing scales/u,
  ],
  ["is unknown without the right", { autoscalers: unreadable }, "unknown", /forbidden/u],
]);

judges("L5.2", [
  ["does not apply to voters", {}, "not-applicable", /vote/u],
  ["passes for others", { manager: shards, autoscalers: read([anAutoscaler()]) }, "pass", /smaller/u],
  [
    "warns when it only grows",
    { manager: shards, autoscalers: read([anAutoscaler({ behavior: { scaleDown: { selectPolicy: "Disabled" } } })]) },
    "warn",
    /larger only/u,
  ],
  ["fails without", { manager: shards }, "fail", /nothing scales/u],
  ["is unknown without the right", { autoscalers: unreadable }, "unknown", /forbidden/u],
]);

judges("L5.3", [
  ["passes when passes run and succeed", {}, "pass", /by themselves/u],
  ["fails without", { cronJobs: read([aCronJob("backup")]) }, "fail", /only when somebody/u],
  [
    "fails when none has succeeded lately",
    { cronJobs: read([aCronJob("reconcile", { status: { lastSuccessfulTime: "2025-12-01T00:00:00Z" } })]) },
    "fail",
    /none has succeeded/u,
  ],
  ["fails while it is paused", { subject: aSubject({ spec: { paused: true } }) }, "fail", /paused/u],
  [
    "fails when they are suspended",
    { cronJobs: read([aCronJob("reconcile", { spec: { suspend: true } })]) },
    "fail",
    /none has succeeded/u,
  ],
  ["is unknown without the right", { cronJobs: unreadable }, "unknown", /forbidden/u],
  ["warns for another's: only a drill tells", foreign(), "warn", /until something breaks/u],
  [
    "fails for an operator that does not run",
    foreign({ manager: operatedBy({ deployments: read([anOperator(0)]) }) }),
    "fail",
    /no operator runs/u,
  ],
]);

judges("L5.4", [
  ["passes with recommendations", {}, "pass", /held against/u],
  ["warns when it evicts", { verticalAutoscalers: read([aVerticalAutoscaler()]) }, "warn", /evicts/u],
  ["fails without", { verticalAutoscalers: read([]) }, "fail", /none recommends/u],
  [
    "does not apply where there are none",
    { verticalAutoscalers: notServed },
    "not-applicable",
    /no VerticalPodAutoscalers/u,
  ],
  ["is unknown without the right", { verticalAutoscalers: unreadable }, "unknown", /forbidden/u],
]);

judges("L5.5", [
  ["warns when nothing moves a member", {}, "warn", /nothing moves/u],
  [
    "passes when a descheduler may",
    { sets: read([aSet({ annotations: { "descheduler.alpha.kubernetes.io/evict": "true" } })]) },
    "pass",
    /descheduler/u,
  ],
  [
    "fails when nothing keeps them apart",
    { sets: read([aSet({ pod: { topologySpreadConstraints: undefined } })]) },
    "fail",
    /nothing keeps/u,
  ],
  ["is unknown while nothing runs", abandoned(), "unknown", /nothing runs/u],
]);

judges("L5.6", [
  ["passes with a forecast", {}, "pass", /1 rules/u],
  [
    "fails with thresholds alone",
    { rules: read([aRule([{ ...alert, expr: 'up{namespace="shop"} == 0' }])]) },
    "fail",
    /no rule/u,
  ],
  ["is unknown where the kind is not served", { rules: notServed }, "unknown", /forbidden/u],
]);

it("every check has a name of its own, and asks a question", () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  for (const { id, question, why, title } of checks) {
    expect(question, id).toMatch(/^[A-Z].*\?$/u);
    expect(why, id).not.toMatch(/\.$/u);
    expect(title.length, id).toBeLessThan(48);
  }
});

it("every check has a table", () => {
  const files = readdirSync(import.meta.dirname).map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
  const tables = files.flatMap((text) => [...text.matchAll(/^judges\("(L[^"]+)"/gmu)].map(([, id]) => id));
  expect(tables.toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
});
