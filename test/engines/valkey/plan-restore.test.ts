import { describe, expect, it } from "vitest";
import { begunJob } from "../../../src/backup/restoring.ts";
import type { JobSeen } from "../../../src/backup/take.ts";
import type { Verb } from "../../../src/engines/engine.ts";
import { fillJob } from "../../../src/engines/valkey/backup/fill.ts";
import { planValkey } from "../../../src/engines/valkey/plan/index.ts";
import { freshClaim } from "../../../src/engines/valkey/plan/expect-seed.ts";
import type { ClaimSeen, SeedSeen, ValkeySeen } from "../../../src/engines/valkey/seen.ts";
import { parseSlots } from "../../../src/engines/valkey/slots.ts";
import { field, listField, textField } from "../../../src/kube/fields.ts";
import type { Plan, Step } from "../../../src/plan/step.ts";
import { location } from "../../support/backup-model/a-backup.ts";
import { aManifest } from "../../support/backup-model/a-manifest.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";
import { formed } from "../../support/valkey-model/formed.ts";

const spec = aSpec({ bootstrap: { locationName: "nightly", path: "demo/valkey/one" } });
const slots = ["0-99 5461-10922", "100-5460", "10923-16383"] as const;
const manifest = {
  ...aManifest,
  ...{ engine: "valkey", engineVersion: "9.1.0", format: "valkey 9.1.0", consistencyPoint: "offsets 1 2 3" },
  files: slots.map((_, n) => ({ path: `data/shard-${String(n)}.rdb`, bytes: 9, sha256: String(n).repeat(64) })),
  shards: slots.map((text, n) => ({
    ...{ name: `demo-shard-${String(n)}`, file: `data/shard-${String(n)}.rdb`, slots: text, keys: 50, expiring: 8 },
  })),
};
const job = (name: string, changes: Partial<JobSeen> = {}): JobSeen => ({
  ...begunJob(name, ""),
  state: "complete",
  ...changes,
});
const read: SeedSeen = {
  location,
  look: job("demo-restore-manifest"),
  manifest: { ok: true, value: manifest },
  fills: {},
};

const claims: readonly ClaimSeen[] = [0, 1, 2].map((shard) => freshClaim(spec, { shard, ordinal: 0 }));
const filled = claims.map((claim, shard) => ({
  ...claim,
  restored: { from: "demo/valkey/one", slots: parseSlots((slots[shard] ?? "").split(" ")), keys: 42 },
}));
const fill = (shard: number, changes: Partial<JobSeen> = {}): JobSeen =>
  job(`demo-shard-${String(shard)}-restore`, { claimUid: claims[shard]?.uid ?? "", ...changes });
const fills = { 0: fill(0), 1: fill(1), 2: fill(2) };

const nothing: ValkeySeen = {
  ...{ shards: [], config: undefined, pods: [], claims: [], drifted: [], foreign: [], hasPassword: false },
  ...{ certificate: undefined, certificateProblems: [], nodes: [], expandable: undefined },
};

function planOf(seen: ValkeySeen, verb: Verb = "restore"): Plan<unknown> {
  return planValkey({ spec, seen, verb, consents: new Set(), now: new Date(0), begun: false });
}

function outline(seen: ValkeySeen, verb?: Verb): readonly string[] {
  const plan = planOf(seen, verb);
  if (plan.outcome === "blocked") return plan.by.map(({ guard, message }) => `blocked: ${guard}: ${message}`);
  return plan.outcome === "act" ? plan.steps.map(({ id }) => id) : [];
}

function firstStep(seen: ValkeySeen): Step<unknown> | undefined {
  const plan = planOf(seen);
  return plan.outcome === "act" ? plan.steps[0] : undefined;
}

const untilFilled = ["restore-claims", "restore-fill", "wait/the-backup-is-restored", "restore-record"];

