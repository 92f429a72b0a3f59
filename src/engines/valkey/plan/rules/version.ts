import { withoutRecentBackup } from "../../../../backup/recent.ts";
import type { ValkeySeen } from "../../seen.ts";
import type { ValkeySpec } from "../../spec.ts";
import { compareVersions } from "../../versions.ts";
import { identityOf } from "../facts.ts";
import { block, type Rule } from "../rule.ts";

/** A node never reads what a newer one has written (engines.md §4.7). */
export const refuseOlderVersion: Rule = ({ spec, seen }) => {
  const newest = seen.nodes
    .map((node) => node.version)
    .toSorted(compareVersions)
    .at(-1);
  if (newest === undefined || compareVersions(spec.version, newest) >= 0) return undefined;
  return block({
    guard: "version-step-legal",
    message: `Valkey never goes back to an older version: what ${newest} has written, ${spec.version} may not read`,
    observed: `nodes run ${newest}, spec.version is ${spec.version}`,
    lift: `kubectl dbop upgrade ${spec.name} -n ${spec.namespace} --version ${newest}`,
  });
};

/** An upgrade can't be taken back: a backup that was tried is the way home. */
export const refuseWithoutBackup: Rule = ({ spec, seen, verb, consents, now }) => {
  if (verb !== "upgrade" || consents.has("without-recent-backup") || !isToBeUpgraded(spec, seen)) return undefined;
  const { backups = [] } = seen;
  const lift = "--without-recent-backup";
  const verdict = withoutRecentBackup({ backups, database: spec, identity: identityOf(spec, seen), now, lift });
  return verdict && block(verdict);
};

/** A node runs an older version than is asked for. */
export function isToBeUpgraded(
  { version }: Pick<ValkeySpec, "version">,
  { nodes }: Pick<ValkeySeen, "nodes">,
): boolean {
  return nodes.some((node) => compareVersions(node.version, version) < 0);
}
