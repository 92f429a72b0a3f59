import { isPristine, nodeAt } from "../facts.ts";
import { podName } from "../../names.ts";
import { block, type Rule } from "../rule.ts";

/** Objects with our names that somebody else made are left alone unless the user says they are ours (`--adopt`). */
export const refuseForeignObjects: Rule = ({ seen, consents }) => {
  if (seen.foreign.length === 0 || consents.has("adopt")) return undefined;
  const one = seen.foreign.length === 1;
  return block({
    guard: "owned-by-us",
    message: `${seen.foreign.join(", ")} ${one ? "has" : "have"} the name this cluster needs and ${one ? "was" : "were"} not made for it`,
    observed: "no label dbop.dev/cluster-uid with the uid of this DatabaseCluster",
    lift: "--adopt",
  });
};

/**
 * A claim with one of our names that was not made for this DatabaseCluster may hold somebody's data. With `--adopt` it is taken over if it bears the
 * record of a formed cluster: its node then starts from what it holds. One without a record is never touched.
 */
export const refuseForeignClaims: Rule = ({ seen, consents }) => {
  const foreign = seen.claims.filter((claim) => !claim.ours);
  if (foreign.length === 0) return undefined;
  const names = foreign.map((claim) => claim.name).join(", ");
  const unrecorded = foreign.filter((claim) => claim.clusterId === undefined || claim.nodeId === undefined);
  if (unrecorded.length === 0 && consents.has("adopt")) return undefined;
  return block({
    guard: "no-bootstrap-over-data",
    message:
      unrecorded.length > 0
        ? `nothing tells whose data ${unrecorded.map((claim) => claim.name).join(", ")} holds, and it was not made for this cluster`
        : `claims ${names} hold the data of an earlier cluster; --adopt starts its nodes from that data`,
    observed: `${names}: no label dbop.dev/cluster-uid with the uid of this DatabaseCluster`,
    ...(unrecorded.length > 0 ? {} : { lift: "--adopt" }),
  });
};

/** A node that holds keys or knows a cluster, and is none that was recorded, is somebody's: it is never brought together with ours. */
export const refuseForeignNodes: Rule = ({ spec, seen }) => {
  const ids = new Set(seen.nodes.map((node) => node.id));
  const foreign = seen.claims.flatMap((claim) => {
    const node = nodeAt(seen, claim.place);
    if (node === undefined || claim.nodeId === node.id || isPristine(node)) return [];
    const known = seen.nodes.some((other) => other !== node && other.peers.some((peer) => peer.id === node.id));
    const knowsOurs = node.peers.some((peer) => ids.has(peer.id));
    return known || knowsOurs || claim.clusterId === undefined ? [] : [node];
  });
  const [first] = foreign;
  if (first === undefined) return undefined;
  return block({
    guard: "foreign-member",
    message: `${podName(spec, first.place)} holds the data of another cluster: nobody here knows it, and it is not what its claim records`,
    observed: `node ${first.id} with ${String(first.keys)} keys`,
  });
};
