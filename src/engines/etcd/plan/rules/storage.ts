import { parseQuantity } from "../../../../api/quantity.ts";
import { types } from "../../../../kube/objects.ts";
import { statefulSetName } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import { memberAt } from "../facts.ts";
import type { ClaimSeen, EtcdSeen } from "../../seen.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";

/** Who asks for a size is refused before anything changes; a spec that asks for it already is healed as far as possible first. */
export const refuseVolumeChange: Rule = (situation) =>
  situation.verb === "scale" || situation.verb === "install" ? refusal(situation, claimsToServe(situation)) : undefined;

function refusal({ spec, seen }: Situation, claims: readonly ClaimSeen[]): Decision | undefined {
  const larger = claims.find((claim) => claim.requestedBytes > spec.storage.bytes);
  if (larger !== undefined) {
    return block({
      guard: "no-shrink-volume",
      message: `a volume can't shrink: set spec.storage.size to at least ${larger.requested}`,
      observed: `${larger.name} asks for ${larger.requested}, spec.storage.size is ${spec.storage.size}`,
    });
  }
  const [small] = claims.filter((claim) => claim.requestedBytes < spec.storage.bytes);
  if (small !== undefined && seen.expandable === false) {
    return block({
      guard: "volume-expansion-allowed",
      message: `the storage class of the claims does not allow them to grow: they stay at ${small.requested}`,
      observed: `allowVolumeExpansion of the class of ${small.name} is not true`,
    });
  }
  return undefined;
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
export const growVolumes: Rule = (situation) => {
  const { spec, seen } = situation;
  const claims = claimsInUse(seen);
  const refused = refusal(situation, claims);
  if (refused !== undefined) return refused;
  const small = claims.filter((claim) => claim.requestedBytes < spec.storage.bytes);
  if (small.length > 0) {
    return act({
      kind: "apply",
      id: `claims-grow/${spec.storage.size}`,
      title: `Grow ${small.map((claim) => claim.name).join(", ")} to ${spec.storage.size}`,
      why: `they ask for ${small[0]?.requested ?? ""}`,
      objects: small.map((claim) => claimIntent(spec, claim, { size: spec.storage.size })),
    });
  }
  const growing = claims.find(
    (claim) => (claim.capacityBytes ?? spec.storage.bytes) < spec.storage.bytes && !claim.restartToResize,
  );
  if (growing !== undefined)
    return waitFor(`${growing.name} has grown`, `its capacity is ${String(growing.capacityBytes)} bytes`);
  return undefined;
};

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
