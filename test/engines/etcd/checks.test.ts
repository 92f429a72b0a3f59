import { describe, expect, it } from "vitest";
import { ask, type Result } from "../../../src/checks/finding.ts";
import type { EngineChecks } from "../../../src/engines/engine.ts";
import { etcdChecks } from "../../../src/engines/etcd/checks/index.ts";
import type { EtcdSeen } from "../../../src/engines/etcd/seen.ts";
import type { EtcdSpec } from "../../../src/engines/etcd/spec.ts";
import { anEtcd, now, type EtcdBuilder } from "../../support/etcd-model/an-etcd.ts";

type Looked = Parameters<EngineChecks<EtcdSpec, EtcdSeen>["operand"]>[0];

const three = anEtcd().withMembers(3);
const mebibyte = 2 ** 20;

const look = ({ given: { spec, seen } }: EtcdBuilder, changes: Partial<EtcdSeen> = {}): Looked => ({
  spec,
  seen: { ...seen, ...changes },
  now,
});
const wishing = (config: EtcdSpec["config"], builder: EtcdBuilder = three): Looked => {
  const looked = look(builder);
  return { ...looked, spec: { ...looked.spec, config } };
};
const certificates = (changes: Partial<EtcdSeen["certificates"]>): Looked =>
  look(three, { certificates: { ...three.given.seen.certificates, ...changes } });
const open = { ...look(three), spec: { ...three.given.spec, tls: { mode: "disabled" } as const } };
const soon = "2026-02-01T00:00:00Z";

const rows: readonly (readonly [id: string, what: string, looked: Looked, result: Result, message: RegExp])[] = [
  ["L1.etcd.alarms", "none", look(three), "pass", /none/u],
  [
    "L1.etcd.alarms",
    "NOSPACE",
    look(three.endpoint(0, { alarms: [{ memberId: "a0", type: "NOSPACE" }] })),
    "fail",
    /NOSPACE is raised/u,
  ],
  ["L1.etcd.alarms", "silence", look(three, { endpoints: [] }), "unknown", /no member answers/u],
  ["L3.etcd.learners", "voters only", look(three), "pass", /every member votes/u],
  [
    "L3.etcd.learners",
    "a learner",
    look(three, { membership: withLearner(three.given.seen) }),
    "warn",
    /1 of 3 members/u,
  ],
  [
    "L3.etcd.learners",
    "no quorum",
    look(three, { membership: { known: false, why: "no quorum" } }),
    "unknown",
    /no quorum/u,
  ],
  ["L3.etcd.lag", "none", look(three), "pass", /0 entries/u],
  ["L3.etcd.lag", "much", look(three.endpoint(1, { raftIndex: 9000, appliedIndex: 31 })), "fail", /8969 entries/u],
  ["L3.etcd.lag", "silence", look(three, { endpoints: [] }), "unknown", /no voter answers/u],
  ["L3.etcd.quota", "little used", look(three), "pass", /0 % of the quota/u],
  [
    "L3.etcd.quota",
    "much used",
    wishing({ "quota-backend-bytes": String(100 * mebibyte) }, three.endpoint(0, { dbSizeInUse: 90 * mebibyte })),
    "warn",
    /90 %/u,
  ],
  [
    "L3.etcd.quota",
    "all used",
    wishing({ "quota-backend-bytes": String(100 * mebibyte) }, three.endpoint(0, { dbSizeInUse: 100 * mebibyte })),
    "fail",
    /100 %/u,
  ],
  ["L3.etcd.quota", "silence", look(three, { endpoints: [] }), "unknown", /no member answers/u],
  ["L3.etcd.compaction", "by default", look(three), "pass", /by themselves/u],
  ["L3.etcd.compaction", "turned off", wishing({ "auto-compaction-retention": "0" }), "fail", /nothing compacts/u],
  ["L3.etcd.fragmentation", "little", look(three), "pass", /nothing that would be worth/u],
  [
    "L3.etcd.fragmentation",
    "much",
    look(three.endpoint(2, { dbSize: 400 * mebibyte, dbSizeInUse: 100 * mebibyte })),
    "warn",
    /demo-2 is due/u,
  ],
  ["L3.etcd.fragmentation", "silence", look(three, { endpoints: [] }), "unknown", /no member answers/u],
  [
    "L3.etcd.certificates",
    "far from their end",
    certificates({ missing: [], expiry: [{ role: "server", notAfter: soon, due: false }] }),
    "pass",
    /none ends soon/u,
  ],
  [
    "L3.etcd.certificates",
    "due",
    certificates({ missing: [], expiry: [{ role: "server", notAfter: soon, due: true }] }),
    "warn",
    /new server certificate/u,
  ],
  [
    "L3.etcd.certificates",
    "over",
    certificates({ missing: [], expiry: [{ role: "peer", notAfter: "2025-12-31T00:00:00Z", due: true }] }),
    "fail",
    /peer certificate has ended/u,
  ],
  [
    "L3.etcd.certificates",
    "missing",
    certificates({ missing: ["client"], expiry: [] }),
    "fail",
    /no client certificate/u,
  ],
  ["L3.etcd.certificates", "without TLS", open, "not-applicable", /disabled/u],
];

