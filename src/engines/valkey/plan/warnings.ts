import type { Verdict } from "../../../plan/step.ts";
import type { Situation } from "./rule.ts";
import { daysLeft } from "../../../resources/tls/inspect.ts";
import { leftoverClaims } from "./rules/size.ts";

/** New certificates can't outlive their authority: from here on they are shorter than a year, until there are none. */
const authorityNoticeDays = 365;

/** What is allowed and yet worth knowing. */
export function warningsOf(situation: Situation): readonly Verdict[] {
  const { spec } = situation;
  const warnings: Verdict[] = [];
  if (spec.shards === 1)
    warnings.push({
      guard: "odd-size",
      message: "with one shard nobody elects who takes over when its primary fails: only a failover by hand does",
      observed: "spec.shards is 1",
    });
  if (spec.replicas === 1)
    warnings.push({
      guard: "odd-size",
      message: "a shard of one node has no copy of its data: what its volume loses is lost",
      observed: "spec.replicas is 1",
    });
  warnings.push(...certificateWarnings(situation));
  const leftovers = situation.verb === "scale" || situation.verb === "reshard" ? [] : leftoverClaims(situation);
  if (leftovers.length > 0)
    warnings.push({
      guard: "stale-claims",
      message: `${leftovers.map((claim) => claim.name).join(", ")}: left by nodes that have gone; they are never joined again`,
      observed: "claims without a node",
      lift: `kubectl dbop scale ${spec.name} -n ${spec.namespace} --replicas ${String(spec.replicas)} --confirm=${spec.name}`,
    });
  return warnings;
}

function certificateWarnings({ spec, seen: { certificate }, now }: Situation): readonly Verdict[] {
  if (certificate === undefined) return [];
  const { notAfter, due, authorityNotAfter } = certificate;
  const warning = (message: string, until: string, lift?: string): Verdict => ({
    guard: "certificates-valid",
    message,
    observed: `notAfter ${until}`,
    ...(lift === undefined ? {} : { lift }),
  });
  const days = authorityNotAfter === undefined ? undefined : daysLeft(new Date(authorityNotAfter), now);
  return [
    ...(spec.tls.mode === "secret" && due
      ? [warning("a certificate in your Secrets is in the last third of its time: put another there", notAfter)]
      : []),
    ...(days !== undefined && days < authorityNoticeDays
      ? [
          warning(
            `the authority of the certificates ends in ${String(days)} days, and with it every certificate it has issued`,
            authorityNotAfter ?? "",
            `kubectl dbop rotate ${spec.name} -n ${spec.namespace} --ca`,
          ),
        ]
      : []),
  ];
}
