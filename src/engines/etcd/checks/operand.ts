/** What etcd tells of a database for the checks that every engine shares. Pure. */
import type { OperandFacts } from "../../../checks/engine-facts.ts";
import type { Looked } from "../../engine.ts";
import { configMapName, metricsPort, statefulSetName } from "../names.ts";
import { healthyVoters, lag, members, quorum, voters } from "../plan/facts.ts";
import { situate } from "../plan/index.ts";
import { healthVerdicts } from "../plan/version-gates.ts";
import { currentVersion } from "../plan/version-state.ts";
import type { EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { compareVersions, newestAbove, newestVersions, runningMinor, wayUp } from "../versions.ts";

export type EtcdLooked = Looked<EtcdSpec, EtcdSeen>;

export function operandOf({ spec, seen, now }: EtcdLooked): OperandFacts {
  const situation = situate({ wish: spec, seen, now, consents: new Set(), verb: "status", begun: false });
  return {
    nextVersion: nextVersion(currentVersion(spec, seen) ?? spec.version),
    gates: healthVerdicts(situation),
    groups: [groupOf(spec, seen)],
    failover: "the voters elect another leader within seconds",
    configuration: [
      {
        object: `configmap/${configMapName(spec)}`,
        field: "data",
        inForce: seen.config?.current === true,
      },
      ...seen.pods.map(({ name, outdated }) => ({
        object: `pod/${name}`,
        field: "metadata.labels[controller-revision-hash]",
        inForce: !outdated,
      })),
    ],
    metrics: {
      port: metricsPort,
      rate: "etcd_server_proposals_committed_total",
      errors: "etcd_server_proposals_failed_total",
      duration: "etcd_disk_wal_fsync_duration_seconds",
    },
    health: health(seen),
  };
}

/** A newer patch of the same minor first, since the next minor may ask for it. */
function nextVersion(version: string): string | undefined {
  const minor = runningMinor(version);
  const patch = newestVersions.find((one) => runningMinor(one) === minor);
  if (patch !== undefined && compareVersions(patch, version) > 0) return patch;
  const above = newestAbove(version);
  return above && wayUp(version, above)[0];
}

function groupOf(spec: EtcdSpec, seen: EtcdSeen): OperandFacts["groups"][number] {
  const known = voters(seen).length;
  const count = known === 0 ? spec.replicas : known;
  return { set: statefulSetName(spec), members: count, needed: quorum(count), votes: true };
}

function health(seen: EtcdSeen): OperandFacts["health"] {
  const all = seen.endpoints.length > 0 && seen.endpoints.length >= members(seen).length;
  const told = (answer: string): string | undefined => (all ? answer : undefined);
  const { membership } = seen;
  return [
    {
      name: "members that vote, and are healthy",
      answer: membership.known ? `${String(voters(seen).length)}, ${String(healthyVoters(seen).length)}` : undefined,
    },
    { name: "raft entries that the slowest is behind", answer: told(String(lag(seen))) },
    { name: "alarms", answer: told(String(seen.endpoints.reduce((sum, { alarms }) => sum + alarms.length, 0))) },
    {
      name: "bytes of the largest database",
      answer: told(String(Math.max(0, ...seen.endpoints.map(({ dbSize }) => dbSize)))),
    },
  ];
}
