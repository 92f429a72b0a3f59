import {
  aBudget,
  aPod,
  aSet,
  aSubject,
  container,
  facts,
  notServed,
  object,
  ownDefinition,
  ownManager,
  read,
  unreadable,
  withFacts,
  withOperand,
} from "../support/checks/an-observation.ts";
import { abandoned, aDefinition, aForeigner, foreign, operatedBy } from "../support/checks/foreign.ts";
import { judges } from "../support/checks/table.ts";

const silent = ownManager({ engine: unreadable });
const single = withOperand({ groups: [{ set: "demo", members: 1, needed: 1, votes: true }] });
const plainKind = read(aDefinition({ host: { type: "string" } }, {}));

judges("L1.1", [
  ["passes for a kind that is established", {}, "pass", /established/u],
  ["fails while it is not", { definition: read({ ...ownDefinition(), status: {} }) }, "fail", /not established/u],
  [
    "fails for a spec that can't be read",
    { manager: ownManager({ cluster: undefined, problems: ["spec.version: no"] }) },
    "fail",
    /can't be read/u,
  ],
  ["is unknown without the right", { definition: unreadable }, "unknown", /forbidden/u],
  ["is unknown without a definition", { definition: read(undefined) }, "unknown", /no definition/u],
]);

judges("L1.2", [
  ["passes when members run with the settings of the spec", {}, "pass", /settings of the spec/u],
  [
    "fails when one does not",
    { manager: withOperand({ configuration: [{ object: "pod/demo-0", field: "x", inForce: false }] }) },
    "fail",
    /other settings/u,
  ],
  ["is unknown when the engine can't be asked", { manager: silent }, "unknown", /forbidden/u],
  [
    "is unknown when the engine says nothing",
    { manager: withOperand({ configuration: [] }) },
    "unknown",
    /nobody can say/u,
  ],
  ["passes for another kind with a field for it", foreign(), "pass", /has a field/u],
  ["fails for one without", foreign({ definition: plainKind }), "fail", /no field/u],
]);

judges("L1.3", [
  ["passes", {}, "pass", /can be chosen/u],
  [
    "warns when another image runs than is asked for",
    { subject: aSubject({ spec: { image: "mine:1" } }) },
    "warn",
    /mine:1/u,
  ],
  ["fails for a kind without a field", foreign({ definition: plainKind }), "fail", /no field/u],
  ["is unknown while nothing runs", { sets: read([]), pods: read([]) }, "unknown", /nothing runs/u],
]);

judges("L1.4", [
  ["passes with a budget", {}, "pass", /one after the other/u],
  ["fails without one", { budgets: read([]) }, "fail", /nothing keeps/u],
  [
    "fails with one that lets too many go",
    { budgets: read([aBudget({ maxUnavailable: 3 })]) },
    "fail",
    /nothing keeps/u,
  ],
  ["warns of a single member", { manager: single }, "warn", /single member/u],
  ["is unknown without the right", { budgets: unreadable }, "unknown", /forbidden/u],
  ["is unknown while nothing runs", abandoned(), "unknown", /nothing runs/u],
]);

judges("L1.5", [
  ["passes when the newest change was seen to", {}, "pass", /seen to/u],
  [
    "warns when it was not yet",
    { subject: aSubject({ status: { observedGeneration: 1 } }) },
    "warn",
    /nobody has seen/u,
  ],
  [
    "fails when nothing is recorded",
    { subject: aSubject({ status: { observedGeneration: undefined } }) },
    "fail",
    /nothing is recorded/u,
  ],
  ["fails for a kind without such a status", foreign({ definition: plainKind }), "fail", /no status/u],
  [
    "is unknown where neither tells",
    { subject: aSubject({ status: { observedGeneration: undefined } }), definition: unreadable },
    "unknown",
    /forbidden/u,
  ],
]);

