/**
 * How Valkey is backed up (engines.md §4.6): of each shard a copy as a replica gets it, and the slot map before the first and after the last. What makes
 * it a backup is judged in `contents.ts`, when all is taken.
 */
import type { Result } from "../../../api/result.ts";
import type { Container } from "../../../backup/job.ts";
import { fetchedFolder, inspecting, takenFolder, type BackupMethod } from "../../../backup/method.ts";
import type { Verdict } from "../../../plan/step.ts";
import { cliFlags } from "../config/render.ts";
import { authSecretName, clientPort, nodeHost, podName, shardName } from "../names.ts";
import { disagreement, identityOf, isCaughtUp, isCovered, numbers, primaryOf } from "../plan/facts.ts";
import type { NodeSeen, ValkeySeen } from "../seen.ts";
import { callerVolumes } from "../resources/tls-volumes.ts";
import { slotsText } from "../slots.ts";
import type { ValkeySpec } from "../spec.ts";
import { compareServers, movesSlotsAtomically } from "../server.ts";

const fileOf = (shard: number): string => `shard-${String(shard)}.rdb`;

/** The names of the containers that are heard, without the number of the shard at the end. */
export const heard = {
  mapBefore: `${inspecting}-map-before`,
  mapAfter: `${inspecting}-map-after`,
  movesBefore: `${inspecting}-moves-before`,
  movesAfter: `${inspecting}-moves-after`,
  file: `${inspecting}-file-`,
  loaded: `${inspecting}-loaded-`,
} as const;

/** One shard as the backup finds it. */
interface Part {
  readonly shard: number;
  readonly primary: NodeSeen;
  /** Whom its data is taken from. */
  readonly source: NodeSeen;
}

/** How a shard stood when the backup began: what was taken is compared with it. */
export interface ExpectedShard {
  readonly name: string;
  readonly file: string;
  readonly primaryId: string;
  readonly slots: string;
  /** Bytes of the replication stream up to which its primary had acknowledged writes. */
  readonly offset: number;
  readonly fromPrimary: boolean;
}

export function backupMethod(spec: ValkeySpec, seen: ValkeySeen): Result<BackupMethod, Verdict> {
  const refused = whyNot(spec, seen);
  if (refused !== undefined) return { ok: false, problems: refused };
  const parts = numbers(spec.shards).flatMap((shard) => partOf(seen, shard) ?? []);
  return { ok: true, value: methodOf(spec, seen, parts) };
}

/** Slots on their way could be in two copies, or in none. */
function whyNot(spec: ValkeySpec, seen: ValkeySeen): Verdict | undefined {
  if (identityOf(spec, seen) === undefined)
    return { guard: "backup-source-known", message: "the cluster has not formed yet", observed: "no record of it" };
  const unsettled = (message: string, observed: string): Verdict => ({
    guard: "slots-settled",
    message: `${message}: a backup now could hold keys twice or not at all`,
    observed,
    lift: `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`,
  });
  if (!isCovered(seen))
    return unsettled("slots have no owner that answers", `${String(seen.nodes.length)} nodes answer`);
  const moving = seen.nodes.find((node) => node.open.length > 0 || node.migrating > 0);
  if (moving !== undefined) return unsettled("slots are on their way", podName(spec, moving.place));
  const differ = disagreement(spec, seen);
  if (differ !== undefined) return unsettled("nodes do not agree on who owns what", differ);
  const owners = seen.nodes.filter((node) => node.slots.length > 0).map((node) => node.place.shard);
  const each = numbers(spec.shards).every((shard) => owners.filter((one) => one === shard).length === 1);
  if (each && owners.length === spec.shards) return undefined;
  return unsettled(
    `not each of the ${String(spec.shards)} shards has its slots`,
    `owners in shards ${owners.toSorted((a, b) => a - b).join(", ")}`,
  );
}

/** From the replica that has most: it spares the primary the copy. */
function partOf(seen: ValkeySeen, shard: number): Part | undefined {
  const primary = primaryOf(seen, shard);
  if (primary === undefined) return undefined;
  const replicas = seen.nodes.filter((node) => node.primaryId === primary.id && isCaughtUp(seen, node));
  const [best = primary] = replicas.toSorted((a, b) => b.offset - a.offset || a.place.ordinal - b.place.ordinal);
  return { shard, primary, source: best };
}

function methodOf(spec: ValkeySpec, seen: ValkeySeen, parts: readonly Part[]): BackupMethod {
  const servers = parts.map(({ source }) => source.server).toSorted(compareServers);
  const newest = servers.at(-1) ?? spec.server;
  const shards = parts.map(({ shard }) => shard);
  return {
    method: "snapshot",
    source: parts.map((part) => sourceText(spec, part)).join(", "),
    engineVersion: newest.version,
    clusterIdentity: identityOf(spec, seen) ?? "",
    volumes: callerVolumes(spec).map(({ volume }) => volume),
    expected: parts.map((part) => expectedOf(spec, part)),
    take: [
      ...maps(spec, parts, { map: heard.mapBefore, moves: heard.movesBefore }),
      ...parts.map(({ shard, source }) =>
        asking(spec, `take-${String(shard)}`, {
          host: nodeHost(spec, source.place),
          args: ["-h", nodeHost(spec, source.place), "--rdb", `${takenFolder}/${fileOf(shard)}`],
        }),
      ),
      ...maps(spec, parts, { map: heard.mapAfter, moves: heard.movesAfter }),
    ],
    inspect: shards.map((shard) => checking(spec, `${heard.file}${String(shard)}`, `${takenFolder}/${fileOf(shard)}`)),
    rehearse: (grade) => [
      ...shards.map((shard) => checking(spec, `check-${String(shard)}`, `${fetchedFolder}/${fileOf(shard)}`)),
      ...(grade === "structural" ? [] : loading(spec, shards)),
    ],
  };
}

