import { describe, expect, it } from "vitest";
import type { ValkeySeen } from "../../../src/engines/valkey/seen.ts";
import { describeValkey, statusOfValkey } from "../../../src/engines/valkey/status.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";
import { formed } from "../../support/valkey-model/formed.ts";

const now = new Date("2026-01-01T00:00:00Z");
const well = formed(aSpec());
const isAt = (shard: number, ordinal: number) => (one: { readonly place: { shard: number; ordinal: number } }) =>
  one.place.shard === shard && one.place.ordinal === ordinal;

function change(
  at: (one: ValkeySeen["nodes"][number]) => boolean,
  by: Partial<ValkeySeen["nodes"][number]>,
): ValkeySeen {
  return { ...well, nodes: well.nodes.map((node) => (at(node) ? { ...node, ...by } : node)) };
}

describe("the status", () => {
  it("of a cluster that is as wished says who is what, and where slots are", () => {
    const status = statusOfValkey(aSpec(), well, now);
    expect(status).toMatchObject({ ready: true, reason: "AllMembersReady", clientPort: 6379, serviceName: "demo" });
    expect(status.message).toBe("6 of 6 nodes serve, all 16384 slots");
    expect(status.members.map(({ name, shard, role }) => [name, shard, role])).toEqual([
      ["demo-shard-0-0", "0", "primary"],
      ["demo-shard-0-1", "0", "replica"],
      ["demo-shard-1-0", "1", "primary"],
      ["demo-shard-1-1", "1", "replica"],
      ["demo-shard-2-0", "2", "primary"],
      ["demo-shard-2-1", "2", "replica"],
    ]);
    expect(status.members[2]?.details[0]).toEqual(["SLOTS", "5461-10922"]);
    expect(status.facts).toContainEqual(["Slots", "16384 of 16384 have an owner"]);
  });

  it.each<[what: string, seen: ValkeySeen, spec: Parameters<typeof aSpec>[0], reason: string, words: RegExp]>([
    ["has not formed", { ...well, config: undefined, claims: [] }, {}, "Forming", /not formed/u],
    [
      "has an owner that is silent",
      { ...well, nodes: well.nodes.filter((node) => !isAt(1, 0)(node)) },
      {},
      "SlotsUncovered",
      /5462 slots have no owner that answers/u,
    ],
    ["is to have another shard", well, { shards: 4 }, "Resharding", /slots are to move/u],
    ["is to have another replica", well, { replicas: 3 }, "Scaling", /6 pods, 9 are asked for/u],
    [
      "has a replica that is cut off",
      change(isAt(0, 1), { linked: false }),
      {},
      "Degraded",
      /demo-shard-0-1 is behind/u,
    ],
    ["is not in order to one node", change(isAt(0, 1), { clusterOk: false }), {}, "Degraded", /cluster_state:fail/u],
    [
      "is of two minds",
      change(isAt(2, 1), { peers: [] }),
      {},
      "Degraded",
      /does not know demo-shard-2-1 yet|demo-shard-2-1 does not know/u,
    ],
    [
      "has a pod that is not ready",
      { ...well, pods: well.pods.map((pod) => (isAt(0, 0)(pod) ? { ...pod, ready: false } : pod)) },
      {},
      "Degraded",
      /demo-shard-0-0 is not ready/u,
    ],
  ])("of one that %s is not ready", (_what, seen, spec, reason, words) => {
    const status = statusOfValkey(aSpec(spec), seen, now);
    expect(status).toMatchObject({ ready: false, reason, message: expect.stringMatching(words) as unknown });
  });

  it("in a line, for whoever waits, names who does not run and why", () => {
    const [first, ...others] = well.pods;
    if (first === undefined) throw new Error("a formed cluster has pods");
    const pods = [{ ...first, ready: false, running: false, waiting: "ErrImagePull" }, ...others];
    expect(describeValkey(aSpec(), { ...well, pods })).toBe(
      "5 of 6 pods ready, 16384 of 16384 slots owned; demo-shard-0-0: ErrImagePull",
    );
  });
});
