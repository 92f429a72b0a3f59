import type { ClaimSeen } from "../../seen.ts";
import { claimsToAdopt } from "../adoption.ts";
import { identityOf } from "../facts.ts";
import { block, type Decision, type Rule } from "../rule.ts";

/** Objects with our names that somebody else made are left alone unless the user says they are ours (`--adopt`). */
export const refuseForeignObjects: Rule = ({ seen, consents }) => {
  if (seen.foreign.length === 0 || consents.has("adopt")) return undefined;
  return block({
    guard: "owned-by-us",
    message: `${seen.foreign.join(", ")} ${seen.foreign.length === 1 ? "has" : "have"} the name this cluster needs and ${seen.foreign.length === 1 ? "was" : "were"} not made for it`,
    observed: "no label dbop.dev/cluster-uid with the uid of this DatabaseCluster",
    lift: "--adopt",
  });
};

/**
 * A claim with one of our names that was not made for this DatabaseCluster may hold somebody's data. With `--adopt` it is taken over if
 * it bears the record of a formed cluster: its members then start from what they hold. One without a record is never touched.
 */
export const refuseForeignClaims: Rule = ({ spec, seen, consents }) => {
  const foreign = claimsToAdopt(spec, seen);
  if (foreign.length === 0) return undefined;
  const names = namesOf(foreign);
  const unrecorded = foreign.filter((claim) => claim.clusterId === undefined || claim.memberId === undefined);
  if (unrecorded.length > 0) return refuseUnrecorded(unrecorded, foreign);
  const clusters = [identityOf(spec, seen), ...foreign.map((claim) => claim.clusterId)].filter(
    (id) => id !== undefined,
  );
  if (new Set(clusters).size > 1) {
    return block({
      guard: "no-bootstrap-over-data",
      message: `claims ${names} hold the data of different clusters: they can't be taken over together`,
      observed: foreign.map((claim) => `${claim.name}: dbop.dev/cluster-id=${claim.clusterId ?? ""}`).join(", "),
    });
  }
  if (consents.has("adopt")) return undefined;
  return block({
    guard: "no-bootstrap-over-data",
    message: `claims ${names} hold the data of an earlier cluster; --adopt starts its members from that data`,
    observed: `annotation dbop.dev/cluster-id=${foreign[0]?.clusterId ?? ""}`,
    lift: "--adopt",
  });
};

/** Names only those that stand in the way: the others may hold all there is. */
function refuseUnrecorded(unrecorded: readonly ClaimSeen[], foreign: readonly ClaimSeen[]): Decision {
  const recorded = foreign.filter((claim) => !unrecorded.includes(claim));
  const others =
    recorded.length === 0
      ? ""
      : `. Keep ${namesOf(recorded)}: they hold the data of an earlier cluster, which --adopt takes over then`;
  return block({
    guard: "no-bootstrap-over-data",
    message: `nothing tells whose data ${namesOf(unrecorded)} holds, and it was not made for this cluster. Look into it, and delete or rename it alone if it is not needed${others}`,
    observed: `${namesOf(unrecorded)}: no annotation dbop.dev/cluster-id`,
  });
}

function namesOf(claims: readonly ClaimSeen[]): string {
  return claims.map((claim) => claim.name).join(", ");
}
