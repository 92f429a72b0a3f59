import { describe, expect, it } from "vitest";
import { unmanaged } from "../../../src/engines/etcd/seen.ts";
import { aClaim, anEtcd, crashed, fresh, memberId } from "../../support/etcd-model/an-etcd.ts";
import { installs, observed, plans } from "../../support/etcd-model/plan-table.ts";
import { forming, gibibytes, joins, lost, repaired } from "../../support/etcd-model/situations.ts";

const three = anEtcd().withMembers(3);

describe("planEtcd repairing", () => {
  plans([
    ["a pod that is gone: by waiting", three.withoutPod(2), ["wait/demo-2-is-healthy"]],
    [
      "a member whose pod somebody scaled away: by starting it",
      three.withoutPod(2).set({ replicas: 2 }),
      ["replicas/3", "wait/demo-2-is-healthy"],
    ],
    [
      "a lost claim: by waiting for the member's own word",
      three.withoutPod(2).withoutClaim(2),
      ["wait/demo-2-is-healthy", "identity/data-demo-2"],
    ],
    ["an empty disk", lost(three, 2).pod(2, crashed("empty-data-dir")), repaired(2)],
    [
      "an empty disk behind a fresh claim",
      lost(three, 2).pod(2, crashed("empty-data-dir")).claim(2, fresh),
      ["member-remove/demo-2/a2", "member-add/demo-2", "objects/apply", "pod-delete/demo-2", ...joins(2).slice(2)],
    ],
    ["a corrupt disk", lost(three, 2).pod(2, crashed("corrupt")), repaired(2)],
    [
      "a member that was removed by somebody",
      three.withoutMember(2).pod(2, crashed("removed-member")),
      repaired(2).slice(1),
    ],
    [
      "a member that was removed and ended without a word",
      three.withoutMember(2).pod(2, { running: false, ready: false }),
      repaired(2).slice(1),
    ],
    [
      "a member whose claim holds another's data",
      lost(three, 2).claim(2, { memberId: "b2" }).pod(2, { ready: false }),
      repaired(2),
    ],
    [
      "the corrupt one that etcd accuses",
      three.alarms({ memberId: memberId(2), type: "CORRUPT" }),
      [repaired(2)[0] ?? "", "alarm/disarm", ...repaired(2).slice(1)],
    ],
    [
      "the corrupt leader after the leadership has moved",
      three.alarms({ memberId: memberId(0), type: "CORRUPT" }),
      ["leader-move/demo-1", repaired(0)[0] ?? "", "alarm/disarm", ...repaired(0).slice(1)],
    ],
    [
      "only one at a time, and not below a quorum",
      lost(lost(anEtcd().withMembers(5), 3), 4)
        .pod(3, crashed("empty-data-dir"))
        .pod(4, crashed("empty-data-dir")),
      [
        "member-remove/demo-3/a3",
        "member-remove/demo-4/a4",
        "member-add/demo-3",
        "claim-delete/data-demo-3",
        "pod-delete/demo-3",
        "wait/data-demo-3-is-gone",
        "member-start/demo-3",
        "pod-delete/demo-3",
        ...joins(3).slice(2),
        "member-add/demo-4",
        "objects/apply",
        "claim-delete/data-demo-4",
        "pod-delete/demo-4",
        "wait/data-demo-4-is-gone",
        "objects/apply",
        ...joins(4).slice(2),
      ],
    ],
    [
      "a member whose claim was deleted while it is well",
      three.claim(2, { terminating: true }),
      repaired(2).filter((id) => !id.startsWith("claim-")),
    ],
    [
      "a single member whose claim was deleted: by growing first",
      anEtcd().withMembers(1).claim(0, { terminating: true }).pod(0, { outdated: true }),
      ["blocked: data-lost"],
    ],
    ["never the last but one of two", lost(anEtcd().withMembers(2), 1).pod(1, crashed("corrupt")), repaired(1)],
    [
      "nothing when the replacement would have no quorum",
      lost(three, 1).silent(2).pod(1, crashed("corrupt")),
      ["blocked: quorum-after-change"],
    ],
    ["a crash that says nothing: by waiting", lost(three, 2).pod(2, crashed("other")), ["wait/demo-2-is-healthy"]],
    [
      "a full database",
      three.seen({ compactRevision: 5 }).alarms({ memberId: memberId(0), type: "NOSPACE" }),
      [
        "space/compact",
        "space/defragment/demo-1",
        "space/defragment/demo-2",
        "space/defragment/demo-0",
        "alarm/disarm",
      ],
    ],
    [
      "a full database that is full of live data: not at all",
      three
        .seen({ compactRevision: 21 })
        .alarms({ memberId: memberId(0), type: "NOSPACE" })
        .endpoint(0, { dbSize: 8 * gibibytes, dbSizeInUse: 8 * gibibytes }),
      ["blocked: space-within-quota"],
    ],
  ]);
});

