/** Which server reads what another has written (engines.md §4.7), and that what runs is what is asked for. */
import { withoutRecentBackup } from "../../../../backup/recent.ts";
import type { KubeObject } from "../../../../kube/objects.ts";
import { podName } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import type { ClaimSeen, NodeSeen, ValkeySeen } from "../../seen.ts";
import {
  compareServers,
  officialImage,
  readServer,
  sameServer,
  serverText,
  serverTitle,
  whyUnreadable,
} from "../../server.ts";
import type { ValkeySpec } from "../../spec.ts";
import { identityOf, podAt } from "../facts.ts";
import { block, type Rule } from "../rule.ts";

/** A node never reads what a newer one has written, and Valkey not what a late Redis has. */
export const refuseUnreadable: Rule = ({ spec, seen }) => {
  const [newest] = seen.nodes
    .map((node) => ({ node, why: whyUnreadable(node.server, spec.server) }))
    .filter(({ why }) => why !== undefined)
    .toSorted((a, b) => compareServers(b.node.server, a.node.server));
  if (newest?.why === undefined) return undefined;
  const { server } = newest.node;
  return block({
    guard: "version-step-legal",
    message: newest.why,
    observed: `${podName(spec, newest.node.place)} runs ${serverTitle(server)}, ${wish(spec)}`,
    lift: `kubectl dbop upgrade ${spec.name} -n ${spec.namespace} --version ${server.version}${server.flavour === spec.server.flavour ? "" : ` --image ${officialImage(server)}`}`,
  });
};

/** Nodes that start on data kept from before would end at once, each of them, with a version that can't read it. */
export const refuseUnreadableData: Rule = ({ spec, seen }) => {
  if (seen.shards.length > 0) return undefined;
  for (const claim of seen.claims) {
    const wrote = readServer(claim.server);
    const why = wrote && whyUnreadable(wrote, spec.server);
    if (why === undefined) continue;
    return block({
      guard: "version-step-legal",
      message: `${claim.name} can't be started from: ${why}. Start from it with what wrote it, and upgrade then`,
      observed: `annotation dbop.dev/version=${claim.server ?? ""}, ${wish(spec)}`,
    });
  }
  return undefined;
};

/** The image decides what runs: where that is not what the spec says, nothing goes on that would rely on it. */
export const refuseOtherServer: Rule = ({ spec, seen }) => {
  const other = seen.nodes.find((node) => !sameServer(node.server, spec.server) && isCurrent(seen, node));
  if (other === undefined) return undefined;
  return block({
    guard: "image-as-asked",
    message: `the image ${spec.image} holds ${serverTitle(other.server)}, not ${serverTitle(spec.server)}: name the image of the version, or the version of the image`,
    observed: `${podName(spec, other.place)} runs ${serverTitle(other.server)}, ${wish(spec)}`,
    lift: `kubectl dbop upgrade ${spec.name} -n ${spec.namespace} --version ${spec.server.version} --image …`,
  });
};

/** Before a cluster forms; one that has formed is healed as far as possible first. */
export const refuseOtherServerFirst: Rule = (situation) =>
  identityOf(situation.spec, situation.seen) === undefined ? refuseOtherServer(situation) : undefined;

/** Made from the template that there is now, which asks for this image. */
function isCurrent(seen: ValkeySeen, { place }: NodeSeen): boolean {
  const set = seen.shards.find((one) => one.shard === place.shard);
  const pod = podAt(seen, place);
  return set?.current === true && set.observed && pod !== undefined && !pod.outdated && !pod.terminating;
}

function wish({ server, image }: ValkeySpec): string {
  return `spec.version is ${server.version} with image ${image}`;
}

/**
 * An upgrade can't be taken back: a backup that was tried is the way home. Whichever verb finds another version in the spec: a pass that nobody
 * watches would begin it too. What has begun is gone on with, since a cluster of two versions is no place to stay.
 */
export const refuseWithoutBackup: Rule = ({ spec, seen, verb, consents, now }) => {
  const hasBegun = seen.nodes.some((node) => sameServer(node.server, spec.server));
  const waiting = { nodes: seen.nodes.filter((node) => !isCurrent(seen, node)) };
  if (consents.has("without-recent-backup") || hasBegun || !isToBeUpgraded(spec, waiting)) return undefined;
  const { backups = [] } = seen;
  const flag = "--without-recent-backup";
  const upgrade = `kubectl dbop upgrade ${spec.name} -n ${spec.namespace} --version ${spec.server.version}`;
  const lift = verb === "upgrade" ? flag : `${upgrade} ${flag}`;
  const verdict = withoutRecentBackup({ backups, database: spec, identity: identityOf(spec, seen), now, lift });
  return verdict && block(verdict);
};

/** A node runs an older server than is asked for. */
export function isToBeUpgraded({ server }: Pick<ValkeySpec, "server">, { nodes }: Pick<ValkeySeen, "nodes">): boolean {
  return nodes.some((node) => compareServers(node.server, server) < 0);
}

/**
 * The records of claims as they are to be before any node runs what is asked for, so that no data is ever newer than its record. One that says a higher one
 * keeps it, until the node that runs on it says otherwise (`recordNodes`).
 */
export function raisedClaims(spec: ValkeySpec, seen: ValkeySeen): readonly KubeObject[] {
  return seen.claims
    .filter((claim) => claim.ours && !claim.terminating && claim.nodeId !== undefined && isBelow(claim, spec))
    .map((claim) => claimIntent(spec, claim, { server: serverText(spec.server) }));
}

function isBelow({ server }: ClaimSeen, spec: ValkeySpec): boolean {
  const recorded = readServer(server);
  return recorded === undefined || compareServers(recorded, spec.server) < 0;
}
