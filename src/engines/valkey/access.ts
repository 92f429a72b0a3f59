/** The rights Valkey's part of each verb needs in the namespace: what a pass may do, and nothing else. */
import type { AccessRule, Verb } from "../engine.ts";

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): AccessRule => ({
  apiGroup,
  resources,
  verbs,
});

/** Everything an observation reads. Secrets are read by name, never listed. `get` on pods/exec is what API servers before 1.35 ask for. */
const look: readonly AccessRule[] = [
  rule("", ["pods"], ["list"]),
  rule("", ["persistentvolumeclaims", "services"], ["get", "list"]),
  rule("", ["configmaps", "secrets"], ["get"]),
  rule("", ["pods/exec"], ["create", "get"]),
  rule("apps", ["statefulsets"], ["get"]),
  rule("policy", ["poddisruptionbudgets"], ["get"]),
];

/** Waiting is watching; a watch begins with a list. */
const follow: readonly AccessRule[] = [
  rule("", ["pods", "persistentvolumeclaims"], ["watch"]),
  rule("apps", ["statefulsets"], ["list", "watch"]),
];

/** Server-side apply asks for `create` when the object is not there yet, and for `patch` always. */
const change: readonly AccessRule[] = [
  rule("", ["services", "configmaps"], ["create", "patch"]),
  rule("", ["secrets"], ["create", "patch"]),
  rule("", ["persistentvolumeclaims"], ["patch", "delete"]),
  rule("", ["pods"], ["delete"]),
  rule("apps", ["statefulsets"], ["create", "patch", "delete"]),
  rule("policy", ["poddisruptionbudgets"], ["create", "patch", "delete"]),
];

/** To be made from a backup: Jobs, their words, and claims before there is a StatefulSet. */
const seed: readonly AccessRule[] = [
  rule("dbop.dev", ["backuplocations"], ["get"]),
  rule("batch", ["jobs"], ["list", "create", "patch", "delete"]),
  rule("", ["pods/log"], ["get"]),
  rule("", ["persistentvolumeclaims"], ["create"]),
];

/** A change of version asks for a recent backup. */
const lookForBackups: readonly AccessRule[] = [rule("dbop.dev", ["databasebackups"], ["list"])];

const all: readonly AccessRule[] = [...look, ...follow, ...change];

const rights: Readonly<Record<Verb, readonly AccessRule[]>> = {
  status: look,
  backup: look,
  restore: [...all, ...seed, ...lookForBackups],
  "restore-in-place": look,
  reshard: all,
  install: [...all, ...seed, ...lookForBackups],
  reconcile: [...all, ...seed, ...lookForBackups],
  schedule: [...all, ...seed, ...lookForBackups],
  upgrade: [...all, ...lookForBackups],
  scale: all,
  rotate: all,
  delete: [
    rule("", ["pods"], ["list"]),
    rule("", ["persistentvolumeclaims"], ["list", "delete"]),
    rule("", ["secrets"], ["get", "delete"]),
    rule("apps", ["statefulsets"], ["list", "delete"]),
  ],
};

export function valkeyAccess(verb: Verb): readonly AccessRule[] {
  return rights[verb];
}