describe("planEtcd without a quorum", () => {
  plans([
    ["waits while the data is there", three.noQuorum(1, 2).withoutPod(1).withoutPod(2), ["wait/the-quorum-is-back"]],
    ["waits for all when every pod is gone", three.noQuorum(0, 1, 2).seen({ pods: [] }), ["wait/the-quorum-is-back"]],
    [
      "makes a deleted StatefulSet anew at its size, whatever is wished",
      three.noQuorum(0, 1, 2).seen({ pods: [], statefulSet: undefined }).replicas(5),
      ["objects/apply", "wait/the-quorum-is-back", ...joins(3), ...joins(4)],
    ],
    [
      "makes everything but the claims anew",
      three.noQuorum(0, 1, 2).seen({ pods: [], statefulSet: undefined, config: undefined }),
      ["objects/apply", "wait/the-quorum-is-back"],
    ],
    [
      "starts again what somebody scaled away",
      three.noQuorum(0, 1, 2).seen({ pods: [] }).set({ replicas: 0 }),
      ["replicas/3", "wait/the-quorum-is-back"],
    ],
    ["refuses when all data is gone", three.noQuorum(0, 1, 2).seen({ pods: [], claims: [] }), ["blocked: data-lost"]],
    [
      "refuses when the data of the majority is gone",
      three.noQuorum(0, 1, 2).withoutClaim(1).withoutClaim(2),
      ["blocked: data-lost"],
    ],
    [
      "refuses when the disks of the majority are empty",
      three.noQuorum(0, 1, 2).pod(1, crashed("empty-data-dir")).pod(2, crashed("empty-data-dir")),
      ["blocked: data-lost"],
    ],
    [
      "refuses to bootstrap when only the status remembers the cluster",
      anEtcd().spec({ identity: "c1" }),
      ["blocked: data-lost"],
    ],
    [
      "waits while a claim may hold data that is not recorded yet",
      three.noQuorum(0, 1, 2).claim(1, fresh).claim(2, fresh),
      ["wait/the-quorum-is-back", "identity/data-demo-1+data-demo-2"],
    ],
    [
      "does not count a member that never joined",
      three.joining(3).noQuorum(0, 1, 2, 3).withoutClaim(2).withoutPod(2),
      ["wait/the-quorum-is-back", "identity/data-demo-2+data-demo-3"],
    ],
    [
      "seals what was begun as new once one claim is recorded",
      forming(3).noQuorum(0, 1, 2).claim(0, aClaim(three.given.spec, 0)),
      ["objects/apply", "wait/the-quorum-is-back", "identity/data-demo-1+data-demo-2"],
    ],
  ]);
});

describe("planEtcd forming", () => {
  const broken = { running: false, ready: false, outdated: true, waiting: "ErrImagePull" } as const;
  const wrongImage = [0, 1, 2].reduce((given, ordinal) => given.pod(ordinal, broken), forming(3));
  plans([
    [
      "makes pods anew that could not start with the first template",
      wrongImage,
      [
        ...["pod-delete/demo-0", "pod-delete/demo-1", "pod-delete/demo-2"],
        ...["wait/all-3-members-have-joined", "identity/record"],
      ],
    ],
  ]);
});

describe("planEtcd when claims were deleted under running members", () => {
  it("replaces them one after the other, never two at once", () => {
    const doomed = three.claim(1, { terminating: true }).claim(2, { terminating: true });
    const changes = doomed.outline().filter((id) => /^member-(remove|add|promote)/u.test(id));
    expect(changes.slice(0, 3)).toEqual(["member-remove/demo-1/a1", "member-add/demo-1", "member-promote/demo-1"]);
  });
});

describe("planEtcd with what is not its own", () => {
  const foreign = { ours: false } as const;
  plans([
    ["refuses foreign objects", anEtcd().seen({ foreign: ["service/demo"] }), ["blocked: owned-by-us"]],
    [
      "takes them over when told to",
      anEtcd()
        .seen({ foreign: ["service/demo"] })
        .consent("adopt"),
      installs(3),
    ],
    [
      "refuses foreign claims without a record",
      anEtcd()
        .claim(0, { ...fresh, ...foreign })
        .consent("adopt"),
      ["blocked: no-bootstrap-over-data"],
    ],
    ["refuses recorded claims of an earlier cluster", anEtcd().claim(0, foreign), ["blocked: no-bootstrap-over-data"]],
    [
      "refuses claims of two clusters",
      anEtcd()
        .claim(0, foreign)
        .claim(1, { ...foreign, clusterId: "c2" })
        .consent("adopt"),
      ["blocked: no-bootstrap-over-data"],
    ],
    [
      "refuses a member that bears none of its names",
      three.member(9, { id: "f", ordinal: undefined, peerUrl: "https://elsewhere:2380" }),
      ["blocked: foreign-member"],
    ],
    ["refuses volumes of another cluster", three.spec({ identity: "c2" }), ["blocked: foreign-member"]],
    [
      "refuses unusable certificates of the user's own",
      three.spec({ tls: { mode: "secret", serverSecretName: "s", peerSecretName: "p", clientSecretName: "c" } }).seen({
        certificates: { missing: ["server"], expiry: [], problems: ["spec.tls.serverSecretName: …"], ...unmanaged },
      }),
      ["blocked: certificates-valid"],
    ],
  ]);
});

