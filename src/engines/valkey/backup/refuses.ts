import type { Manifest } from "../../../backup/manifest.ts";
import type { Verdict } from "../../../plan/step.ts";
import type { Wanted } from "../../engine.ts";
import { defaultShards } from "../spec.ts";
import { compareVersions } from "../versions.ts";

/** From 7.4 on Redis writes files that no Valkey reads (valkey.io, "Migration from Redis to Valkey"). */
const firstForeignRedis = "7.4.0";

/** A file is read by the version that wrote it and by later ones; into as many shards as it was taken of, since slots stay where they were. */
export function refusesBackup({ version, shards = defaultShards }: Wanted, manifest: Manifest): Verdict | undefined {
  const { engine } = manifest;
  if (engine !== "valkey")
    return unusable(`it is a backup of ${engine}, and this is Valkey`, `manifest.json: engine ${engine}`);
  if (manifest.shards === undefined)
    return unusable("its manifest does not say which slots are in which file", "manifest.json: no shards");
  return unreadable(version, manifest) ?? otherSize(shards, manifest.shards.length);
}

function unreadable(version: string, { format, engineVersion }: Manifest): Verdict | undefined {
  const [writer = "", written = engineVersion] = (format ?? "").split(" ");
  const observed = `manifest.json: format ${format ?? "not told"}`;
  if (writer === "redis" && compareVersions(written, firstForeignRedis) >= 0)
    return unusable(`Redis ${written} has written it, and no Valkey reads what Redis 7.4 and later write`, observed);
  if (writer === "redis" || compareVersions(minorOf(written), minorOf(version)) <= 0) return undefined;
  const message = `Valkey ${written} has written it, and the older ${version} may not read that: restore it with --version ${engineVersion}`;
  return unusable(message, observed);
}

function otherSize(shards: number, taken: number): Verdict | undefined {
  if (taken === shards) return undefined;
  const message = `it is of ${String(taken)} ${taken === 1 ? "shard" : "shards"}, and is restored into as many, not ${String(shards)}: restore it with --shards ${String(taken)}, and then kubectl dbop reshard NAME --shards ${String(shards)}`;
  return unusable(message, `manifest.json: ${String(taken)} shards`);
}

function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

function unusable(message: string, observed: string): Verdict {
  return { guard: "backup-usable", message, observed };
}
