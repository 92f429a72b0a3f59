import type { Verdict } from "../../../plan/step.ts";
import { daysLeft } from "../../../resources/tls/inspect.ts";
import { stageName, trustOf } from "../../../resources/tls/stage.ts";
import { memberName } from "../names.ts";
import { healthyVoters, voters } from "./facts.ts";
import type { Situation } from "./rule.ts";
import { canSpareOne, fragmentedMembers, mebibytes } from "./rules/maintenance.ts";
import { leftoverClaims } from "./rules/scale.ts";

/** What is allowed and yet worth knowing. */
export function warningsOf(situation: Situation): readonly Verdict[] {
  const { spec, seen } = situation;
  const warnings: Verdict[] = [];
  if (spec.replicas % 2 === 0) {
    warnings.push({
      guard: "odd-size",
      message: `${String(spec.replicas)} members survive no more failures than ${String(spec.replicas - 1)}, and one more must agree to each write`,
      observed: `spec.replicas is ${String(spec.replicas)}`,
    });
  }
  const leftovers = situation.verb === "scale" ? [] : leftoverClaims(situation);
  if (leftovers.length > 0) {
    warnings.push({
      guard: "stale-claims",
      message: `${leftovers.map((claim) => claim.name).join(", ")}: left by members that have gone; they are never joined again`,
      observed: "claims without a member",
      lift: `kubectl dbop scale ${spec.name} -n ${spec.namespace} --replicas ${String(spec.replicas)} --confirm=${spec.name}`,
    });
  }
  const doomed = seen.claims.filter(
    (claim) =>
      claim.terminating &&
      claim.memberId !== undefined &&
      healthyVoters(seen).some((member) => member.ordinal === claim.ordinal),
  );
  for (const claim of doomed) {
    warnings.push({
      guard: "data-lost",
      message: `${claim.name} is marked for deletion and goes when its pod stops; its member is then replaced`,
      observed: `deletionTimestamp is set; ${String(healthyVoters(seen).length)} of ${String(voters(seen).length)} voters healthy`,
    });
  }
  warnings.push(...reclaimableSpace(situation), ...certificateWarnings(situation));
  return warnings;
}

/** Free space inside a file that nobody is asked to pay for with an interruption: it is used again, and only never given back. */
function reclaimableSpace({ verb, spec, seen }: Situation): readonly Verdict[] {
  const fragmented = verb === "reconcile" && !canSpareOne(seen) ? fragmentedMembers(seen) : [];
  return fragmented.map((member) => ({
    guard: "space-reclaimable",
    message: `${memberName(spec, member.ordinal)} could give back ${mebibytes(seen, member)} of its volume; with fewer than three voters a defragmentation would interrupt the service, and no pass does it`,
    observed: "etcdctl endpoint status: dbSize and dbSizeInUse",
  }));
}

/** New certificates can't outlive their authority: from here on they are shorter than a year, until there are none. */
const authorityNoticeDays = 365;

function certificateWarnings({ verb, now, spec, seen }: Situation): readonly Verdict[] {
  const { stage, authorities } = seen.certificates;
  const rotate = `kubectl dbop rotate ${spec.name} -n ${spec.namespace} --ca`;
  const halfway: readonly Verdict[] =
    stageName(stage) === "settled" || verb === "rotate" || verb === "reconcile"
      ? []
      : [
          {
            guard: "one-change-in-flight",
            message:
              "the certificate authorities are being rotated; it stays where it is, which is safe, until it is gone on with",
            observed: `members are to trust authorities ${trustOf(stage)}`,
            lift: `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`,
          },
        ];
  const ending = authorities.filter(({ notAfter }) => daysLeft(new Date(notAfter), now) < authorityNoticeDays);
  return [
    ...halfway,
    ...ending.map(({ name, notAfter }): Verdict => ({
      guard: "certificates-valid",
      message: `the ${name} authority ends in ${String(daysLeft(new Date(notAfter), now))} days, and with it every certificate it has issued; no pass rotates it unasked`,
      observed: `notAfter ${notAfter}`,
      lift: rotate,
    })),
  ];
}
