/** Whether every key has somebody who serves it, and somebody who would take over. */
import type { Check } from "../../../checks/finding.ts";
import { counted, fail, pass, unknown, warn } from "../../../checks/verdicts.ts";
import { podName, shardName } from "../names.ts";
import { coveredSlots, disagreement, isCaughtUp } from "../plan/facts.ts";
import { countSlots, slotCount } from "../slots.ts";
import type { ValkeyLooked } from "./operand.ts";

const silent = unknown("an answer of a node to CLUSTER NODES", "no node answers");

const again = ({ spec }: ValkeyLooked): string => `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`;

export const coverage: Check<ValkeyLooked> = {
  id: "L1.valkey.slots",
  title: "Every slot is served",
  question: "Has each of the 16384 slots an owner that answers?",
  why: "keys of a slot without an owner can be neither read nor written",
  judge: (looked) => {
    const { spec, seen } = looked;
    if (seen.nodes.length === 0) return silent;
    const evidence = seen.nodes
      .filter(({ role }) => role === "primary")
      .map(({ place, slots }) =>
        counted(`pod/${podName(spec, place)}`, "CLUSTER NODES: slots it owns", countSlots(slots)),
      );
    const words = `${String(coveredSlots(seen))} of ${String(slotCount)} slots have an owner that answers`;
    return coveredSlots(seen) === slotCount ? pass(words, evidence) : fail(words, evidence, again(looked));
  },
};

export const agreement: Check<ValkeyLooked> = {
  id: "L1.valkey.agreement",
  title: "Nodes are of one mind",
  question: "Do all nodes know each other, and agree on who owns what?",
  why: "clients ask any node for the way, and are sent wherever that one thinks",
  judge: (looked) => {
    const { spec, seen } = looked;
    if (seen.nodes.length === 0) return silent;
    const evidence = seen.nodes.map(({ place, clusterOk, peers }) =>
      counted(
        `pod/${podName(spec, place)}`,
        "cluster_state, nodes it knows",
        `${clusterOk ? "ok" : "fail"}, ${String(peers.length)}`,
      ),
    );
    const doubt = disagreement(spec, seen);
    const failing = seen.nodes.filter(({ clusterOk }) => !clusterOk).map(({ place }) => podName(spec, place));
    if (failing.length > 0)
      return fail(
        `${failing.join(", ")} say${failing.length === 1 ? "s" : ""} cluster_state:fail`,
        evidence,
        again(looked),
      );
    return doubt === undefined ? pass("all agree", evidence) : warn(doubt, evidence, again(looked));
  },
};

export const replicas: Check<ValkeyLooked> = {
  id: "L3.valkey.replicas",
  title: "Each shard has a replica",
  question: "Has each shard a replica that has caught up with its primary?",
  why: "a shard without one loses service with its primary, and with the disk the data",
  judge: (looked) => {
    const { spec, seen } = looked;
    if (seen.nodes.length === 0) return silent;
    const shards = seen.shards.map(({ shard }) => ({
      shard,
      ready: seen.nodes.filter((node) => node.place.shard === shard && isCaughtUp(seen, node)).length,
    }));
    const evidence = shards.map(({ shard, ready }) =>
      counted(`statefulset.apps/${shardName(spec, shard)}`, "replicas that have caught up", ready),
    );
    const bare = shards.filter(({ ready }) => ready === 0).map(({ shard }) => shardName(spec, shard));
    if (bare.length === 0) return pass("each shard has one that has caught up", evidence);
    const fix = spec.replicas < 2 ? `kubectl dbop scale ${spec.name} -n ${spec.namespace} --replicas 2` : again(looked);
    return fail(`${bare.join(", ")}: none that has caught up`, evidence, fix);
  },
};

export const moves: Check<ValkeyLooked> = {
  id: "L3.valkey.moves",
  title: "No slot is left half way",
  question: "Is no slot on its way from one shard to another?",
  why: "clients of a slot that is on its way are sent to and fro, for ever if nobody ends the move",
  judge: (looked) => {
    const { spec, seen } = looked;
    if (seen.nodes.length === 0) return silent;
    const evidence = seen.nodes.map(({ place, open, migrating, migrationFailed }) =>
      counted(
        `pod/${podName(spec, place)}`,
        "slots open, requests to move slots, what the last that failed said",
        `${String(open.length)}, ${String(migrating)}, ${migrationFailed ?? "none failed"}`,
      ),
    );
    const moving = seen.nodes.filter((node) => node.open.length + node.migrating > 0);
    if (moving.length === 0) return pass("none is on its way", evidence);
    return warn(
      `slots are on their way at ${moving.map(({ place }) => podName(spec, place)).join(", ")}`,
      evidence,
      again(looked),
    );
  },
};

export const fullCoverage: Check<ValkeyLooked> = {
  id: "L3.valkey.full-coverage",
  title: "A lost shard does not stop the others",
  question: "Do the other shards go on serving while one has no owner?",
  why: "by default one shard that is down stops the whole cluster",
  judge: ({ spec }) => {
    const value = spec.config["cluster-require-full-coverage"];
    const evidence = [
      counted(
        `databasecluster.dbop.dev/${spec.name}`,
        "spec.config[cluster-require-full-coverage]",
        value ?? "not set: yes",
      ),
    ];
    if (spec.shards === 1)
      return pass("there is but one shard", [
        ...evidence,
        counted(`databasecluster.dbop.dev/${spec.name}`, "spec.shards", 1),
      ]);
    if (value === "no") return pass("the other shards go on", evidence);
    return warn(
      "one shard that is down stops all of them",
      evidence,
      "spec.config[cluster-require-full-coverage]: no, where clients can do with a part of the keys",
    );
  },
};
