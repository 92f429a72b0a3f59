/** The smallest Role for a verb, as an object to print. */
import type { Verb } from "../engines/engine.ts";
import { engines } from "../engines/index.ts";
import type { KubeObject } from "../kube/objects.ts";
import { roleRules } from "./access.ts";
import { everyRight } from "./preflight.ts";
import { schedulingAccess } from "./scheduling/activity.ts";

/** One Role that suffices for `verb` with every engine. */
export function roleFor(verb: Verb, namespace: string): KubeObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: `dbop-${verb}`, namespace },
    rules: roleRules(everyRight(verb)),
  };
}

/** What comes to the Role of a verb for a database whose spec schedules backups. */
export function scheduleRole(namespace: string): KubeObject {
  const rules = Object.values(engines).flatMap((entry) => entry.use(schedulingAccess));
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "dbop-schedule", namespace },
    rules: roleRules(rules),
  };
}
