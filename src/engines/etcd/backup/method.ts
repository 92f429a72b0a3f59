/** How etcd is backed up (engines.md §1.6): a snapshot of one voter, whole by construction, tried by restoring it into a scratch directory. */
import type { Result } from "../../../api/result.ts";
import { workMount, type Container } from "../../../backup/job.ts";
import {
  fetchedFolder,
  lost,
  takenFolder,
  type BackupMethod,
  type Contents,
  type Taken,
} from "../../../backup/method.ts";
import { field } from "../../../kube/fields.ts";
import type { Verdict } from "../../../plan/step.ts";
import { parseEtcdJson } from "../etcdctl.ts";
import { certificateSource, clientUrl, memberName } from "../names.ts";
import { endpointAt, healthyVoters, isLeader } from "../plan/facts.ts";
import type { EndpointSeen, EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

export const snapshotFile = "db";
const certificates = "/etc/etcd/client-tls";
const scratch = { client: "http://127.0.0.1:2379", peer: "http://127.0.0.1:2380", data: `${workMount}/restored` };

/** From the leader: it has applied every write it has acknowledged, a follower may be behind. */
export function backupMethod(spec: EtcdSpec, seen: EtcdSeen): Result<BackupMethod, Verdict> {
  const source = leaderOf(seen);
  if (source === undefined) {
    return refused("no leader answers: a snapshot could miss acknowledged writes", why(seen));
  }
  if (seen.endpoints.some((endpoint) => endpoint.alarms.some((alarm) => alarm.type === "CORRUPT"))) {
    const message = "a member is corrupt: nobody knows yet whose data is good; run kubectl dbop reconcile first";
    return refused(message, "etcdctl alarm list: CORRUPT");
  }
  return { ok: true, value: snapshotOf(spec, source) };
}

/**
 * Of what is about to be replaced: from the leader if there is one, else from whoever has applied most among those that answer, whatever state
 * it is in. Undefined when nobody answers.
 */
export function lastMethod(spec: EtcdSpec, seen: EtcdSeen): BackupMethod | undefined {
  const [furthest] = seen.endpoints.toSorted((a, b) => b.appliedIndex - a.appliedIndex);
  const source = leaderOf(seen) ?? furthest;
  return source && snapshotOf(spec, source);
}

function leaderOf(seen: EtcdSeen): EndpointSeen | undefined {
  const leader = healthyVoters(seen).find((member) => isLeader(seen, member));
  return leader === undefined ? undefined : endpointAt(seen, leader.ordinal);
}

function why({ membership, endpoints }: EtcdSeen): string {
  return membership.known ? `${String(endpoints.length)} members answer` : membership.why;
}

function refused(message: string, observed: string): Result<BackupMethod, Verdict> {
  return { ok: false, problems: { guard: "backup-source-known", message, observed } };
}

function snapshotOf(spec: EtcdSpec, source: EndpointSeen): BackupMethod {
  const program = (name: string, command: readonly string[], more: object = {}): Container => ({
    name,
    image: spec.image,
    imagePullPolicy: "IfNotPresent",
    // A member on the restored data needs as much as any other.
    resources: {
      requests: { cpu: "50m", memory: spec.resources.memoryRequest },
      limits: { memory: spec.resources.memoryLimit },
    },
    command,
    ...more,
  });
  return {
    method: "snapshot",
    source: memberName(spec, source.ordinal),
    engineVersion: source.version,
    clusterIdentity: source.clusterId,
    volumes: certificateVolumes(spec),
    // Without --command-timeout a snapshot takes as long as it takes; a dead connection is noticed by keepalive.
    take: [program("take", takeCommand(spec, source), { volumeMounts: certificateMounts(spec) })],
    inspect: [
      program("inspect", ["etcdutl", "--write-out=json", "snapshot", "status", `${takenFolder}/${snapshotFile}`]),
    ],
    rehearse: (grade) => {
      const restore = program("restore", [
        "etcdutl",
        "snapshot",
        "restore",
        `${fetchedFolder}/${snapshotFile}`,
        `--data-dir=${scratch.data}`,
      ]);
      return grade === "structural" ? [restore] : [restore, ...serve(program)];
    },
  };
}

function takeCommand(spec: EtcdSpec, { ordinal }: EndpointSeen): readonly string[] {
  const login =
    spec.tls.mode === "disabled"
      ? []
      : [`--cacert=${certificates}/ca.crt`, `--cert=${certificates}/tls.crt`, `--key=${certificates}/tls.key`];
  return [
    "etcdctl",
    `--endpoints=${clientUrl(spec, ordinal)}`,
    ...login,
    "snapshot",
    "save",
    `${takenFolder}/${snapshotFile}`,
  ];
}

/** A member of one on the restored data, and a question to it; seen by nobody outside the pod. */
function serve(program: (name: string, command: readonly string[], more?: object) => Container): readonly Container[] {
  const asked = ["etcdctl", `--endpoints=${scratch.client}`];
  return [
    program(
      "serve",
      [
        "etcd",
        `--data-dir=${scratch.data}`,
        `--listen-client-urls=${scratch.client}`,
        `--advertise-client-urls=${scratch.client}`,
        `--listen-peer-urls=${scratch.peer}`,
      ],
      {
        restartPolicy: "Always",
        startupProbe: {
          exec: { command: [...asked, "endpoint", "health"] },
          periodSeconds: 1,
          timeoutSeconds: 5,
          failureThreshold: 600,
        },
      },
    ),
    program("ask", [...asked, "get", "", "--prefix", "--count-only", "--write-out=fields"]),
  ];
}

function certificateVolumes(spec: EtcdSpec): readonly object[] {
  if (spec.tls.mode === "disabled") return [];
  const { secret, ca, cert, key } = certificateSource(spec, "client");
  const items = [
    { key: ca, path: "ca.crt" },
    { key: cert, path: "tls.crt" },
    { key, path: "tls.key" },
  ];
  return [{ name: "client-tls", secret: { secretName: secret, defaultMode: 0o440, items } }];
}

function certificateMounts(spec: EtcdSpec): readonly object[] {
  return spec.tls.mode === "disabled" ? [] : [{ name: "client-tls", mountPath: certificates, readOnly: true }];
}

/** Up to which revision a member that is made from the backup holds everything; 0 when none is, or nobody has read what it says. */
export function restoredRevision({ seed }: Pick<EtcdSeen, "seed">): number {
  if (seed?.manifest?.ok !== true) return 0;
  return Number(/^revision (\d+)$/u.exec(seed.manifest.value.consistencyPoint)?.[1] ?? 0);
}

export function contents({ said }: Taken): Result<Contents, string> {
  const point = consistencyPoint(said("inspect"));
  return point === undefined ? lost : { ok: true, value: { consistencyPoint: point } };
}

/**
 * `etcdutl snapshot status` says up to which revision, as the newest key has it: 0 when there is none. A database begins at revision 1.
 */
export function consistencyPoint(log: string): string | undefined {
  try {
    const status = parseEtcdJson(log);
    const [revision, keys] = [field(status, "revision"), field(status, "totalKey")];
    if (typeof revision !== "number" || (revision < 1 && keys !== 0)) return undefined;
    return `revision ${String(Math.max(1, revision))}`;
  } catch {
    return undefined;
  }
}
