import { parseQuantity } from "../../../../api/quantity.ts";
import { types } from "../../../../kube/objects.ts";
import { statefulSetName } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import { memberAt } from "../facts.ts";
import type { ClaimSeen, EtcdSeen } from "../../seen.ts";
import type { EtcdSpec } from "../../spec.ts";
import { growTo, refuseSize, type SizeWish } from "../../../../plan/volumes.ts";
import { act, type Rule, type Situation } from "../rule.ts";

/** Who asks for a size is refused before anything changes; a spec that asks for it already is healed as far as possible first. */
export const refuseVolumeChange: Rule = (situation) =>
  situation.verb === "scale" || situation.verb === "install"
    ? refuseSize(wishOf(situation.spec, situation.seen), claimsToServe(situation))
    : undefined;

function wishOf({ storage }: EtcdSpec, { expandable }: EtcdSeen): SizeWish {
  return { storage, expandable };
}

/** Until a quorum tells whose they are, those that bear a member's record: the members start on them, be they kept from before. */
function claimsToServe({ spec, seen }: Situation): readonly ClaimSeen[] {
  if (seen.membership.known) return claimsInUse(seen);
  return seen.claims.filter(
    (claim) => !claim.terminating && claim.memberId !== undefined && claim.ordinal < spec.replicas,
  );
}

/** Those of members: others are never grown. */
function claimsInUse(seen: EtcdSeen): readonly ClaimSeen[] {
  return seen.claims.filter((claim) => claim.ours && !claim.terminating && memberAt(seen, claim.ordinal) !== undefined);
}

/** Volumes grow by their claims where the storage class allows it; the StatefulSet's own template can't change and is made anew around the running pods (engines.md §0.3). */
export const growVolumes: Rule = ({ spec, seen }) =>
  growTo(wishOf(spec, seen), claimsInUse(seen), (claim) => claimIntent(spec, claim, { size: spec.storage.size }));

export const renewClaimTemplate: Rule = ({ spec, seen }) => {
  const { statefulSet } = seen;
  if (statefulSet === undefined || parseQuantity(statefulSet.claimSize) === spec.storage.bytes) return undefined;
  return act({
    kind: "delete",
    id: "statefulset/renew",
    title: "Make the StatefulSet anew around its running pods",
    why: `its claim template says ${statefulSet.claimSize}, and can't be changed`,
    target: { type: types.statefulSet, namespace: spec.namespace, name: statefulSetName(spec) },
    uid: statefulSet.uid,
    propagation: "Orphan",
  });
};
