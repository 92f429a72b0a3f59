/** The smallest Role for a verb, as an object to print. */
import type { AccessRule, Verb } from "../engines/engine.ts";
import type { KubeObject } from "../kube/objects.ts";
import { everyRight } from "./preflight.ts";

/** One Role that suffices for `verb` with every engine. */
export function roleFor(verb: Verb, namespace: string): KubeObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: `dbop-${verb}`, namespace },
    rules: mergeRules(everyRight(verb)).map(({ apiGroup, resources, verbs }) => ({
      apiGroups: [apiGroup],
      resources,
      verbs,
    })),
  };
}

/** One rule a resource: easier to read and to review than many that overlap. */
function mergeRules(rules: readonly AccessRule[]): readonly AccessRule[] {
  const merged = new Map<string, AccessRule>();
  for (const { apiGroup, resources, verbs } of rules) {
    for (const resource of resources) {
      const key = `${apiGroup}/${resource}`;
      const before = merged.get(key)?.verbs ?? [];
      merged.set(key, { apiGroup, resources: [resource], verbs: [...new Set([...before, ...verbs])].toSorted() });
    }
  }
  return [...merged.values()];
}