describe("a restore of Valkey", () => {
  it("fills the claim of each shard's first node before anything runs, and deals out nothing but what they had", () => {
    const steps = outline({ ...nothing, seed: { location, look: undefined, manifest: undefined, fills: {} } });
    expect(steps.slice(0, 9)).toEqual([
      "restore-manifest",
      "wait/the-manifest-has-been-read",
      ...untilFilled,
      "password/make",
      "objects/apply",
      "wait/all-6-nodes-answer",
    ]);
    expect(steps.filter((id) => id.startsWith("slots-deal"))).toHaveLength(3);
    expect(steps.at(-2)).toBe("identity/record");
  });

  it("goes on from wherever it was left", () => {
    const at = (seen: Partial<ValkeySeen>): string | undefined => outline({ ...nothing, ...seen })[0];
    expect(at({ seed: read })).toBe("restore-claims");
    expect(at({ seed: read, claims: claims.slice(0, 1) })).toBe("restore-claims");
    expect(at({ seed: read, claims })).toBe("restore-fill");
    expect(at({ seed: { ...read, fills: { 0: fill(0), 2: fill(2) } }, claims })).toBe("restore-fill");
    const busy = { ...fills, 1: fill(1, { state: "running" }) };
    expect(at({ seed: { ...read, fills: busy }, claims })).toBe("wait/the-backup-is-restored");
    expect(at({ seed: { ...read, fills }, claims })).toBe("restore-record");
    expect(at({ seed: { ...read, fills: {} }, claims: [...filled.slice(0, 2), ...claims.slice(2)] })).toBe(
      "restore-fill",
    );
    const other = { ...fills, 1: fill(1, { claimUid: "of one that is gone" }) };
    expect(at({ seed: { ...read, fills: other }, claims })).toBe("restore-again/demo-shard-1-restore");
    const failed = { ...fills, 2: fill(2, { state: "failed", word: "check: Failed to checksum: 1 differences" }) };
    expect(at({ seed: { ...read, fills: failed }, claims })).toBe("restore-failed/demo-shard-2-restore");
    expect(at({ claims: filled })).toBe("password/make");
  });

  it("fills only what is not filled yet, and only from the file of that shard", () => {
    const step = firstStep({ ...nothing, seed: read, claims: [...filled.slice(0, 2), ...claims.slice(2)] });
    const objects = step?.kind === "apply" ? step.objects : [];
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(["demo-shard-2-restore"]);
  });

  it("records on each claim its slots, and how many keys must be there", () => {
    const step = firstStep({ ...nothing, seed: { ...read, fills }, claims });
    const objects = step?.kind === "apply" ? step.objects : [];
    expect(objects.map(({ metadata }) => metadata.annotations)).toEqual(
      slots.map((text) => ({
        "dbop.dev/restored-from": "demo/valkey/one",
        "dbop.dev/restored-slots": text,
        "dbop.dev/restored-keys": "42",
      })),
    );
  });

  it("is refused by verbs that may not do it, and where nodes run on what was never filled", () => {
    expect(outline({ ...nothing, seed: read }, "scale")[0]).toMatch(/^blocked: one-change-in-flight/u);
    const running = formed(aSpec());
    const unformed = { ...running, config: undefined, claims: [...filled.slice(0, 2), ...claims.slice(2)] };
    expect(outline({ ...unformed, seed: read })[0]).toMatch(
      /^blocked: no-bootstrap-over-data: .* has never been ready/u,
    );
  });

  it("gives no slots to a node that has not found its data, or has found other data", () => {
    const running = formed(aSpec());
    const nodes = running.nodes.map((node) => ({
      ...node,
      ...(node.role === "primary"
        ? { slots: [], keys: 42 }
        : { role: "primary" as const, primaryId: undefined, keys: 0 }),
      peers: [],
    }));
    const config = { clusterId: undefined, current: true };
    const others = running.claims.filter(({ place }) => place.ordinal > 0);
    const unformed = {
      ...running,
      config,
      nodes,
      claims: [...filled, ...others.map((one) => ({ ...one, clusterId: undefined, nodeId: undefined }))],
    };
    expect(outline(unformed)[0]).toBe("slots-deal/0");
    const change = (to: Partial<(typeof nodes)[number]>): ValkeySeen => ({
      ...unformed,
      nodes: nodes.map((node) => (node.place.shard === 1 && node.place.ordinal === 0 ? { ...node, ...to } : node)),
    });
    expect(outline(change({ keys: 41 }))[0]).toMatch(/^blocked: data-lost: demo-shard-1-0 has not found the data/u);
    expect(outline(change({ slots: [{ from: 0, to: 0 }] }))[0]).toMatch(/^blocked: no-bootstrap-over-data/u);
    const own = firstStep(change({ slots: [{ from: 100, to: 200 }] }));
    expect(own?.id).toBe("slots-deal/0");
  });
});

describe("the Job that fills a claim", () => {
  const [part] = manifest.shards;
  if (part === undefined) throw new Error("no shard");
  const made = fillJob(spec, { location, path: "demo/valkey/one", manifest, part, shard: 0, claimUid: "c1" });
  const pod = field(field(made["spec"], "template"), "spec");

  it("fetches one file, compares it, and makes it the base of an append-only file, whose manifest comes last", () => {
    const containers = [...listField(pod, "initContainers"), ...listField(pod, "containers")];
    const deeds = containers.map((one) => {
      const words = listField(one, "command").map(String);
      return `${textField(one, "name")}: ${words.filter((word) => !/^--(?!include|exclude|copy-links)/u.test(word)).join(" ")}`;
    });
    expect(deeds).toEqual([
      "fetch: rclone copy /backups/demo/valkey/one/data/ /work/fetched --include=/shard-0.rdb",
      "check: rclone checksum --copy-links sha256 /sums/sha256sums /work/fetched",
      "prepare: rclone mkdir /work/nothing",
      "clear: rclone sync /work/nothing /data --exclude=/lost+found/**",
      "restore: rclone copyto /work/fetched/shard-0.rdb /data/appendonlydir/appendonly.aof.1.base.rdb",
      "name: rclone copyto --copy-links /append-only/appendonly.aof.manifest /data/appendonlydir/appendonly.aof.manifest",
    ]);
    expect(field(field(field(made["spec"], "template"), "metadata"), "annotations")).toEqual({
      "dbop.dev/sha256sums": `${"0".repeat(64)}  shard-0.rdb\n`,
      "dbop.dev/append-only-manifest": "file appendonly.aof.1.base.rdb seq 1 type b\n",
    });
  });

  it("works on the claim of the shard's first node, and goes with the database", () => {
    expect(
      listField(pod, "volumes").map((one) => textField(field(one, "persistentVolumeClaim"), "claimName")),
    ).toContain("data-demo-shard-0-0");
    expect(textField(listField(made.metadata, "ownerReferences")[0], "uid")).toBe("7d1f");
    expect(made.metadata.annotations).toEqual({ "dbop.dev/claim-uid": "c1" });
  });
});
