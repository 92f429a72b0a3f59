/** The wish for a Valkey cluster in Valkey's terms, checked. */
import type { DatabaseCluster, SchedulingSpec, TlsSpec } from "../../api/database-cluster.ts";
import type { Problem } from "../../api/problem.ts";
import { canonicalQuantity, parseQuantity } from "../../api/quantity.ts";
import type { Result } from "../../api/result.ts";
import { checkConfig } from "./config/validate.ts";
import type { ValkeySeen } from "./seen.ts";
import { officialImage, serverOf, type Server } from "./server.ts";
import { isSupported, supportedVersions } from "./versions.ts";

export interface ValkeySpec {
  readonly name: string;
  readonly namespace: string;
  /** The DatabaseCluster's uid: marks what belongs to this cluster and no namesake. */
  readonly uid: string;
  /** Recorded when it had formed; undefined until then. */
  readonly identity: string | undefined;
  readonly server: Server;
  readonly shards: number;
  /** Pods of each shard: one primary, and replicas. */
  readonly replicas: number;
  readonly storage: { readonly size: string; readonly bytes: number; readonly className: string | undefined };
  readonly image: string;
  readonly resources: { readonly cpu: string; readonly memoryRequest: string; readonly memoryLimit: string };
  readonly tls: TlsSpec;
  /** The backup it is made from, once and at first. */
  readonly bootstrap?: { readonly locationName: string; readonly path: string } | undefined;
  /** What tells the certificate that nodes show from any other, empty without one. No wish, but what the Secret holds. */
  readonly certificate: string;
  readonly config: Readonly<Record<string, string>>;
  readonly scheduling: SchedulingSpec;
}

export const defaultShards = 3;
const mebibyte = 1024 * 1024;

/** Every problem of `cluster.spec` that Valkey itself would have, at once, and what this program can't do for it yet. */
export function parseValkeySpec(cluster: DatabaseCluster): Result<ValkeySpec, readonly Problem[]> {
  const { spec } = cluster;
  const shards = spec.shards ?? defaultShards;
  const server = serverOf(spec.version, spec.image);
  const refused: readonly (readonly [refused: boolean, field: string, value: string, message: string])[] = [
    [!isSupported(server.flavour, spec.version), "spec.version", spec.version, versionMessage(server)],
    [shards === 2, "spec.shards", String(shards), shardsMessage],
    [spec.replicas > 6, "spec.replicas", String(spec.replicas), "must be from 1 to 6, the primary included"],
    [!isAtLeast(spec.storage.size, 64), "spec.storage.size", spec.storage.size, "must be at least 64Mi"],
    [!hasMemory(spec.resources.memory), "spec.resources.memory", spec.resources.memory ?? "", memoryMessage],
    [spec.bootstrap?.bumpRevision === true, "spec.bootstrap.bumpRevision", "true", revisionMessage],
  ];
  const problems = [
    ...refused.flatMap(([is, field, value, message]) => (is ? [{ field, value, message }] : [])),
    ...checkConfig(spec.config, server),
  ];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: valkeySpec(cluster, { shards, server }) };
}

/** An image that says who makes it has decided. */
function versionMessage({ flavour }: Server): string {
  const { valkey, redis } = supportedVersions;
  const valkeys = `a full Valkey version of ${valkey.minors.join(", ")}, such as ${valkey.example}`;
  const redises = `Redis version of ${redis.minors.join(", ")}, such as ${redis.example}`;
  return `must be ${valkeys}, or a full ${redises}; from 8 on it is Redis only with an image that has redis in its name (taken for ${flavour} here)`;
}

const shardsMessage =
  "must be 1, or 3 and more: primaries elect who replaces one of them, and of two no majority is left";
const memoryMessage = "must be at least 64Mi, such as 2Gi";
const revisionMessage = "can't be given: Valkey has no revisions";

function isAtLeast(quantity: string, mebibytes: number): boolean {
  return (parseQuantity(quantity) ?? 0) >= mebibytes * mebibyte;
}

function hasMemory(memory: string | undefined): boolean {
  return memory === undefined || isAtLeast(memory, 64);
}

function valkeySpec(
  { spec, metadata, status }: DatabaseCluster,
  { shards, server }: Pick<ValkeySpec, "shards" | "server">,
): ValkeySpec {
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    identity: status.identity,
    server,
    shards,
    replicas: spec.replicas,
    storage: {
      size: spec.storage.size,
      bytes: parseQuantity(spec.storage.size) ?? 0,
      className: spec.storage.className,
    },
    image: spec.image ?? officialImage(server),
    resources: {
      cpu: canonicalQuantity(spec.resources.cpu ?? "50m"),
      memoryRequest: canonicalQuantity(spec.resources.memory ?? "128Mi"),
      memoryLimit: canonicalQuantity(spec.resources.memory ?? "1Gi"),
    },
    tls: spec.tls,
    bootstrap: spec.bootstrap,
    certificate: "",
    config: spec.config,
    scheduling: spec.scheduling,
  };
}

/** The wish as it is to be carried out on what was found. */
export function asFound(spec: ValkeySpec, { certificate }: Pick<ValkeySeen, "certificate">): ValkeySpec {
  return { ...spec, certificate: certificate === undefined ? "" : certificate.fingerprint };
}

/**
 * The data a node may hold: three quarters of its memory unless it is told otherwise. The rest is for buffers, and for what a copy on write
 * costs while it saves. A write beyond it is refused; without the bound the kernel would end the node.
 */
export function maxMemory(spec: ValkeySpec): string {
  const limit = parseQuantity(spec.resources.memoryLimit) ?? 0;
  return spec.config["maxmemory"] ?? String(Math.floor((limit * 3) / 4));
}
