import { claimAt, identityOf, lastKnownSize, mayHoldData, memberAt, ordinals, quorum } from "../facts.ts";
import { block, type Rule } from "../rule.ts";

/**
 * The cluster has formed once and its data is gone: it can only be restored. It is never bootstrapped again, and nothing is created
 * that would look like it (engines.md §0.2: destroyed). While the quorum answers its data is there by definition.
 */
export const refuseWhenDataIsLost: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) === undefined || seen.membership.known) return undefined;
  const size = lastKnownSize(seen);
  const holding = seen.claims.filter((claim) => mayHoldData(seen, claim));
  if (holding.length >= quorum(size)) return undefined;
  const lost = ordinals(size).filter((ordinal) => {
    const claim = claimAt(seen, ordinal);
    return claim === undefined || !mayHoldData(seen, claim);
  });
  const survivors = holding.map((claim) => claim.name).join(", ");
  return block({
    guard: "data-lost",
    message:
      holding.length === 0
        ? "all data of this cluster is gone: no claim holds the data of any member. It can only be restored from a backup"
        : `the data of the majority is gone: only ${survivors} of ${String(size)} members' claims hold data. Nothing is done by itself; keep ${survivors} and restore from a backup, or from ${survivors} with etcdutl snapshot restore`,
    observed: `cluster ${identityOf(spec, seen) ?? ""} was formed; without data: ${lost.map((ordinal) => `data-${spec.name}-${String(ordinal)}`).join(", ")}`,
    lift: `kubectl dbop restore ${spec.name} -n ${spec.namespace} --in-place --from … --confirm=${spec.name}${spec.replacement === undefined ? "" : " --again"}`,
  });
};

/** Members the quorum knows whose names are none of ours were added by somebody else: only they know why. */
export const refuseForeignMembers: Rule = ({ spec, seen }) => {
  if (!seen.membership.known) return undefined;
  const identity = identityOf(spec, seen);
  if (identity !== undefined && seen.membership.clusterId !== identity) {
    return block({
      guard: "foreign-member",
      message: "the members belong to another etcd cluster than the one recorded: the volumes were exchanged",
      observed: `cluster id ${seen.membership.clusterId}, recorded ${identity}`,
    });
  }
  const strangers = seen.membership.members.filter((member) => member.ordinal === undefined);
  const doubled = seen.membership.members.filter(
    (member) => member.ordinal !== undefined && memberAt(seen, member.ordinal) !== member,
  );
  const [stranger] = [...strangers, ...doubled];
  if (stranger === undefined) return undefined;
  return block({
    guard: "foreign-member",
    message: `member ${stranger.id} at ${stranger.peerUrl} is not one that this cluster's StatefulSet can run`,
    observed: "etcdctl member list",
    lift: `kubectl exec ${spec.name}-0 -n ${spec.namespace} -- etcdctl … member remove ${stranger.id}`,
  });
};
