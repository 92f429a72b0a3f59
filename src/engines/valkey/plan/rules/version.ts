import { compareVersions } from "../../versions.ts";
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

/** There are no backups of Valkey yet that could be asked for: who upgrades says that they know it. */
export const refuseWithoutBackup: Rule = ({ spec, seen, verb, consents }) => {
  if (verb !== "upgrade" || consents.has("without-recent-backup")) return undefined;
  const older = seen.nodes.find((node) => compareVersions(node.version, spec.version) < 0);
  if (older === undefined) return undefined;
  return block({
    guard: "verified-backup-before-irreversible",
    message: "an upgrade can't be taken back, and kubectl dbop takes no backups of Valkey yet",
    observed: `nodes run ${older.version}, spec.version is ${spec.version}`,
    lift: "--without-recent-backup",
  });
};
