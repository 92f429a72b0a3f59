import { describe, expect, it } from "vitest";
import { decide, planValkey } from "../../../src/engines/valkey/plan/index.ts";
import { samePlace, type Place } from "../../../src/engines/valkey/names.ts";
import type { CertificateSeen, ValkeySeen } from "../../../src/engines/valkey/seen.ts";
import { officialImage } from "../../../src/engines/valkey/server.ts";
import type { ValkeySpec } from "../../../src/engines/valkey/spec.ts";
import type { Rotation, Verb } from "../../../src/engines/engine.ts";
import type { Consent } from "../../../src/plan/step.ts";
import { firstStage, type Stage } from "../../../src/resources/tls/stage.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";
import { formed } from "../../support/valkey-model/formed.ts";

interface Asked {
  readonly seen?: ValkeySeen;
  readonly verb?: Verb;
  readonly consents?: readonly Consent[];
  readonly rotate?: Rotation;
}

const nothing: ValkeySeen = {
  shards: [],
  config: undefined,
  pods: [],
  claims: [],
  drifted: [],
  foreign: [],
  hasPassword: false,
  certificate: undefined,
  certificateProblems: [],
  nodes: [],
  expandable: undefined,
};

function wishFor(flavour: "valkey" | "redis", version: string): ValkeySpec {
  const server = { flavour, version };
  return aSpec({ server, image: officialImage(server) });
}

function certificateOf(stage: Stage): CertificateSeen {
  const until = { notAfter: "2027-01-01", authorityNotAfter: "2035-01-01" };
  return { fingerprint: "a", due: false, rotation: undefined, stage, ...until };
}

/** Another template is wished for than the StatefulSets have. */
function unapplied(seen: ValkeySeen): ValkeySeen {
  return { ...seen, shards: seen.shards.map((set) => ({ ...set, current: false })) };
}

/** The ids of the steps planned, or the guards that block. */
function outline(spec: ValkeySpec, asked: Asked = {}): readonly string[] {
  const plan = planFor(spec, asked);
  if (plan.outcome === "blocked") return plan.by.map(({ guard }) => `blocked: ${guard}`);
  return plan.outcome === "act" ? plan.steps.map(({ id }) => id) : [];
}

function planFor(
  spec: ValkeySpec,
  { seen = formed(aSpec()), verb = "reconcile", consents = [], rotate }: Asked,
): ReturnType<typeof planValkey> {
  return planValkey({
    spec,
    seen,
    verb,
    consents: new Set(consents),
    now: new Date(0),
    begun: false,
    ...(rotate === undefined ? {} : { rotate }),
    ...(verb === "reshard" ? { rebalance: true } : {}),
  });
}

const without = <Item>(items: readonly Item[], gone: (item: Item) => boolean): readonly Item[] =>
  items.filter((item) => !gone(item));

