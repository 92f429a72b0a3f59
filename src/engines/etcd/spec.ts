/** The wish for an etcd cluster in etcd's terms, checked. */
import type { BootstrapSpec, DatabaseCluster, SchedulingSpec, TlsSpec } from "../../api/database-cluster.ts";
import type { Problem } from "../../api/problem.ts";
import { canonicalQuantity, parseQuantity } from "../../api/quantity.ts";
import type { Result } from "../../api/result.ts";
import type { Replacement } from "../engine.ts";
import { firstStage, trustOf } from "../../resources/tls/stage.ts";
import { checkConfig } from "./config/validate.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { EtcdSeen } from "./seen.ts";
import { minorOf, supportedMinors, type Minor } from "./versions.ts";

export interface EtcdSpec {
  readonly name: string;
  readonly namespace: string;
  /** The DatabaseCluster's uid: marks what belongs to this cluster and no namesake. */
  readonly uid: string;
  /** The cluster id recorded when it was bootstrapped; undefined until then. */
  readonly identity: string | undefined;
  readonly version: string;
  /** The version its members ran when last looked at. */
  readonly recordedVersion: string | undefined;
  readonly minor: Minor;
  readonly replicas: number;
  readonly storage: { readonly size: string; readonly bytes: number; readonly className: string | undefined };
  readonly image: string;
  readonly resources: { readonly cpu: string; readonly memoryRequest: string; readonly memoryLimit: string };
  readonly tls: TlsSpec;
  readonly config: Readonly<Record<string, string>>;
  readonly scheduling: SchedulingSpec;
  /** The backup it is made from, until it has formed. */
  readonly bootstrap?: BootstrapSpec | undefined;
  /** The backup whose data is to take the place of what is there; absent but while that is done. */
  readonly replacement?: Replacement | undefined;
  /** The managed authorities that members are to trust, as `authorities.ts` writes it: no wish, but what their Secret holds. */
  readonly trust: string;
  /** Where members that have joined keep their data, by ordinal; absent: in the first directory. No wish, but what their claims say. */
  readonly directories: Readonly<Record<number, DataDirectory>>;
}

/** The wish as it is to be carried out on what was found: authorities at that stage, claims with their data there. */
export function asFound(spec: EtcdSpec, { certificates, claims }: Pick<EtcdSeen, "certificates" | "claims">): EtcdSpec {
  const marked = claims.flatMap(({ ordinal, directory }) =>
    directory === undefined ? [] : [[ordinal, directory] as const],
  );
  return { ...spec, trust: trustOf(certificates.stage), directories: Object.fromEntries(marked) };
}

const sizes = [1, 2, 3, 4, 5, 6, 7];
const mebibyte = 1024 * 1024;

/**
 * Every problem of `cluster.spec` that etcd itself would have, at once. Even sizes are let through: they are needed on the way
 * and the plan warns of them. More than seven members slow down every write (etcd FAQ) and are refused.
 */
export function parseEtcdSpec(cluster: DatabaseCluster): Result<EtcdSpec, readonly Problem[]> {
  const { spec, metadata, status } = cluster;
  const minor = minorOf(spec.version);
  const problems: Problem[] = [
    ...sizeProblems(spec.replicas),
    ...storageProblems(spec.storage.size),
    ...memoryProblems(spec.resources.memory),
  ];
  if (minor === undefined) {
    problems.push({
      field: "spec.version",
      value: spec.version,
      message: `must be a full etcd version of ${supportedMinors.join(", ")} (3.5 from 3.5.26 on), such as 3.6.16`,
    });
    return { ok: false, problems };
  }
  problems.push(...checkConfig(spec.config, minor));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: etcdSpec(cluster, minor, { metadata, status }) };
}

function etcdSpec(
  cluster: DatabaseCluster,
  minor: Minor,
  { metadata, status }: Pick<DatabaseCluster, "metadata" | "status">,
): EtcdSpec {
  const { spec } = cluster;
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    identity: status.identity,
    version: spec.version,
    recordedVersion: status.currentVersion,
    minor,
    replicas: spec.replicas,
    storage: {
      size: spec.storage.size,
      bytes: parseQuantity(spec.storage.size) ?? 0,
      className: spec.storage.className,
    },
    image: spec.image ?? `gcr.io/etcd-development/etcd:v${spec.version}`,
    resources: {
      cpu: canonicalQuantity(spec.resources.cpu ?? "50m"),
      memoryRequest: canonicalQuantity(spec.resources.memory ?? "128Mi"),
      memoryLimit: canonicalQuantity(spec.resources.memory ?? "1Gi"),
    },
    tls: spec.tls,
    config: spec.config,
    scheduling: spec.scheduling,
    bootstrap: spec.bootstrap,
    trust: trustOf(firstStage),
    directories: {},
  };
}

function sizeProblems(replicas: number): readonly Problem[] {
  if (sizes.includes(replicas)) return [];
  return [
    {
      field: "spec.replicas",
      value: String(replicas),
      message: "must be from 1 to 7, and best odd: each further voter slows every write",
    },
  ];
}

function storageProblems(size: string): readonly Problem[] {
  const bytes = parseQuantity(size);
  if (bytes !== undefined && bytes >= 64 * mebibyte) return [];
  return [
    {
      field: "spec.storage.size",
      value: size,
      message: "must be a quantity of at least 64Mi, such as 10Gi: etcd preallocates 64 MB of write-ahead log",
    },
  ];
}

/** What is asked for is also the limit: an etcd that has nothing in it yet holds some 20 MiB, and is killed where it may not. */
function memoryProblems(memory: string | undefined): readonly Problem[] {
  if (memory === undefined || (parseQuantity(memory) ?? 0) >= 64 * mebibyte) return [];
  const message = "must be at least 64Mi, such as 2Gi: etcd does not run in less";
  return [{ field: "spec.resources.memory", value: memory, message }];
}

/**
 * The database size at which etcd stops taking writes (NOSPACE): at most 8 GiB, the largest etcd recommends, and never more than
 * half the volume, which also holds write-ahead log, snapshots and the copy that a defragmentation makes.
 */
export function quotaBytes(spec: EtcdSpec): number {
  const asked = spec.config["quota-backend-bytes"];
  if (asked !== undefined && Number(asked) > 0) return Number(asked);
  return Math.min(8 * 1024 * mebibyte, Math.floor(spec.storage.bytes / 2 / mebibyte) * mebibyte);
}