judges("L1.6", [
  ["passes with conditions", {}, "pass", /since when and why/u],
  ["fails without", { subject: aSubject({ status: { conditions: [] } }) }, "fail", /no conditions/u],
  [
    "warns of those that say nothing",
    { subject: aSubject({ status: { conditions: [{ type: "Ready", status: "True" }] } }) },
    "warn",
    /1 of 1/u,
  ],
]);

judges("L1.7", [
  ["passes for our own kind", {}, "pass", /described and checked/u],
  [
    "warns where fields have no words",
    foreign({ definition: read(aDefinition({ a: { type: "string", enum: ["x"] } })) }),
    "warn",
    /100 %/u,
  ],
  [
    "fails for a schema that refuses nothing",
    foreign({ definition: read(aDefinition({ a: { type: "string", description: "a" } })) }),
    "fail",
    /refuses nothing/u,
  ],
  ["fails for a schema without fields", foreign({ definition: read(aDefinition({})) }), "fail", /no fields/u],
  ["is unknown without the right", { definition: unreadable }, "unknown", /forbidden/u],
  [
    "is unknown for a version that is not served",
    foreign({ subject: { ...aForeigner(), apiVersion: "example.org/v9" } }),
    "unknown",
    /no schema/u,
  ],
]);

const claim = (relatedImages: readonly unknown[]) =>
  read(object("operators.coreos.com/v1alpha1", "ClusterServiceVersion", "example.v1", { spec: { relatedImages } }));

judges("L1.8", [
  ["does not apply to a command", {}, "not-applicable", /is a command/u],
  ["does not apply without OLM", foreign(), "not-applicable", /OLM is not/u],
  [
    "does not apply where OLM does not own it",
    foreign({ manager: operatedBy({ claim: read(undefined) }) }),
    "not-applicable",
    /owns its kind/u,
  ],
  ["passes with images", foreign({ manager: operatedBy({ claim: claim([{}]) }) }), "pass", /listed/u],
  ["fails without", foreign({ manager: operatedBy({ claim: claim([]) }) }), "fail", /no images/u],
  ["is unknown without the right", foreign({ manager: operatedBy({ claim: unreadable }) }), "unknown", /forbidden/u],
]);

judges("L1.9", [
  ["passes when the engine says so", {}, "pass", /voters healthy/u],
  [
    "fails when it does not",
    { manager: withFacts({ ready: false, reason: "QuorumLost", message: "no quorum" }) },
    "fail",
    /QuorumLost/u,
  ],
  ["is unknown when it can't be asked", { manager: silent }, "unknown", /forbidden/u],
  ["passes for another's pods that are ready", foreign(), "pass", /3 pods are ready/u],
  ["fails for pods that are not", foreign({ pods: read([aPod(0, { ready: false })]) }), "fail", /0 of 3/u],
  ["fails where nothing runs", abandoned(), "fail", /nothing runs for it/u],
  ["is unknown without the right", foreign({ pods: unreadable }), "unknown", /forbidden/u],
]);

judges("L2.1", [
  ["passes with a next version", {}, "pass", /3\.7\.3 may follow/u],
  [
    "passes at the newest",
    {
      manager: withFacts({
        currentVersion: "3.7.3",
        ...(facts.operand && { operand: { ...facts.operand, nextVersion: undefined } }),
      }),
    },
    "pass",
    /nothing newer/u,
  ],
  [
    "fails for a version nobody knows",
    {
      manager: withFacts({
        currentVersion: "2.0.0",
        ...(facts.operand && { operand: { ...facts.operand, nextVersion: undefined } }),
      }),
    },
    "fail",
    /no way on/u,
  ],
  [
    "is unknown when nobody says what runs",
    { manager: withFacts({ currentVersion: undefined }) },
    "unknown",
    /which version/u,
  ],
  ["passes for another kind with a version", foreign(), "pass", /field of the custom resource/u],
  ["fails for one without", foreign({ definition: plainKind }), "fail", /no field/u],
]);

