/** What can be printed without a cluster: rights, kinds, engines. */
import { DbopError } from "../../errors.ts";
import { engines } from "../../engines/index.ts";
import type { Verb } from "../../engines/engine.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { crdObjects } from "../../reconcile/crds.ts";
import { checkRoles } from "../../reconcile/checking/access.ts";
import { roleFor, scheduleRole } from "../../reconcile/role.ts";
import type { EngineChoice } from "../deps.ts";

const known: readonly Verb[] = [
  "install",
  "scale",
  "upgrade",
  "reshard",
  "backup",
  "restore",
  "restore-in-place",
  "rotate",
  "schedule",
  "reconcile",
  "status",
  "delete",
];

/** Verbs that look after what a spec schedules: then, and only then, they need a second Role. */
const schedules: ReadonlySet<Verb> = new Set<Verb>([
  "install",
  "scale",
  "upgrade",
  "reshard",
  "restore",
  "rotate",
  "reconcile",
]);

export function rbac(verb: string, namespace: string): Promise<readonly KubeObject[]> {
  if (verb === "check") return Promise.resolve(checkRoles(namespace));
  const found = known.find((candidate) => candidate === verb);
  if (found === undefined)
    return Promise.reject(new DbopError("Usage", `no Role is known for ${verb}: must be one of ${known.join(", ")}`));
  return Promise.resolve([roleFor(found, namespace), ...(schedules.has(found) ? [scheduleRole(namespace)] : [])]);
}

export function crds(): Promise<readonly KubeObject[]> {
  return Promise.resolve(crdObjects());
}

export function engineChoices(): Promise<readonly EngineChoice[]> {
  return Promise.resolve(
    Object.values(engines).map(({ name, title, versions, sharding }) => ({ name, title, versions, sharding })),
  );
}
