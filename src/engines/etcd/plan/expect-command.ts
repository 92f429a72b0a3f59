import { memberName, peerUrl } from "../names.ts";
import type { EtcdCommand } from "../commands.ts";
import type { EtcdSeen, MemberSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/** What a command changes when it does what it is for. A new member's id is etcd's to choose: until then it is foreseen by its name. */
export function expectCommand(spec: EtcdSpec, seen: EtcdSeen, command: EtcdCommand): EtcdSeen {
  switch (command.name) {
    case "issueCertificates":
      return {
        ...seen,
        certificates: {
          ...seen.certificates,
          missing: [],
          expiry: seen.certificates.expiry.map((entry) => ({ ...entry, due: false })),
        },
      };
    case "memberAdd":
      return withMembers(seen, (known) => [
        ...known,
        {
          id: foreseenId(spec, command.ordinal),
          ordinal: command.ordinal,
          peerUrl: peerUrl(spec, command.ordinal),
          started: false,
          learner: true,
        },
      ]);
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
      return { ...seen, endpoints: seen.endpoints.map((endpoint) => ({ ...endpoint, leaderId: command.to })) };
    case "compact":
      return {
        ...seen,
        compactRevision: command.revision,
        endpoints: seen.endpoints.map((endpoint) => ({ ...endpoint, dbSizeInUse: 0 })),
      };
    case "defragment":
      return {
        ...seen,
        endpoints: seen.endpoints.map((endpoint) =>
          endpoint.ordinal === command.via ? { ...endpoint, dbSize: endpoint.dbSizeInUse } : endpoint,
        ),
      };
    case "disarm":
      return { ...seen, endpoints: seen.endpoints.map((endpoint) => ({ ...endpoint, alarms: [] })) };
  }
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

function foreseenId(spec: EtcdSpec, ordinal: number): string {
  return `new-${memberName(spec, ordinal)}`;
}