judges("L2.2", [
  ["passes when what is stored is served", {}, "pass", /is served/u],
  [
    "fails when it is not",
    { definition: read({ ...ownDefinition(), status: { storedVersions: ["v1alpha0"] } }) },
    "fail",
    /v1alpha0 is stored/u,
  ],
  ["is unknown without the right", { definition: unreadable }, "unknown", /forbidden/u],
  ["is unknown without a definition", { definition: read(undefined) }, "unknown", /no definition/u],
  ["passes with an operator", foreign(), "pass", /operator is there/u],
  ["fails without one", abandoned(), "fail", /no Deployment/u],
]);

judges("L2.3", [
  ["passes with three and a budget", {}, "pass", /one member at a time/u],
  ["warns without the budget", { budgets: read([]) }, "warn", /no PodDisruptionBudget/u],
  ["fails for a single member", { manager: single }, "fail", /can't do without/u],
  [
    "fails for two that both must stay",
    { manager: withOperand({ groups: [{ set: "demo", members: 2, needed: 2, votes: true }] }) },
    "fail",
    /can't do without/u,
  ],
  ["is unknown while nothing runs", abandoned(), "unknown", /nothing runs/u],
]);

const mixed = withFacts({
  members: facts.members.map((member, index) => ({ ...member, version: index === 0 ? "3.7.3" : "3.6.16" })),
});

judges("L2.4", [
  ["passes when all run one version", {}, "pass", /one version/u],
  [
    "warns while an upgrade is recorded",
    { manager: mixed, subject: aSubject({ status: { targetVersion: "3.7.3" } }) },
    "warn",
    /under way/u,
  ],
  ["fails when none is", { manager: mixed }, "fail", /no upgrade is recorded/u],
  [
    "is unknown when one is silent",
    { manager: withFacts({ members: [{ name: "demo-0", ready: false, version: undefined }] }) },
    "unknown",
    /not every member/u,
  ],
  ["fails for another's status that nobody writes", foreign(), "fail", /nobody has written/u],
  [
    "passes for one that is written",
    foreign({ subject: aForeigner({ spec: {}, status: { phase: "Running" } }) }),
    "pass",
    /tells/u,
  ],
  ["fails for a kind without such a status", foreign({ definition: plainKind }), "fail", /no status/u],
]);

judges("L2.5", [
  ["passes when nothing stands against it", {}, "pass", /nothing stands against 3\.7\.3/u],
  [
    "warns of what does",
    {
      manager: withOperand({
        gates: [{ guard: "lag-within-bound", message: "a member lags behind", observed: "9000" }],
      }),
    },
    "warn",
    /lags behind/u,
  ],
  ["is unknown when the engine can't be asked", { manager: silent }, "unknown", /forbidden/u],
  [
    "does not apply to an engine without conditions",
    { manager: ownManager({ engine: read((({ operand: _, ...rest }) => rest)(facts)) }) },
    "not-applicable",
    /no conditions/u,
  ],
  ["does not apply to another's", foreign(), "not-applicable", /its operator only/u],
]);

judges("L3.6", [
  ["passes when every container has a probe", {}, "pass", /every container/u],
  [
    "fails for a sidecar without",
    { sets: read([aSet({ containers: [container, { name: "sidecar" }] })]) },
    "fail",
    /sidecar has none/u,
  ],
  ["is unknown while nothing runs", abandoned(), "unknown", /nothing runs/u],
  ["is unknown without the right", { sets: unreadable }, "unknown", /forbidden/u],
]);

judges("L3.7", [
  ["passes when the server is asked", {}, "pass", /whether it serves/u],
  [
    "warns when only its port is tried",
    { sets: read([aSet({ containers: [{ ...container, readinessProbe: { tcpSocket: {} } }] })]) },
    "warn",
    /port tried/u,
  ],
  ["fails without", { sets: read([aSet({ containers: [{ name: "server" }] })]) }, "fail", /server has none/u],
  ["is unknown while nothing runs", abandoned({ verticalAutoscalers: notServed }), "unknown", /nothing runs/u],
]);
