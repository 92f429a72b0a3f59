import { parseQuantity } from "../../../../api/quantity.ts";
import { types } from "../../../../kube/objects.ts";
import { shardName } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import { podAt } from "../facts.ts";
import type { ClaimSeen, ValkeySeen } from "../../seen.ts";
import type { ValkeySpec } from "../../spec.ts";
import { growTo, refuseSize, type SizeWish } from "../../../../plan/volumes.ts";
import { act, type Rule, type Situation } from "../rule.ts";

/** Who asks for a size is refused before anything changes; a spec that asks for it already is healed as far as possible first. */
export const refuseVolumeChange: Rule = (situation) =>
  situation.verb === "scale" || situation.verb === "install"
    ? refuseSize(wishOf(situation.spec, situation.seen), claimsToServe(situation))
    : undefined;

function wishOf({ storage }: ValkeySpec, { expandable }: ValkeySeen): SizeWish {
  return { storage, expandable };
}

/** As long as no node answers, those that bear a node's record: nodes start on them, be they kept from before. */
function claimsToServe({ seen }: Situation): readonly ClaimSeen[] {
  if (seen.nodes.length > 0) return claimsInUse(seen);
  return seen.claims.filter((claim) => !claim.terminating && claim.nodeId !== undefined);
}

/** Those of nodes: others are never grown. */
function claimsInUse(seen: ValkeySeen): readonly ClaimSeen[] {
  return seen.claims.filter((claim) => claim.ours && !claim.terminating && podAt(seen, claim.place) !== undefined);
}

/** Volumes grow by their claims where the storage class allows it. */
export const growVolumes: Rule = ({ spec, seen }) =>
  growTo(wishOf(spec, seen), claimsInUse(seen), (claim) => claimIntent(spec, claim, { size: spec.storage.size }));

/** A StatefulSet's claim template can't change: it is made anew around its running pods (engines.md §0.3). */
export const renewClaimTemplates: Rule = ({ spec, seen }) => {
  const set = seen.shards.find((one) => parseQuantity(one.claimSize) !== spec.storage.bytes);
  if (set === undefined) return undefined;
  return act({
    kind: "delete",
    id: `statefulset/renew/${shardName(spec, set.shard)}`,
    title: `Make ${shardName(spec, set.shard)} anew around its running pods`,
    why: `its claim template says ${set.claimSize}, and can't be changed`,
    target: { type: types.statefulSet, namespace: spec.namespace, name: shardName(spec, set.shard) },
    uid: set.uid,
    propagation: "Orphan",
  });
};
