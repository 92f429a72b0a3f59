import { memberName, peerUrl } from "../names.ts";
import { withFirstClaim } from "./expect-seed.ts";
import type { EtcdCommand } from "../commands.ts";
import { trustOf } from "../authorities.ts";
import type { EndpointSeen, EtcdSeen, MemberSeen, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

type Command<Name extends EtcdCommand["name"]> = Extract<EtcdCommand, { name: Name }>;

/** What a command changes when it does what it is for. A new member's id is etcd's to choose: until then it is foreseen by its name. */
export function expectCommand(spec: EtcdSpec, seen: EtcdSeen, command: EtcdCommand): EtcdSeen {
  switch (command.name) {
    case "issueCertificates":
      return withIssued(seen, command);
    case "rotateAuthorities":
      return withStage(seen, command);
    case "memberAdd":
      return withMembers(seen, (known) => [...known, learner(spec, command.ordinal)]);
    case "memberPromote":
      return withMembers(seen, (known) =>
        known.map((member) => (member.id === command.id ? { ...member, learner: false } : member)),
      );
    case "memberRemove":
      return withoutEndpoint(
        withMembers(seen, (known) => known.filter((member) => member.id !== command.id)),
        command.id,
      );
    case "moveLeader":
      return withEndpoints(seen, (endpoint) => ({ ...endpoint, leaderId: command.to }));
    case "makeFirstClaim":
      return withFirstClaim(spec, seen);
    case "tellRestoreFailed":
      return seen;
    default:
      return expectUpkeep(seen, command);
  }
}

type Upkeep = Extract<EtcdCommand, { readonly name: "compact" | "defragment" | "disarm" | `downgrade${string}` }>;

/** What is done to the data of a cluster whose members stay. */
function expectUpkeep(seen: EtcdSeen, command: Upkeep): EtcdSeen {
  switch (command.name) {
    case "compact":
      return {
        ...withEndpoints(seen, (endpoint) => ({ ...endpoint, dbSizeInUse: 0 })),
        compactRevision: command.revision,
      };
    case "defragment":
      return withEndpoints(seen, (endpoint) =>
        endpoint.ordinal === command.via ? { ...endpoint, dbSize: endpoint.dbSizeInUse } : endpoint,
      );
    case "disarm":
      return withEndpoints(seen, (endpoint) => ({ ...endpoint, alarms: [] }));
    case "downgradeEnable":
      return withEndpoints(seen, (endpoint) => ({ ...endpoint, downgradeTo: `${command.minor}.0` }));
    case "downgradeCancel":
      return withEndpoints(seen, (endpoint) => ({ ...endpoint, downgradeTo: undefined }));
  }
}

/** Members show an older one until their kubelet has brought it. */
function withIssued(seen: EtcdSeen, { roles, rotation }: Command<"issueCertificates">): EtcdSeen {
  const { certificates } = seen;
  const marks = {
    ...(roles.includes("server") || roles.includes("peer") ? { members: rotation } : {}),
    ...(roles.includes("client") ? { clients: rotation } : {}),
  };
  const issued = { ...certificates, missing: [], expiry: certificates.expiry.map((one) => ({ ...one, due: false })) };
  if (rotation === undefined) return { ...seen, certificates: issued };
  const pods = roles.includes("server") ? behind(seen.pods) : seen.pods;
  return { ...seen, pods, certificates: { ...issued, rotations: { ...certificates.rotations, ...marks } } };
}

function withStage(seen: EtcdSeen, { to, rotation }: Command<"rotateAuthorities">): EtcdSeen {
  const { certificates, statefulSet } = seen;
  const sameTrust = trustOf(to) === trustOf(certificates.stage);
  return {
    ...seen,
    pods: behind(seen.pods),
    statefulSet: statefulSet && { ...statefulSet, current: sameTrust && statefulSet.current },
    certificates: { ...certificates, stage: to, rotations: { members: rotation, clients: rotation } },
  };
}

function behind(pods: readonly PodSeen[]): readonly PodSeen[] {
  return pods.map((pod) => ({ ...pod, behind: true }));
}

function learner(spec: EtcdSpec, ordinal: number): MemberSeen {
  const id = `new-${memberName(spec, ordinal)}`;
  return { id, ordinal, peerUrl: peerUrl(spec, ordinal), started: false, learner: true };
}

function withEndpoints(seen: EtcdSeen, change: (endpoint: EndpointSeen) => EndpointSeen): EtcdSeen {
  return { ...seen, endpoints: seen.endpoints.map(change) };
}

function withMembers(seen: EtcdSeen, change: (members: readonly MemberSeen[]) => readonly MemberSeen[]): EtcdSeen {
  return seen.membership.known
    ? { ...seen, membership: { ...seen.membership, members: change(seen.membership.members) } }
    : seen;
}

/** A member that has left ends by itself, and its alarm stays until disarmed. */
function withoutEndpoint(seen: EtcdSeen, id: string): EtcdSeen {
  return { ...seen, endpoints: seen.endpoints.filter((endpoint) => endpoint.memberId !== id) };
}
