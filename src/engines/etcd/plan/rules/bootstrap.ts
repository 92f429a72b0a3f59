import { parseMode, sealed } from "../../config-mode.ts";
import { claimIntent, type ClaimWish } from "../../resources/claim.ts";
import { configMap } from "../../resources/config-map.ts";
import { claimAt, hasLostData, healthyVoters, identityOf, members } from "../facts.ts";
import type { KubeObject } from "../../../../kube/objects.ts";
import type { ClaimSeen, EtcdSeen, MemberSeen } from "../../seen.ts";
import type { EtcdSpec } from "../../spec.ts";
import { replacedBy, wishedStarts } from "../modes.ts";
import { foreseenId } from "../settle.ts";
import { act, waitFor, type Rule } from "../rule.ts";

/**
 * All members of the first bootstrap must have joined before the cluster counts as formed. Then that is recorded for good: on each
 * claim, and in the configuration, which from then on lets no member start from an empty directory.
 */
export const finishBootstrap: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) !== undefined || seen.config === undefined) return undefined;
  const begun =
    Object.values(seen.config.modes)
      .map(parseMode)
      .find((mode) => mode?.state === "new")?.ordinals ?? Object.keys(seen.config.modes).map(Number);
  const { membership } = seen;
  const joined = healthyVoters(seen);
  // One that had joined and lost its disk before that could be recorded can't join again: it is replaced once the cluster has formed.
  const missing = begun.filter((ordinal) => !joined.some((member) => member.ordinal === ordinal));
  if (!membership.known || missing.some((ordinal) => !hasLostData(seen, ordinal))) {
    const all = begun.length === 1 ? "the member has joined" : `all ${String(begun.length)} members have joined`;
    return waitFor(all, "the cluster is forming for the first time");
  }
  const claims = joined.flatMap((member) => {
    const claim = member.ordinal === undefined ? undefined : claimAt(seen, member.ordinal);
    return claim === undefined ? [] : [claimIntent(spec, claim, marksOf(spec, membership.clusterId, member))];
  });
  return act({
    kind: "apply",
    id: "identity/record",
    title: `Record that ${membership.clusterId === foreseenId ? "the cluster" : `cluster ${membership.clusterId}`} has formed`,
    why: "a formed cluster is never bootstrapped again, and a member without data must not start under its old id",
    objects: [
      ...claims,
      configMap(spec, {
        modes: Object.fromEntries(begun.map((ordinal) => [ordinal, sealed(ordinal)])),
        restarts: {},
        clusterId: membership.clusterId,
        replacedBy: replacedBy(spec, seen),
      }),
    ],
  });
};

/** Each claim says whose data it holds. A member that joined since is recorded before it gets a vote. */
export const recordMembers: Rule = ({ spec, seen }) => {
  if (!seen.membership.known) return undefined;
  const { clusterId } = seen.membership;
  const unrecorded = members(seen).flatMap((member) => {
    const claim = member.ordinal === undefined || !member.started ? undefined : claimAt(seen, member.ordinal);
    const answered = seen.endpoints.some(
      (endpoint) => endpoint.ordinal === member.ordinal && endpoint.memberId === member.id,
    );
    const recorded = claim?.ours === true && claim.memberId === member.id && claim.clusterId === clusterId;
    return claim === undefined || claim.terminating || recorded || !answered ? [] : [{ claim, member }];
  });
  const [first] = unrecorded;
  if (first === undefined) return undefined;
  return act({
    kind: "apply",
    id: `identity/${unrecorded.map(({ claim }) => claim.name).join("+")}`,
    title: `Record whose data ${unrecorded.map(({ claim }) => claim.name).join(", ")} holds`,
    why: "the member has joined",
    objects: [
      ...unrecorded.map(({ claim, member }) => claimIntent(spec, claim, marksOf(spec, clusterId, member))),
      sealedConfig(spec, seen, unrecorded),
    ],
  });
};

function marksOf({ version }: EtcdSpec, clusterId: string, { id }: MemberSeen): ClaimWish {
  return { clusterId, memberId: id, version };
}

/** The configuration with the members of `recorded` sealed: from now on none of them starts without its data. */
function sealedConfig(
  spec: EtcdSpec,
  seen: EtcdSeen,
  recorded: readonly { readonly claim: ClaimSeen; readonly member: MemberSeen }[],
): KubeObject {
  const claims = seen.claims.map((claim) => ({
    ...claim,
    memberId: recorded.find((entry) => entry.claim.uid === claim.uid)?.member.id ?? claim.memberId,
  }));
  return configMap(spec, wishedStarts(spec, { ...seen, claims }));
}
