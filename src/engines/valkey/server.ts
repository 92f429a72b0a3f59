/** Valkey, and Redis, from which it comes: which of the two a spec means, and which reads what the other has written. Pure. */
import { compareVersions, type supportedVersions } from "./versions.ts";

export type Flavour = keyof typeof supportedVersions;

/** What runs, or is to. */
export interface Server {
  readonly flavour: Flavour;
  readonly version: string;
}

const titles = { valkey: "Valkey", redis: "Redis" } as const;

/** For people: `Redis 7.2.4`. */
export function serverTitle({ flavour, version }: Server): string {
  return `${titles[flavour]} ${version}`;
}

/** For a record: `redis-7.2.4`. */
export function serverText({ flavour, version }: Server): string {
  return `${flavour}-${version}`;
}

/** The reverse; undefined for what is no such record. */
export function readServer(text: string | undefined): Server | undefined {
  const match = /^(valkey|redis)-(\d+\.\d+\.\d+)$/u.exec(text ?? "");
  return match === null ? undefined : { flavour: match[1] === "redis" ? "redis" : "valkey", version: match[2] ?? "" };
}

export function sameServer(a: Server, b: Server): boolean {
  return serverText(a) === serverText(b);
}

/** Those that others read first: Redis before Valkey, then by version. */
export function compareServers(a: Server, b: Server): number {
  if (a.flavour !== b.flavour) return a.flavour === "redis" ? -1 : 1;
  return compareVersions(a.version, b.version);
}

/**
 * Which a spec means: what the last part of the image's name says. Where it says neither, or no image is given, the number decides: 7 is Redis, as
 * there is no Valkey 7 that this program knows, and all others are Valkey.
 */
export function serverOf(version: string, image: string | undefined): Server {
  const name = /([^/:@]+)(?::[^/:@]*)?(?:@.*)?$/u.exec(image ?? "")?.[1] ?? "";
  const named = (["valkey", "redis"] as const).find((flavour) => name.includes(flavour));
  return { flavour: named ?? (version.startsWith("7.") ? "redis" : "valkey"), version };
}

export function officialImage({ flavour, version }: Server): string {
  return flavour === "redis" ? `docker.io/library/redis:${version}` : `docker.io/valkey/valkey:${version}`;
}

/** The first whose snapshots Valkey does not read: RDB 12, where Valkey has gone on from RDB 11 by itself (engines.md §4.7). */
const firstApart = "7.4.0";

/** Why `to` can't take over what `from` has written; undefined when it can. */
export function whyUnreadable(from: Server, to: Server): string | undefined {
  const [wrote, reads] = [serverTitle(from), serverTitle(to)];
  if (from.flavour === "valkey" && to.flavour === "redis")
    return `there is no way from Valkey back to Redis: what ${wrote} has written, ${reads} may not read`;
  if (from.flavour === "redis" && to.flavour === "valkey")
    return compareVersions(from.version, firstApart) < 0
      ? undefined
      : `${reads} does not read what ${wrote} has written: from Redis 7.4 on its RDB files have a version that Valkey does not know`;
  if (compareVersions(from.version, to.version) <= 0) return undefined;
  return `${titles[to.flavour]} never goes back to an older version: what ${from.version} has written, ${to.version} may not read`;
}

/** `CLUSTER MIGRATESLOTS` (Valkey 9.0): the slots of one request change hands in one moment, or not at all. Redis 8.4 has a way of its own, not used here. */
export function movesSlotsAtomically({ flavour, version }: Server): boolean {
  return flavour === "valkey" && compareVersions(version, "9.0.0") >= 0;
}