function withLearner({ membership }: EtcdSeen): EtcdSeen["membership"] {
  if (!membership.known) throw new Error("three members are known");
  return {
    ...membership,
    members: membership.members.map((member, index) => (index === 2 ? { ...member, learner: true } : member)),
  };
}

describe("what only etcd is asked", () => {
  it.each(rows)("%s: %s", (id, _what, looked, result, message) => {
    const check = etcdChecks.own.find((one) => one.id === id);
    if (check === undefined) throw new Error(`there is no check ${id}`);
    const answer = ask(check, looked);
    expect(answer).toMatchObject({ result, message: expect.stringMatching(message) as unknown });
    if (result === "fail" || result === "warn") expect(answer.fix ?? "").not.toBe("");
  });

  it("is in the table, every one", () => {
    expect([...new Set(rows.map(([id]) => id))].toSorted()).toEqual(etcdChecks.own.map(({ id }) => id).toSorted());
  });
});

describe("what etcd tells of a database", () => {
  it.each<readonly [string, string | undefined]>([
    ["3.5.30", "3.5.35"],
    ["3.5.35", "3.6.16"],
    ["3.6.16", "3.7.3"],
    ["3.7.3", undefined],
  ])("after %s may come %s", (version, next) => {
    const endpoints = three.given.seen.endpoints.map((endpoint) => ({ ...endpoint, version }));
    expect(etcdChecks.operand(look(three, { endpoints })).nextVersion).toBe(next);
  });

  it("has the voters that there are, and a quorum of them", () => {
    expect(etcdChecks.operand(look(anEtcd().withMembers(5))).groups).toEqual([
      { set: "demo", members: 5, needed: 3, votes: true },
    ]);
    expect(etcdChecks.operand(look(three, { membership: { known: false, why: "" } })).groups).toMatchObject([
      { members: 3 },
    ]);
  });

  it("has gates that stand against an upgrade while a member is down", () => {
    expect(etcdChecks.operand(look(three)).gates).toEqual([]);
    expect(etcdChecks.operand(look(three.silent(1))).gates).toMatchObject([{ guard: "healthy-before-change" }]);
  });

  it("answers no question of health that not all have answered", () => {
    const answers = etcdChecks.operand(look(three.silent(1))).health.filter(({ answer }) => answer === undefined);
    expect(answers.map(({ name }) => name)).toContain("raft entries that the slowest is behind");
  });

  it("has a configuration that is not in force while a pod is outdated", () => {
    const { configuration } = etcdChecks.operand(look(three.pod(1, { outdated: true })));
    expect(configuration.filter(({ inForce }) => !inForce)).toEqual([
      { object: "pod/demo-1", field: "metadata.labels[controller-revision-hash]", inForce: false },
    ]);
  });
});
