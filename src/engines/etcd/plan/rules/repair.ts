import { memberName } from "../../names.ts";
import { sealed } from "../../config-mode.ts";
import type { EtcdSeen, MemberSeen } from "../../seen.ts";
import {
  claimAt,
  healthyVoters,
  isAccused,
  isHealthy,
  isLeader,
  lastWords,
  podAt,
  quorum,
  spokesman,
  voters,
} from "../facts.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";
import { moveLeader, removeMember } from "../steps.ts";

type Voter = MemberSeen & { readonly ordinal: number };

/**
 * One failed member at a time (engines.md §1.5): whose pod is merely gone is waited for; whose data is gone or spoiled leaves,
 * and comes back with an empty disk and a new id. Unreachable is not lost: only the member's own last words or its missing claim are proof.
 */
export const repairMember: Rule = (situation) => {
  const { spec, seen } = situation;
  const placed = voters(seen).filter((member): member is Voter => member.ordinal !== undefined);
  const broken = placed.filter((member) => failure(situation, member) !== undefined);
  const lost = broken.find((member) => failure(situation, member)?.lost === true);
  if (lost !== undefined) return replace(situation, lost, failure(situation, lost)?.why ?? "");
  const waiting = broken.find((member) => member.ordinal < spec.replicas);
  if (waiting === undefined) return undefined;
  return waitFor(`${memberName(spec, waiting.ordinal)} is healthy`, failure(situation, waiting)?.why ?? "");
};

/**
 * A claim that somebody deleted goes with its data as soon as the pod stops, for whatever reason: its member is replaced while it is well
 * and others hold the data too. A single member has no others; see `roll.ts` for what must not happen to it.
 */
export const replaceDoomedMember: Rule = (situation) => {
  const { spec, seen } = situation;
  const healthy = healthyVoters(seen);
  const doomed = healthy.find(
    (member): member is Voter => member.ordinal !== undefined && claimAt(seen, member.ordinal)?.terminating === true,
  );
  // It still holds its data: it leaves only a cluster at full strength, so that never more than one copy is missing by our hand.
  const spare = healthy.length > 1 && healthy.length === voters(seen).length && healthy.length >= spec.replicas;
  if (doomed === undefined || !spare) return undefined;
  return replace(situation, doomed, "its claim was deleted, and its data goes as soon as its pod stops");
};

interface Failure {
  /** Proved: its data will not come back. */
  readonly lost: boolean;
  readonly why: string;
}

function failure({ seen }: Situation, member: Voter): Failure | undefined {
  if (isAccused(seen, member)) return { lost: true, why: "etcd raised the CORRUPT alarm for it" };
  if (isHealthy(seen, member)) return undefined;
  const proof = proofOfLoss(seen, member);
  return proof === undefined ? { lost: false, why: whyDown(seen, member) } : { lost: true, why: proof };
}

/** How it is known that the data of a member that does not answer will not come back; undefined while it may. */
export function proofOfLoss(seen: EtcdSeen, member: Voter): string | undefined {
  const recorded = claimAt(seen, member.ordinal)?.memberId;
  if (recorded !== undefined && recorded !== member.id)
    return `its claim holds the data of another member, ${recorded}`;
  switch (podAt(seen, member.ordinal)?.crash?.termination) {
    case "corrupt":
      return "its data is corrupt";
    case "removed-member":
      return "its claim holds the data of a member that was removed";
    case "empty-data-dir":
      return emptyDirectory(seen, member.ordinal);
    default:
      return undefined;
  }
}

/** Proof only where the configuration is sealed: a joining member says the same while it finds nobody. */
function emptyDirectory(seen: EtcdSeen, ordinal: number): string | undefined {
  return seen.config?.modes[ordinal] === sealed(ordinal) ? "its data directory is empty" : undefined;
}

function whyDown(seen: EtcdSeen, member: Voter): string {
  const pod = podAt(seen, member.ordinal);
  if (pod !== undefined) return pod.waiting ?? lastWords(pod) ?? "it does not answer yet";
  return claimAt(seen, member.ordinal) === undefined
    ? "its pod and its claim are gone"
    : "its pod is gone; the claim is there";
}

function replace(situation: Situation, member: Voter, why: string): Decision | undefined {
  const { spec, seen } = situation;
  const name = memberName(spec, member.ordinal);
  const healthy = healthyVoters(seen).filter((other) => other.id !== member.id);
  const via = spokesman(seen, healthy);
  const target = healthy.find((other): other is Voter => other.ordinal !== undefined);
  if (via === undefined || target === undefined || healthy.length < quorum(voters(seen).length - 1)) {
    return block({
      guard: "quorum-after-change",
      message: `${name} can't be replaced: ${why}, and too few healthy members would remain`,
      observed: `${String(healthy.length)} of ${String(voters(seen).length)} voters healthy without it`,
    });
  }
  if (isLeader(seen, member) && isHealthy(seen, member))
    return act(moveLeader(spec, { from: member.ordinal, to: target, why: `${name} is to be replaced: ${why}` }));
  return act(removeMember(spec, { member, via, why }));
}
