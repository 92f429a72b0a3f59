import { describe, expect, it } from "vitest";
import { firstStage } from "../../../src/resources/tls/stage.ts";
import { ask, type Result } from "../../../src/checks/finding.ts";
import { valkeyChecks } from "../../../src/engines/valkey/checks/index.ts";
import type { NodeSeen, ValkeySeen } from "../../../src/engines/valkey/seen.ts";
import type { ValkeySpec } from "../../../src/engines/valkey/spec.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";
import { formed } from "../../support/valkey-model/formed.ts";

const now = new Date("2026-01-01T00:00:00Z");
const well = formed(aSpec());
const mebibyte = 2 ** 20;

type Looked = Parameters<typeof valkeyChecks.operand>[0];

const look = (seen: ValkeySeen = well, spec: Partial<ValkeySpec> = {}): Looked => ({
  spec: { ...aSpec(), ...spec },
  seen,
  now,
});

/** With the nodes of a shard other than they are. */
function nodes(change: Partial<NodeSeen>, of: (node: NodeSeen) => boolean = () => true): ValkeySeen {
  return { ...well, nodes: well.nodes.map((node) => (of(node) ? { ...node, ...change } : node)) };
}

const used = (usedBytes: number, maxBytes: number): Looked =>
  look(nodes({ usedBytes, maxBytes }), { resources: { cpu: "1", memoryRequest: "1Gi", memoryLimit: "1Gi" } });
const certificate = {
  fingerprint: "f",
  notAfter: "2026-06-01T00:00:00Z",
  due: false,
  authorityNotAfter: "2035-01-01T00:00:00Z",
  stage: firstStage,
  rotation: undefined,
};
const shown = (changes: Partial<typeof certificate>): Looked =>
  look({ ...well, certificate: { ...certificate, ...changes } }, { tls: { mode: "managed" } });
const ownSecrets = { mode: "secret", serverSecretName: "s", peerSecretName: "p", clientSecretName: "c" } as const;
const silent = look({ ...well, nodes: [] });

