/** A node's way into its shard: it follows the primary, and its claim records whose data it holds. */
import { podName } from "../../names.ts";
import { claimIntent, type Marks } from "../../resources/claim.ts";
import type { ClaimSeen, NodeSeen, ValkeySeen } from "../../seen.ts";
import { sameServer, serverText } from "../../server.ts";
import type { ValkeySpec } from "../../spec.ts";
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
    if (claim === undefined || claim.terminating) return [];
    const wish = { clusterId, nodeId: node.id, server: recordOf(spec, node, claim) };
    const current = claim.ours && sameMarks(claim, wish);
    return current ? [] : [{ claim, node, wish }];
  });
  if (unrecorded.length === 0) return undefined;
  return act({
    kind: "apply",
    id: `claims/record/${unrecorded.map(({ node }) => podName(spec, node.place)).join("+")}`,
    title: `Record whose data ${unrecorded.map(({ claim }) => claim.name).join(", ")} holds`,
    why: "whoever starts from it has to know the node, and which server reads it",
    objects: unrecorded.map(({ claim, wish }) => claimIntent(spec, claim, wish)),
  });
};

/** Raised before a newer server starts, and put right by the node when it runs what is asked for. */
function recordOf({ server }: ValkeySpec, node: NodeSeen, claim: ClaimSeen): string | undefined {
  return claim.server === undefined || sameServer(node.server, server) ? serverText(node.server) : claim.server;
}

function sameMarks(a: Marks, b: Marks): boolean {
  return a.clusterId === b.clusterId && a.nodeId === b.nodeId && a.server === b.server;
}
