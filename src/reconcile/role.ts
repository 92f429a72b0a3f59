/** The smallest Role for a verb, as an object to print. */
import type { AccessRule, Verb } from "../engines/engine.ts";
import { engines } from "../engines/index.ts";
import type { KubeObject } from "../kube/objects.ts";
import { roleRules } from "./access.ts";
import { everyRight } from "./preflight.ts";
import { errandNames, schedulingAccess } from "./scheduling/errand.ts";

/** One Role that suffices for `verb` with every engine. */
export function roleFor(verb: Verb, namespace: string): KubeObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: `dbop-${verb}`, namespace },
    rules: roleRules(verb === "schedule" ? [...everyRight(verb), ...forErrands()] : everyRight(verb)),
  };
}

/** What comes to the Role of a verb for a database whose spec schedules backups or passes. */
export function scheduleRole(namespace: string): KubeObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "dbop-scheduling", namespace },
    rules: roleRules(forErrands()),
  };
}

function forErrands(): readonly AccessRule[] {
  return Object.values(engines).flatMap((entry) => entry.use((engine) => schedulingAccess(engine, errandNames)));
}
