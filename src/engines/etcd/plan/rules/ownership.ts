import { identityOf } from "../facts.ts";
import { block, type Rule } from "../rule.ts";

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
  const foreign = seen.claims.filter((claim) => !claim.ours && claim.ordinal < spec.replicas);
  if (foreign.length === 0) return undefined;
  const names = foreign.map((claim) => claim.name).join(", ");
  const unrecorded = foreign.filter((claim) => claim.clusterId === undefined || claim.memberId === undefined);
  const clusters = new Set(
    [identityOf(spec, seen), ...foreign.map((claim) => claim.clusterId)].filter((id) => id !== undefined),
  );
  if (unrecorded.length > 0 || clusters.size > 1) {
    return block({
      guard: "no-bootstrap-over-data",
      message: `claims ${names} were not made for this cluster and do not bear the record of one cluster that could be taken over; delete or rename them if their data is not needed`,
      observed: `${unrecorded.map((claim) => claim.name).join(", ") || names}: ${unrecorded.length > 0 ? "no annotation dbop.dev/cluster-id" : "annotations of different clusters"}`,
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
