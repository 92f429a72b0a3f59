/** A node's way into its shard: it follows the primary, and its claim records whose data it holds. */
import { podName } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import type { NodeSeen, ValkeySeen } from "../../seen.ts";
import { claimAt, identityOf, primaryOf } from "../facts.ts";
import { act, type Rule } from "../rule.ts";

/** A node without slots that is not its shard's primary follows it; so does one that follows somebody who is no primary any more. */
export const followPrimary: Rule = ({ spec, seen }) => {
  const node = seen.nodes.find((one) => needsPrimary(seen, one));
  const primary = node === undefined ? undefined : primaryOf(seen, node.place.shard);
  if (node === undefined || primary === undefined) return undefined;
  return act({
    kind: "command",
    id: `replicate/${podName(spec, node.place)}`,
    title: `Let ${podName(spec, node.place)} follow ${podName(spec, primary.place)}`,
    why: node.role === "replica" ? "it follows a node that is not the primary of its shard" : "it has no slots",
    command: { name: "replicate", place: node.place, primaryId: primary.id },
  });
};

function needsPrimary(seen: ValkeySeen, node: NodeSeen): boolean {
  const primary = primaryOf(seen, node.place.shard);
  if (primary === undefined || primary === node || node.slots.length > 0) return false;
  if (node.role === "primary") return node.keys === 0;
  return node.primaryId !== primary.id;
}

/** Without the record nobody could tell a node that came back empty from one that is new. */
export const recordNodes: Rule = ({ spec, seen }) => {
  const clusterId = identityOf(spec, seen);
  if (clusterId === undefined) return undefined;
  const unrecorded = seen.nodes.flatMap((node) => {
    const claim = claimAt(seen, node.place);
    const current = claim?.ours === true && claim.nodeId === node.id && claim.clusterId === clusterId;
    return claim === undefined || claim.terminating || current ? [] : [{ claim, node }];
  });
  if (unrecorded.length === 0) return undefined;
  return act({
    kind: "apply",
    id: `claims/record/${unrecorded.map(({ node }) => podName(spec, node.place)).join("+")}`,
    title: `Record whose data ${unrecorded.map(({ claim }) => claim.name).join(", ")} holds`,
    why: "the node has joined",
    objects: unrecorded.map(({ claim, node }) => claimIntent(spec, claim, { clusterId, nodeId: node.id })),
  });
};
