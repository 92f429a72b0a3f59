/** A CronJob that runs this program as a person would, and the account it does so as. Pure. */
import { types, type KubeObject, type ObjectRef } from "../../kube/objects.ts";
import { ownedMeta, type Owner } from "../../resources/labels.ts";
import { roleRules } from "../access.ts";
import type { Errand, ErrandName } from "./errand.ts";

const kinds = [types.serviceAccount, types.role, types.roleBinding, types.cronJob] as const;

/** All of one name; they go with the DatabaseCluster. */
function nameFor({ name }: Pick<Owner, "name">, errand: ErrandName): string {
  return `${name}-${errand}`;
}

export function errandRefs(owner: Owner, errand: ErrandName): readonly ObjectRef[] {
  return kinds.map((type) => ({ type, namespace: owner.namespace, name: nameFor(owner, errand) }));
}

/** In the order in which they are applied: the CronJob last, since it needs the others. */
export function errandObjects(owner: Owner, errand: Errand): readonly KubeObject[] {
  const name = nameFor(owner, errand.name);
  const metadata = ownedMeta(owner, name);
  const rbac = "rbac.authorization.k8s.io";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules: roleRules(errand.rules) },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: owner.namespace }],
    },
    { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: cronJobSpec(owner, errand) },
  ];
}

/** A backup that fails is tried again, since what was begun is gone on with; a pass is tried again by the next one. */
const retries: Readonly<Record<ErrandName, number>> = { backup: 2, reconcile: 0 };

/** A run that takes longer than the time to the next is not joined by that. */
function cronJobSpec(owner: Owner, errand: Errand): object {
  const { timing, name } = errand;
  const labels = { "app.kubernetes.io/name": `dbop-${name}`, "app.kubernetes.io/instance": owner.name };
  return {
    schedule: timing.schedule,
    timeZone: timing.timeZone,
    concurrencyPolicy: "Forbid",
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      metadata: { labels },
      spec: { backoffLimit: retries[name], template: { metadata: { labels }, spec: podSpec(owner, errand) } },
    },
  };
}

function podSpec(owner: Owner, { name, timing, args }: Errand): object {
  return {
    restartPolicy: "Never",
    serviceAccountName: nameFor(owner, name),
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name,
        image: timing.image,
        imagePullPolicy: "IfNotPresent",
        args,
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
        terminationMessagePolicy: "FallbackToLogsOnError",
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  };
}