const rows: readonly (readonly [id: string, what: string, looked: Looked, result: Result, message: RegExp])[] = [
  ["L1.valkey.slots", "all owned", look(), "pass", /16384 of 16384/u],
  [
    "L1.valkey.slots",
    "an owner that is silent",
    look({ ...well, nodes: well.nodes.filter(({ place }) => place.shard !== 0) }),
    "fail",
    /slots have an owner/u,
  ],
  ["L1.valkey.slots", "silence", silent, "unknown", /no node answers/u],
  ["L1.valkey.agreement", "of one mind", look(), "pass", /all agree/u],
  [
    "L1.valkey.agreement",
    "one that knows nobody",
    look(nodes({ peers: [] }, ({ place }) => place.shard === 1 && place.ordinal === 1)),
    "warn",
    /know/u,
  ],
  [
    "L1.valkey.agreement",
    "cluster_state:fail",
    look(nodes({ clusterOk: false }, ({ place }) => place.shard === 1)),
    "fail",
    /say cluster_state:fail/u,
  ],
  ["L1.valkey.agreement", "silence", silent, "unknown", /no node answers/u],
  ["L3.valkey.replicas", "one each", look(), "pass", /each shard/u],
  [
    "L3.valkey.replicas",
    "one that is cut off",
    look(nodes({ linked: false }, ({ place }) => place.shard === 2)),
    "fail",
    /demo-shard-2/u,
  ],
  ["L3.valkey.replicas", "silence", silent, "unknown", /no node answers/u],
  ["L3.valkey.moves", "none", look(), "pass", /none is on its way/u],
  [
    "L3.valkey.moves",
    "a slot that is open",
    look(nodes({ open: [{ slot: 1, direction: "to", nodeId: "x" }] }, ({ place }) => place.shard === 0)),
    "warn",
    /on their way at demo-shard-0-0/u,
  ],
  ["L3.valkey.moves", "silence", silent, "unknown", /no node answers/u],
  ["L3.valkey.full-coverage", "by default", look(), "warn", /stops all/u],
  [
    "L3.valkey.full-coverage",
    "turned off",
    look(well, { config: { "cluster-require-full-coverage": "no" } }),
    "pass",
    /go on/u,
  ],
  ["L3.valkey.full-coverage", "one shard", look(well, { shards: 1 }), "pass", /but one shard/u],
  ["L3.valkey.memory", "room", used(100 * mebibyte, 700 * mebibyte), "pass", /there is room/u],
  ["L3.valkey.memory", "little room", used(600 * mebibyte, 700 * mebibyte), "warn", /more than 80 %/u],
  ["L3.valkey.memory", "none", used(700 * mebibyte, 700 * mebibyte), "fail", /is reached/u],
  ["L3.valkey.memory", "no bound", used(1, 0), "fail", /no room below/u],
  ["L3.valkey.memory", "a bound above the container's", used(1, 1000 * mebibyte), "fail", /no room below/u],
  ["L3.valkey.memory", "silence", silent, "unknown", /no node answers/u],
  ["L3.valkey.certificate", "far from its end", shown({}), "pass", /does not end soon/u],
  ["L3.valkey.certificate", "due", shown({ due: true }), "warn", /new one/u],
  ["L3.valkey.certificate", "over", shown({ notAfter: "2025-01-01T00:00:00Z" }), "fail", /has ended/u],
  [
    "L3.valkey.certificate",
    "none",
    look({ ...well, certificate: undefined }, { tls: { mode: "managed" } }),
    "fail",
    /none that could be used/u,
  ],
  [
    "L3.valkey.certificate",
    "of the user's own, which can't be used",
    look({ ...well, certificateProblems: ["spec.tls.serverSecretName: has ended"] }, { tls: ownSecrets }),
    "fail",
    /has ended/u,
  ],
  ["L3.valkey.certificate", "without TLS", look(well, { tls: { mode: "disabled" } }), "not-applicable", /disabled/u],
];

describe("what only Valkey is asked", () => {
  it.each(rows)("%s: %s", (id, _what, looked, result, message) => {
    const check = valkeyChecks.own.find((one) => one.id === id);
    if (check === undefined) throw new Error(`there is no check ${id}`);
    const answer = ask(check, looked);
    expect(answer).toMatchObject({ result, message: expect.stringMatching(message) as unknown });
    if (result === "fail" || result === "warn") expect(answer.fix ?? "").not.toBe("");
  });

  it("is in the table, every one", () => {
    expect([...new Set(rows.map(([id]) => id))].toSorted()).toEqual(valkeyChecks.own.map(({ id }) => id).toSorted());
  });
});

describe("what Valkey tells of a database", () => {
  it("has a group for each shard, of which one must stay", () => {
    expect(valkeyChecks.operand(look()).groups).toEqual(
      [0, 1, 2].map((shard) => ({ set: `demo-shard-${String(shard)}`, members: 2, needed: 1, votes: false })),
    );
  });

  it("may go to the newest version there is", () => {
    expect(valkeyChecks.operand(look(nodes({ server: { flavour: "valkey", version: "8.0.6" } }))).nextVersion).toBe(
      "9.1.2",
    );
    expect(
      valkeyChecks.operand(look(nodes({ server: { flavour: "valkey", version: "9.1.2" } }))).nextVersion,
    ).toBeUndefined();
  });

  it("is not to be upgraded while a replica is behind or slots move", () => {
    expect(valkeyChecks.operand(look()).gates).toEqual([]);
    expect(valkeyChecks.operand(look(nodes({ linked: false }, ({ role }) => role === "replica"))).gates).toMatchObject([
      { guard: "lag-within-bound" },
    ]);
    expect(valkeyChecks.operand(look(nodes({ migrating: 1 }))).gates).toMatchObject([
      { guard: "one-change-in-flight" },
    ]);
  });
});