describe("a plan", () => {
  it("of a first install deals out the slots, and records that it has", () => {
    expect(outline(aSpec(), { seen: nothing, verb: "install" })).toEqual([
      "password/make",
      "objects/apply",
      "wait/all-6-nodes-answer",
      "slots-deal/0",
      "slots-deal/1",
      "slots-deal/2",
      "meet/demo-shard-0-1, demo-shard-1-0, demo-shard-1-1, demo-shard-2-0, demo-shard-2-1",
      "wait/all-nodes-have-met",
      "replicate/demo-shard-0-1",
      "replicate/demo-shard-1-1",
      "replicate/demo-shard-2-1",
      "identity/record",
      "wait/demo-shard-0-1-has-caught-up",
    ]);
  });

  it("is empty where all is as wished", () => {
    expect(outline(aSpec())).toEqual([]);
    expect(outline(aSpec(), { verb: "reshard" })).toEqual([]);
  });

  it("for another shard starts its nodes, and moves slots in batches of at most 1024", () => {
    const steps = outline(aSpec({ shards: 4 }), { verb: "reshard" });
    const moves = steps.filter((id) => id.startsWith("slots-move/"));
    expect(steps.slice(0, 7)).toEqual([
      "objects/apply",
      "wait/all-pods-of-shard-3-are-there",
      "meet/demo-shard-3-0, demo-shard-3-1",
      "wait/all-nodes-have-met",
      "replicate/demo-shard-3-1",
      "claims/record/demo-shard-3-0+demo-shard-3-1",
      "wait/demo-shard-3-1-has-caught-up",
    ]);
    expect(moves).toHaveLength(6);
    expect(moves[0]).toBe("slots-move/0-3/0-1023");
    expect(steps.at(-1)).toBe("wait/all-nodes-agree");
  });

  it.each([
    ["so many keys", { keys: 5_461_000 }, "0-255"],
    ["so much data", { usedBytes: 5_461 * 2 ** 20 }, "0-511"],
    ["slots of which each is more than a batch should be", { keys: 2 ** 50 }, "0"],
  ])("moves fewer slots at once where they hold %s", (_, node, slots) => {
    const before = formed(aSpec());
    const seen = { ...before, nodes: before.nodes.map((one) => (one.slots.length > 0 ? { ...one, ...node } : one)) };
    const moves = outline(aSpec({ shards: 4 }), { seen, verb: "reshard" }).filter((id) => id.startsWith("slots-move/"));
    expect(moves[0]).toBe(`slots-move/0-3/${slots}`);
  });

  it.each([
    ["small keys", 1_000, 100_000, 100],
    ["keys of a kilobyte", 1_000, 1_024_000, 64],
    ["large keys", 1_000, 2 ** 30, 10],
    ["no keys", 0, 2 ** 20, 10],
  ])("moves %s so many at once that nobody waits for it", (_, keys, usedBytes, keysAtOnce) => {
    const before = formed(aSpec({ shards: 4, server: { flavour: "valkey", version: "8.1.1" } }));
    const seen = { ...before, nodes: before.nodes.map((node) => ({ ...node, keys, usedBytes })) };
    const spec = aSpec({ shards: 3, server: { flavour: "valkey", version: "8.1.1" } });
    const next = decide({ spec, seen, consents: new Set(), verb: "reshard", now: new Date(0) });
    expect(next).toMatchObject({ step: { command: { name: "reshardSlots", keysAtOnce } } });
  });

  it("foresees that new replicas catch up with primaries that have sent much already", () => {
    const before = formed(aSpec({ replicas: 1 }));
    const seen = { ...before, nodes: before.nodes.map((node) => ({ ...node, offset: 2 ** 30 })) };
    const steps = outline(aSpec({ replicas: 2 }), { seen, verb: "scale" });
    expect(steps.length).toBeLessThan(15);
    expect(steps.at(-1)).toBe("wait/demo-shard-0-1-has-caught-up");
  });

  it("for a shard less empties it, stops it, forgets its nodes and only then deletes what they leave", () => {
    const steps = outline(aSpec({ shards: 3 }), { seen: formed(aSpec({ shards: 4 })), verb: "reshard" });
    expect(steps.filter((id) => id.startsWith("slots-move/3-"))).toHaveLength(6);
    expect(steps.slice(steps.indexOf("shard-delete/demo-shard-3"))).toEqual([
      "shard-delete/demo-shard-3",
      "wait/demo-shard-3-0-is-gone",
      expect.stringMatching(/^forget\//u),
      "claim-delete/data-demo-shard-3-0",
      "wait/data-demo-shard-3-0-is-gone",
      "claim-delete/data-demo-shard-3-1",
      "wait/data-demo-shard-3-1-is-gone",
    ]);
  });

  it("lets no shard of which something is unknown go", () => {
    const before = formed(aSpec({ shards: 4 }));
    const seen = { ...before, nodes: without(before.nodes, ({ place }) => place.shard === 3 && place.ordinal === 1) };
    expect(outline(aSpec({ shards: 3 }), { seen, verb: "reshard" })[0]).toBe("wait/demo-shard-3-1-answers");
  });

  it("leaves slots where they are unless a reshard asks for it", () => {
    const before = formed(aSpec());
    const [first, second] = before.nodes.filter(({ role }) => role === "primary");
    const swapped = before.nodes.map((node) => {
      if (node === first) return { ...node, slots: [{ from: 0, to: 99 }] };
      return node === second ? { ...node, slots: [{ from: 100, to: 10922 }] } : node;
    });
    const views = swapped.map((node) => ({
      ...node,
      peers: node.peers.map((peer) => ({ ...peer, slots: swapped.find(({ id }) => id === peer.id)?.slots ?? [] })),
    }));
    expect(outline(aSpec(), { seen: { ...before, nodes: views } })).toEqual([]);
    expect(outline(aSpec(), { seen: { ...before, nodes: views }, verb: "reshard" })[0]).toMatch(/^slots-move\/1-0\//u);
  });

  it("for fewer replicas lets none go that is its shard's primary", () => {
    const before = formed(aSpec());
    const steps = outline(aSpec({ replicas: 1 }), { seen: before, verb: "scale" });
    expect(steps.slice(0, 3)).toEqual([
      "replicas/demo-shard-0/1",
      "replicas/demo-shard-1/1",
      "replicas/demo-shard-2/1",
    ]);
    expect(steps.filter((id) => id.startsWith("claim-delete/"))).toHaveLength(3);
  });

  it("restarts replicas first, and primaries after one has taken over", () => {
    const before = formed(aSpec());
    const seen = { ...before, pods: before.pods.map((pod) => ({ ...pod, outdated: pod.place.shard === 0 })) };
    expect(outline(aSpec(), { seen }).filter((id) => !id.startsWith("wait/"))).toEqual([
      "pod-delete/demo-shard-0-1",
      "failover/demo-shard-0-1",
      "pod-delete/demo-shard-0-0",
    ]);
  });

  it("never goes back to an older version, and up only with a backup that was tried, or without one on demand", () => {
    const seen = unapplied(formed(aSpec()));
    expect(outline(aSpec({ server: { flavour: "valkey", version: "9.0.1" } }), { seen })).toEqual([
      "blocked: version-step-legal",
    ]);
    expect(outline(aSpec({ server: { flavour: "valkey", version: "9.1.1" } }), { seen, verb: "upgrade" })).toEqual([
      "blocked: verified-backup-before-irreversible",
    ]);
    const clusterId = seen.config?.clusterId ?? "";
    const backup = { name: "noon", finishedAt: "1970-01-01T00:00:00Z", grade: "structural", clusterId };
    const up = (grade: string | undefined): readonly string[] =>
      outline(aSpec({ server: { flavour: "valkey", version: "9.1.1" } }), {
        seen: { ...seen, backups: [{ ...backup, grade }] },
        verb: "upgrade",
      });
    expect(up("integrity")).toEqual(["blocked: verified-backup-before-irreversible"]);
    expect(up("structural")).not.toContain("blocked: verified-backup-before-irreversible");
  });

  it.each(["reconcile", "scale", "reshard"] as const)(
    "begins no upgrade by %s either without a backup, and goes on with one that has begun",
    (verb) => {
      const newer = aSpec({ server: { flavour: "valkey", version: "9.1.1" } });
      const seen = unapplied(formed(aSpec()));
      const plan = planFor(newer, { seen, verb });
      expect(plan).toMatchObject({
        outcome: "blocked",
        by: [
          {
            guard: "verified-backup-before-irreversible",
            lift: "kubectl dbop upgrade demo -n shop --version 9.1.1 --without-recent-backup",
          },
        ],
      });
      const [first, ...others] = seen.nodes;
      const mixed = { ...seen, nodes: [{ ...first, server: newer.server }, ...others] } as ValkeySeen;
      expect(outline(newer, { seen: mixed, verb })).not.toContain("blocked: verified-backup-before-irreversible");
    },
  );

  it("restarts no pod that does not run when its claim would go with it, unless another has its slots", () => {
    const before = formed(aSpec());
    const stuck = (ordinal: number): ValkeySeen => {
      const at = { shard: 0, ordinal };
      const there = (one: { readonly place: Place }): boolean => samePlace(one.place, at);
      return {
        ...before,
        pods: before.pods.map((pod) => (there(pod) ? { ...pod, outdated: true, running: false, ready: false } : pod)),
        claims: before.claims.map((claim) => (there(claim) ? { ...claim, terminating: true } : claim)),
        nodes: before.nodes.filter((node) => !there(node)),
      };
    };
    expect(outline(aSpec(), { seen: stuck(0) })).toEqual(["blocked: data-lost"]);
    expect(outline(aSpec(), { seen: stuck(1) })[0]).toBe("pod-delete/demo-shard-0-1");
  });

  it("rolls Redis 7 to Valkey, records it on the claims before, and takes no way back", () => {
    const redis = wishFor("redis", "7.0.15");
    const before = formed(redis);
    const seen = unapplied(before);
    const consents = ["without-recent-backup"] as const;
    const plan = planFor(wishFor("valkey", "8.1.1"), { seen, consents });
    const [first] = plan.outcome === "act" ? plan.steps : [];
    const records =
      first?.kind === "apply" ? first.objects.map(({ metadata }) => metadata.annotations?.["dbop.dev/version"]) : [];
    expect(records.filter((record) => record !== undefined)).toEqual(Array(6).fill("valkey-8.1.1"));
    expect(outline(redis, { seen: formed(wishFor("valkey", "8.1.1")) })).toEqual(["blocked: version-step-legal"]);
    expect(outline(wishFor("valkey", "8.1.1"), { seen: formed(wishFor("redis", "8.0.2")) })).toEqual([
      "blocked: version-step-legal",
    ]);
  });

  it("is not done while the image holds another server than the spec says", () => {
    const seen = formed(wishFor("redis", "7.0.15"));
    expect(outline(wishFor("redis", "7.2.4"), { seen })).toEqual(["blocked: image-as-asked"]);
    const claims = seen.claims.map((claim) => ({ ...claim, clusterId: undefined }));
    const younger = { ...seen, config: { clusterId: undefined, current: true }, claims };
    expect(outline(wishFor("redis", "7.2.4"), { seen: younger })).toEqual(["blocked: image-as-asked"]);
  });

  it("does not start from claims that a newer server has written, once no StatefulSet is left", () => {
    const { claims } = formed(wishFor("valkey", "9.1.2"));
    const kept = { ...nothing, claims: claims.map((claim) => ({ ...claim, ours: false })) };
    const consents = ["adopt" as const];
    expect(outline(wishFor("valkey", "9.0.1"), { seen: kept, consents })).toEqual(["blocked: version-step-legal"]);
    expect(outline(wishFor("valkey", "9.1.2"), { seen: kept, consents })[0]).toBe("password/make");
  });

  it("makes an outdated pod that does not run anew before it waits for it", () => {
    const before = formed(aSpec());
    const [broken, ...others] = before.pods;
    if (broken === undefined) throw new Error("a formed cluster has pods");
    const pods = [{ ...broken, outdated: true, running: false, ready: false, waiting: "ErrImagePull" }, ...others];
    const nodes = before.nodes.filter((node) => node.place !== broken.place);
    expect(outline(aSpec(), { seen: { ...before, pods, nodes } })[0]).toBe(`pod-delete/${broken.name}`);
  });

  it("lets the disruption budget of a shard go before the shard", () => {
    const steps = outline(aSpec({ shards: 3 }), { seen: formed(aSpec({ shards: 4 })), verb: "reshard" });
    const going = steps.filter((id) => /^(budget|shard)-delete/u.test(id));
    expect(going).toEqual(["budget-delete/demo-shard-3", "shard-delete/demo-shard-3"]);
  });

  it("refuses objects and claims that somebody else made", () => {
    const seen = { ...nothing, foreign: ["service/demo"] };
    expect(outline(aSpec(), { seen })).toEqual(["blocked: owned-by-us"]);
    expect(outline(aSpec(), { seen, consents: ["adopt"] })[0]).toBe("password/make");
    const [claim] = formed(aSpec()).claims;
    if (claim === undefined) throw new Error("a formed cluster has claims");
    const foreign = { ...nothing, claims: [{ ...claim, ours: false }] };
    expect(outline(aSpec(), { seen: foreign })).toEqual(["blocked: no-bootstrap-over-data"]);
  });

  it("takes over the claims of a cluster before it, with the shards that own slots, and deals none out", () => {
    const before = formed(aSpec({ shards: 4 }));
    const claims = before.claims.map((claim) => ({ ...claim, ours: false }));
    expect(outline(aSpec({ shards: 4 }), { seen: { ...nothing, claims } })).toEqual([
      "blocked: no-bootstrap-over-data",
    ]);
    const asked = { seen: { ...nothing, claims }, consents: ["adopt" as const] };
    const steps = outline(aSpec({ shards: 4 }), asked);
    expect(steps.filter((id) => /^(slots-deal|claim-delete)/u.test(id))).toEqual([]);
    expect(steps.some((id) => id.startsWith("claims/record/"))).toBe(true);
    const fewer = { ...before, shards: before.shards.filter(({ shard }) => shard < 3) };
    const silent = { ...fewer, nodes: fewer.nodes.filter(({ place }) => place.shard < 3) };
    expect(outline(aSpec(), { seen: { ...silent, pods: silent.pods.filter(({ place }) => place.shard < 3) } })[0]).toBe(
      "objects/apply",
    );
  });

  it("makes a certificate before there are nodes, anew when it is due or asked for, and rolls the nodes then", () => {
    const spec = aSpec({ tls: { mode: "managed" } });
    expect(outline(spec, { seen: nothing }).slice(0, 3)).toEqual([
      "password/make",
      "certificate/issue",
      "objects/apply",
    ]);
    const certificate = certificateOf(firstStage);
    const seen = { ...formed(aSpec()), certificate: { ...certificate, rotation: undefined } };
    const rolled = outline(spec, { seen: { ...seen, certificate: { ...seen.certificate, due: true } } });
    expect(rolled.slice(0, 2)).toEqual(["certificate/issue", "objects/apply"]);
    expect(rolled.filter((id) => id.startsWith("pod-delete/"))).toHaveLength(6);
    const rotate = { of: "certificates", id: "op-1" } as const;
    expect(outline(spec, { seen, verb: "rotate", rotate })[0]).toBe("certificate/issue");
    const done = { ...seen, certificate: { ...certificate, rotation: "op-1" } };
    expect(outline(spec, { seen: done, verb: "rotate", rotate })).toEqual([]);
    expect(outline(aSpec(), { rotate })).toEqual(["blocked: certificates-managed"]);
  });

  it("changes the authority in three rounds, goes on with it when told to, and never begins twice", () => {
    const spec = aSpec({ tls: { mode: "managed" } });
    const rotate = { of: "authorities", id: "op-1" } as const;
    const seen = { ...formed(aSpec()), certificate: certificateOf(firstStage) };
    const steps = outline(spec, { seen, verb: "rotate", rotate });
    const stages = ["authorities/trust-both/1-2", "authorities/issue-from-new/1-2", "authorities/trust-new/2"];
    expect(steps.filter((id) => id.startsWith("authorities/"))).toEqual(stages);
    const rounds = stages.map((id) => steps.indexOf(id)).concat(steps.length);
    for (const [index, from] of rounds.slice(0, -1).entries())
      expect(
        steps.slice(from, rounds[index + 1]).filter((id) => id.startsWith("pod-delete/")),
        stages[index],
      ).toHaveLength(6);
    const overlap = {
      ...seen,
      certificate: { ...certificateOf({ oldest: 1, newest: 2, issuer: 1 }), rotation: "op-1" },
    };
    expect(outline(spec, { seen: overlap, verb: "reconcile" })[0]).toBe(stages[1]);
    expect(outline(spec, { seen: overlap, verb: "scale" })).toEqual([]);
    const outdated = { ...overlap, pods: overlap.pods.map((pod) => ({ ...pod, outdated: pod.place.shard === 0 })) };
    expect(outline(spec, { seen: outdated, verb: "rotate", rotate })[0]).toBe("pod-delete/demo-shard-0-1");
    const done = { ...seen, certificate: { ...certificateOf({ oldest: 2, newest: 2, issuer: 2 }), rotation: "op-1" } };
    expect(outline(spec, { seen: done, verb: "rotate", rotate })).toEqual([]);
  });

  it("relies on no certificates of the user's own that can't be used, and makes none anew", () => {
    const names = { serverSecretName: "a", peerSecretName: "b", clientSecretName: "c" };
    const spec = aSpec({ tls: { mode: "secret", ...names } });
    const unusable = { ...formed(aSpec()), certificateProblems: ["spec.tls.serverSecretName: …"] };
    expect(outline(spec, { seen: unusable })).toEqual(["blocked: certificates-valid"]);
    const usable = { ...formed(aSpec()), certificate: { ...certificateOf(firstStage), due: true } };
    expect(outline(spec, { seen: usable })).toEqual([]);
    expect(outline(spec, { seen: usable, rotate: { of: "authorities", id: "op-1" } })).toEqual([
      "blocked: certificates-managed",
    ]);
  });

  it("runs the owner of slots whose StatefulSet was made smaller by hand, and those of one that was made empty", () => {
    const before = formed(aSpec());
    const gone = (
      at: (place: { readonly shard: number; readonly ordinal: number }) => boolean,
      replicas: number,
    ): ValkeySeen => ({
      ...before,
      shards: before.shards.map((set) => (at({ shard: set.shard, ordinal: 1 }) ? { ...set, replicas } : set)),
      pods: without(before.pods, ({ place }) => at(place)),
      nodes: without(before.nodes, ({ place }) => at(place)),
    });
    expect(outline(aSpec(), { seen: gone(({ shard }) => shard === 1, 0) }).slice(0, 2)).toEqual([
      "owners/run/demo-shard-1",
      "wait/slots-5461-10922-have-an-owner-that-answers",
    ]);
    expect(outline(aSpec(), { seen: gone(() => true, 0) })[0]).toBe(
      "owners/run/demo-shard-0, demo-shard-1, demo-shard-2",
    );
  });

  it("makes no other password for nodes that run", () => {
    expect(outline(aSpec(), { seen: { ...formed(aSpec()), hasPassword: false } })).toEqual(["blocked: password-there"]);
  });

  it("takes an owner whose claim bears no record yet for one that may come back", () => {
    const before = formed(aSpec({ shards: 1 }));
    const primary = before.nodes.find(({ role }) => role === "primary");
    const seen = {
      ...before,
      nodes: without(before.nodes, (node) => node === primary),
      claims: before.claims.map((claim) => (claim.nodeId === primary?.id ? { ...claim, nodeId: undefined } : claim)),
    };
    expect(outline(aSpec({ shards: 1 }), { seen })[0]).toBe("wait/slots-0-16383-have-an-owner-that-answers");
  });

  it("waits for an owner that may come back, and says so when none can", () => {
    const before = formed(aSpec());
    const silent = { ...before, nodes: without(before.nodes, ({ place }) => place.shard === 1) };
    expect(outline(aSpec(), { seen: silent })[0]).toBe("wait/slots-5461-10922-have-an-owner-that-answers");
    const lost = { ...silent, claims: without(silent.claims, ({ place }) => place.shard === 1) };
    expect(outline(aSpec(), { seen: lost })).toEqual(["blocked: data-lost"]);
  });

  it("moves nothing where it would not fit", () => {
    const before = formed(aSpec({ shards: 4 }));
    const full = { ...before, nodes: before.nodes.map((node) => ({ ...node, usedBytes: 900, maxBytes: 1000 })) };
    expect(outline(aSpec({ shards: 3 }), { seen: full, verb: "reshard" })).toEqual(["blocked: memory-headroom"]);
  });
});
