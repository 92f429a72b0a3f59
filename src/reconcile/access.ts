/** The rights of each verb: what its engine needs, and what every pass needs. `--print-rbac` prints them and the preflight asks for them. */
import type { AccessRule, Verb } from "../engines/engine.ts";

const group = "dbop.dev";

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): AccessRule => ({
  apiGroup,
  resources,
  verbs,
});

const lock: readonly AccessRule[] = [rule("coordination.k8s.io", ["leases"], ["get", "create", "update", "delete"])];

/** Lock, record and audit: whatever changes a database. */
const pass: readonly AccessRule[] = [
  rule(group, ["databaseclusters/status"], ["patch"]),
  ...lock,
  rule("events.k8s.io", ["events"], ["create"]),
];

/** A backup is two Jobs and their words; Secrets and claims of the location are only looked for. */
const backup: readonly AccessRule[] = [
  rule(group, ["backuplocations"], ["get"]),
  rule(group, ["databasebackups"], ["list", "create", "patch", "delete"]),
  rule(group, ["databasebackups/status"], ["patch"]),
  rule("batch", ["jobs"], ["list", "watch", "create", "patch", "delete"]),
  rule("", ["pods"], ["list", "watch"]),
  rule("", ["pods/log", "secrets", "persistentvolumeclaims"], ["get"]),
];

/** Where backups or passes are scheduled: the CronJob and its account. */
export const scheduling: readonly AccessRule[] = [
  rule("", ["serviceaccounts"], ["get", "create", "patch", "delete"]),
  rule("rbac.authorization.k8s.io", ["roles", "rolebindings"], ["get", "create", "patch", "delete"]),
  rule("batch", ["cronjobs"], ["get", "create", "patch", "delete"]),
];

const own: Readonly<Record<Verb, readonly AccessRule[]>> = {
  install: [rule(group, ["databaseclusters"], ["get", "create", "patch"]), ...pass],
  restore: [
    rule(group, ["databaseclusters"], ["get", "create", "patch"]),
    rule(group, ["databasebackups"], ["get"]),
    ...pass,
  ],
  "restore-in-place": [rule(group, ["databaseclusters"], ["get"]), ...pass, ...backup],
  scale: [rule(group, ["databaseclusters"], ["get", "patch"]), ...pass],
  upgrade: [rule(group, ["databaseclusters"], ["get", "patch"]), ...pass],
  reshard: [rule(group, ["databaseclusters"], ["get", "patch"]), ...pass],
  backup: [rule(group, ["databaseclusters"], ["get"]), ...pass, ...backup],
  rotate: [rule(group, ["databaseclusters"], ["get"]), ...pass],
  schedule: [rule(group, ["databaseclusters"], ["get", "patch"]), ...pass],
  reconcile: [rule(group, ["databaseclusters"], ["get"]), ...pass],
  status: [rule(group, ["databaseclusters"], ["get", "list"]), rule(group, ["databasebackups"], ["list"])],
  delete: [rule(group, ["databaseclusters"], ["get", "delete"]), ...lock],
};

/** The smallest set of namespaced rules that suffices for `verb`, given the engine's part of it. */
export function accessFor(verb: Verb, engineRules: readonly AccessRule[]): readonly AccessRule[] {
  // An engine without a part in the verb only refuses it.
  if (engineRules.length === 0) return [rule(group, ["databaseclusters"], ["get"])];
  return [...own[verb], ...engineRules];
}

/** The `rules` of a Role: one a resource, easier to read and to review than many that overlap. */
export function roleRules(rules: readonly AccessRule[]): readonly RoleRule[] {
  const merged = new Map<string, RoleRule>();
  for (const { apiGroup, resources, verbs } of rules) {
    for (const resource of resources) {
      const key = `${apiGroup}/${resource}`;
      const before = merged.get(key)?.verbs ?? [];
      const all = [...new Set([...before, ...verbs])].toSorted();
      merged.set(key, { apiGroups: [apiGroup], resources: [resource], verbs: all });
    }
  }
  return [...merged.values()];
}

interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** One right: a verb on a resource of a group, as `kubectl auth can-i` asks for it. */
export interface Right {
  readonly apiGroup: string;
  readonly resource: string;
  readonly verb: string;
}

/** Every right in `rules`, each once. */
export function rightsOf(rules: readonly AccessRule[]): readonly Right[] {
  const all = rules.flatMap(({ apiGroup, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb): Right => ({ apiGroup, resource, verb }))),
  );
  return [...new Map(all.map((right) => [describeRight(right), right])).values()];
}

/** `patch statefulsets.apps`, as kubectl would write it. */
export function describeRight({ apiGroup, resource, verb }: Right): string {
  const [name = "", subresource] = resource.split("/");
  return `${verb} ${name}${apiGroup === "" ? "" : `.${apiGroup}`}${subresource === undefined ? "" : `/${subresource}`}`;
}