function sourceText(spec: ValkeySpec, { primary, source }: Part): string {
  return `${podName(spec, source.place)}${source === primary ? " (a primary: no replica is in step with it)" : ""}`;
}

function expectedOf(spec: ValkeySpec, { shard, primary, source }: Part): ExpectedShard {
  return {
    name: shardName(spec, shard),
    file: `data/${fileOf(shard)}`,
    primaryId: primary.id,
    slots: slotsText(primary.slots),
    offset: primary.offset,
    fromPrimary: source === primary,
  };
}

/**
 * What every node says of itself, by Valkey's own tool, which asks all that the first knows of. From Valkey 9 on also of moves that began and were taken
 * back meanwhile: they leave the map as it was.
 */
function maps(
  spec: ValkeySpec,
  parts: readonly Part[],
  names: { readonly map: string; readonly moves: string },
): readonly Container[] {
  const [first] = parts;
  if (first === undefined) return [];
  const host = nodeHost(spec, first.primary.place);
  const entry = `${host}:${String(clientPort)}`;
  const call = (name: string, command: string): Container =>
    asking(spec, name, { host, args: ["--cluster", "call", entry, "CLUSTER", command] });
  return [
    call(names.map, "NODES"),
    ...(parts.some(({ primary }) => movesSlotsAtomically(primary.server))
      ? [call(names.moves, "GETSLOTMIGRATIONS")]
      : []),
  ];
}

function program(spec: ValkeySpec, name: string, command: readonly string[]): Container {
  return { name, image: spec.image, imagePullPolicy: "IfNotPresent", command };
}

/**
 * The password is in the environment, where valkey-cli and redis-cli look for it: no command line ever holds it. The name of a pod that has just begun is
 * known to the cluster's DNS a while later: the question, which is put once, waits half a minute for that.
 */
function asking(
  spec: ValkeySpec,
  name: string,
  { host, args }: { readonly host: string; readonly args: readonly string[] },
): Container {
  const password = { secretKeyRef: { name: authSecretName(spec), key: "password" } };
  const { flavour } = spec.server;
  const client = [`${flavour}-cli`, ...cliFlags(spec)];
  const known = `timeout 5 ${[...client, "-h", host, "PING"].join(" ")} >/dev/null 2>&1`;
  // The redis-cli of 7.0 has no limit of its own for the connection.
  const limit = flavour === "valkey" ? ["-t", "10"] : [];
  return {
    ...program(spec, name, ["sh", "-c", `for try in $(seq 30); do ${known} && break; sleep 1; done; exec "$@"`, "sh"]),
    args: [...client, ...limit, ...args],
    env: [
      { name: "VALKEYCLI_AUTH", valueFrom: password },
      { name: "REDISCLI_AUTH", valueFrom: password },
    ],
    volumeMounts: callerVolumes(spec).map(({ mount }) => mount),
  };
}

function checking(spec: ValkeySpec, name: string, file: string): Container {
  return program(spec, name, [`${spec.server.flavour}-check-rdb`, file]);
}

/** One server, which loads one file after the other and is asked how many keys it has then: it needs the memory of one node, not of all. */
function loading(spec: ValkeySpec, shards: readonly number[]): readonly Container[] {
  const { flavour } = spec.server;
  const cli = [`${flavour}-cli`, "-e"];
  const { memoryRequest, memoryLimit } = spec.resources;
  const serve = {
    ...program(spec, "serve", [
      `${flavour}-server`,
      ...["--bind", "127.0.0.1", "--port", String(clientPort), "--save", "", "--appendonly", "no"],
      ...["--dir", fetchedFolder, "--dbfilename", "none.rdb"],
      ...["--enable-debug-command", "local", "--enable-protected-configs", "local"],
    ]),
    resources: { requests: { cpu: "50m", memory: memoryRequest }, limits: { memory: memoryLimit } },
    restartPolicy: "Always",
    startupProbe: { exec: { command: [...cli, "PING"] }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 60 },
  };
  return [
    serve,
    ...shards.flatMap((shard) => [
      program(spec, `choose-${String(shard)}`, [...cli, "CONFIG", "SET", "dbfilename", fileOf(shard)]),
      program(spec, `load-${String(shard)}`, [...cli, "DEBUG", "RELOAD", "NOSAVE"]),
      program(spec, `${heard.loaded}${String(shard)}`, [...cli, "DBSIZE"]),
    ]),
  ];
}
