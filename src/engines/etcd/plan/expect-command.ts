import { memberName, peerUrl } from "../names.ts";
import { withFirstClaim } from "./expect-seed.ts";
import type { EtcdCommand } from "../commands.ts";
import type { EndpointSeen, EtcdSeen, MemberSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { withIssued, withStage } from "./expect-certificates.ts";

/** What a command changes when it does what it is for. A new member's id is etcd's to choose: until then it is foreseen by its name. */
export function expectCommand(spec: EtcdSpec, seen: EtcdSeen, command: EtcdCommand): EtcdSeen {
  if (!("via" in command)) return expectOwn(spec, seen, command);
  switch (command.name) {
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

/** Of what no member is asked for. */
function expectOwn(spec: EtcdSpec, seen: EtcdSeen, command: Exclude<EtcdCommand, { readonly via: number }>): EtcdSeen {
  switch (command.name) {
    case "issueCertificates":
      return withIssued(seen, command);
    case "rotateAuthorities":
      return withStage(seen, command);
    case "makeFirstClaim":
      return withFirstClaim(spec, seen);
    case "tellRestoreFailed":
      return seen;
  }
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