describe("planEtcd keeping it as wished", () => {
  const outdated = three.pod(0, { outdated: true }).pod(1, { outdated: true }).pod(2, { outdated: true });
  const twenty = three.storage("20Gi", 20 * gibibytes);
  const due = { role: "server", notAfter: "2026-02-01T00:00:00Z", due: true } as const;
  plans([
    [
      "rolls followers first and the leader last",
      outdated.leader(1),
      [
        "pod-delete/demo-2",
        "wait/demo-2-is-healthy",
        "pod-delete/demo-0",
        "wait/demo-0-is-healthy",
        "leader-move/demo-0",
        "pod-delete/demo-1",
        "wait/demo-1-is-healthy",
      ],
    ],
    [
      "rolls a single member",
      anEtcd().withMembers(1).pod(0, { outdated: true }),
      ["pod-delete/demo-0", "wait/demo-0-is-healthy"],
    ],
    [
      "rolls nobody while one is silent",
      lost(outdated, 2).pod(2, { ready: false, outdated: false }),
      [
        "wait/demo-2-is-healthy",
        "pod-delete/demo-1",
        "wait/demo-1-is-healthy",
        "leader-move/demo-1",
        "pod-delete/demo-0",
        "wait/demo-0-is-healthy",
      ],
    ],
    [
      "rolls nobody while one is behind",
      outdated
        .endpoint(2, { appliedIndex: 31, raftIndex: 5000 })
        .pod(0, { outdated: false })
        .pod(1, { outdated: false }),
      ["wait/all-members-have-caught-up", "pod-delete/demo-2", "wait/demo-2-is-healthy"],
    ],
    [
      "gives a broken pod the newer template",
      lost(three, 2).pod(2, { ...crashed("config-rejected"), outdated: true }),
      ["pod-delete/demo-2", "wait/demo-2-is-healthy"],
    ],
    [
      "grows volumes and renews the claim template",
      twenty.seen({ expandable: true }),
      ["claims-grow/20Gi", "wait/data-demo-0-has-grown", "statefulset/renew", "objects/apply", observed],
    ],
    [
      "restarts members whose file system waits for it",
      twenty
        .set({ claimSize: "20Gi" })
        .claim(0, { requestedBytes: 20 * gibibytes, restartToResize: true })
        .claim(1, { requestedBytes: 20 * gibibytes })
        .claim(2, { requestedBytes: 20 * gibibytes })
        .growth(1, 2),
      ["leader-move/demo-1", "pod-delete/demo-0", "wait/demo-0-is-healthy"],
    ],
    ["does not shrink volumes", three.storage("5Gi", 5 * gibibytes), ["blocked: no-shrink-volume"]],
    ["does not grow what can't grow", twenty.seen({ expandable: false }), ["blocked: volume-expansion-allowed"]],
    [
      "leaves it to the API server when the class may not be read",
      twenty.seen({ expandable: undefined }),
      ["claims-grow/20Gi", "wait/data-demo-0-has-grown", "statefulset/renew", "objects/apply", observed],
    ],
    ["brings back what somebody deleted", three.seen({ drifted: ["service/demo"] }), ["objects/apply", observed]],
    ["brings back the StatefulSet", three.seen({ statefulSet: undefined }), ["objects/apply", observed]],
    ["brings back the configuration", three.seen({ config: undefined }), ["objects/apply", observed]],
    [
      "issues lost certificates",
      three.seen({ certificates: { missing: ["client"], expiry: [], problems: [], ...unmanaged } }),
      ["certificates/issue"],
    ],
    [
      "renews certificates that are due",
      three.seen({ certificates: { missing: [], expiry: [due], problems: [], ...unmanaged } }),
      ["certificates/renew"],
    ],
    ["is not done while a pod is not ready", three.pod(1, { ready: false }), ["wait/demo-1-is-ready"]],
    ["waits for a pod that is going", three.pod(1, { terminating: true }), ["wait/demo-1-is-gone"]],
  ]);
});
