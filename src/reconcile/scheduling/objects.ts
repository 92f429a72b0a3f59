/** What takes backups without a person: a CronJob that runs `kubectl dbop backup`, and the account it does so as. Pure. */
import type { ScheduledBackupSpec } from "../../api/database-cluster.ts";
import type { AccessRule } from "../../engines/engine.ts";
import { types, type KubeObject, type ObjectRef } from "../../kube/objects.ts";
import { ownedMeta, type Owner } from "../../resources/labels.ts";
import { roleRules } from "../access.ts";

const kinds = [types.serviceAccount, types.role, types.roleBinding, types.cronJob] as const;

/** All of one name; they go with the DatabaseCluster. */
function nameFor({ name }: Pick<Owner, "name">): string {
  return `${name}-backup`;
}

export function scheduleRefs(owner: Owner): readonly ObjectRef[] {
  return kinds.map((type) => ({ type, namespace: owner.namespace, name: nameFor(owner) }));
}

export interface ScheduleWish {
  readonly owner: Owner;
  readonly backup: ScheduledBackupSpec;
  /** The rights of `backup`. */
  readonly rules: readonly AccessRule[];
}

/** In the order in which they are applied: the CronJob last, since it needs the others. */
export function scheduleObjects(wish: ScheduleWish): readonly KubeObject[] {
  const { owner, rules } = wish;
  const name = nameFor(owner);
  const metadata = ownedMeta(owner, name);
  const rbac = "rbac.authorization.k8s.io";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules: roleRules(rules) },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: owner.namespace }],
    },
    { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: cronJobSpec(wish) },
  ];
}

/**
 * Tried again when it fails, since what was begun is gone on with. A run that takes longer than the time to the next is not joined by that. How
 * long one may take is up to its own `--timeout`, which ends cleanly.
 */
function cronJobSpec(wish: ScheduleWish): object {
  const { backup, owner } = wish;
  const labels = { "app.kubernetes.io/name": "dbop-backup", "app.kubernetes.io/instance": owner.name };
  return {
    schedule: backup.schedule,
    timeZone: backup.timeZone,
    concurrencyPolicy: "Forbid",
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      metadata: { labels },
      spec: { backoffLimit: 2, template: { metadata: { labels }, spec: podSpec(wish) } },
    },
  };
}

function podSpec({ backup, owner }: ScheduleWish): object {
  return {
    restartPolicy: "Never",
    serviceAccountName: nameFor(owner),
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "backup",
        image: backup.image,
        imagePullPolicy: "IfNotPresent",
        args: backupCommand(owner, backup),
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

/** What a person would type. Another run is waited for; without `--yes` nothing older would be removed. */
function backupCommand(
  { name, namespace }: Owner,
  { locationName, verify, keep }: ScheduledBackupSpec,
): readonly string[] {
  return [
    "backup",
    name,
    `--namespace=${namespace}`,
    `--to=${locationName}`,
    `--verify=${verify}`,
    ...(keep === undefined ? [] : [`--keep=${String(keep)}`]),
    "--timeout=6h",
    "--lock-timeout=1h",
    "--yes",
    "--no-input",
  ];
}
