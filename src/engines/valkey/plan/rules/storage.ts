import { parseQuantity } from "../../../../api/quantity.ts";
import { types } from "../../../../kube/objects.ts";
import { shardName } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import { podAt } from "../facts.ts";
import type { ClaimSeen, ValkeySeen } from "../../seen.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";

/** Who asks for a size is refused before anything changes; a spec that asks for it already is healed as far as possible first. */
export const refuseVolumeChange: Rule = (situation) =>
  situation.verb === "scale" || situation.verb === "install" ? refusal(situation, claimsToServe(situation)) : undefined;

/** As long as no node answers, those that bear a node's record: nodes start on them, be they kept from before. */
function claimsToServe({ seen }: Situation): readonly ClaimSeen[] {
  if (seen.nodes.length > 0) return claimsInUse(seen);
  return seen.claims.filter((claim) => !claim.terminating && claim.nodeId !== undefined);
}

function refusal({ spec, seen }: Situation, claims: readonly ClaimSeen[]): Decision | undefined {
  const larger = claims.find((claim) => claim.requestedBytes > spec.storage.bytes);
  if (larger !== undefined)
    return block({
      guard: "no-shrink-volume",
      message: `a volume can't shrink: set spec.storage.size to at least ${larger.requested}`,
      observed: `${larger.name} asks for ${larger.requested}, spec.storage.size is ${spec.storage.size}`,
    });
  const small = claims.find((claim) => claim.requestedBytes < spec.storage.bytes);
  if (small === undefined || seen.expandable !== false) return undefined;
  return block({
    guard: "volume-expansion-allowed",
    message: "the storage class of the claims does not allow them to grow",
    observed: `allowVolumeExpansion of the class of ${small.name} is not true`,
  });
}

/** Those of nodes: others are never grown. */
function claimsInUse(seen: ValkeySeen): readonly ClaimSeen[] {
  return seen.claims.filter((claim) => claim.ours && !claim.terminating && podAt(seen, claim.place) !== undefined);
}

/** Volumes grow by their claims where the storage class allows it. */
export const growVolumes: Rule = (situation) => {
  const { spec, seen } = situation;
  const claims = claimsInUse(seen);
  const refused = refusal(situation, claims);
  if (refused !== undefined) return refused;
  const small = claims.filter((claim) => claim.requestedBytes < spec.storage.bytes);
  if (small.length > 0)
    return act({
      kind: "apply",
      id: `claims-grow/${spec.storage.size}`,
      title: `Grow ${small.map((claim) => claim.name).join(", ")} to ${spec.storage.size}`,
      why: `they ask for ${small[0]?.requested ?? ""}`,
      objects: small.map((claim) => claimIntent(spec, claim, { size: spec.storage.size })),
    });
  const growing = claims.find(
    (claim) => (claim.capacityBytes ?? spec.storage.bytes) < spec.storage.bytes && !claim.restartToResize,
  );
  return growing === undefined
    ? undefined
    : waitFor(`${growing.name} has grown`, `its capacity is ${String(growing.capacityBytes)} bytes`);
};

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
