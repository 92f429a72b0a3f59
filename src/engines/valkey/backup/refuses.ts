import type { Manifest } from "../../../backup/manifest.ts";
import { textField } from "../../../kube/fields.ts";
import type { Verdict } from "../../../plan/step.ts";
import type { Wanted } from "../../engine.ts";
import { officialImage, readServer, serverOf, whyUnreadable, type Server } from "../server.ts";
import { defaultShards } from "../spec.ts";

/** A file is read by the version that wrote it and by later ones; into as many shards as it was taken of, since slots stay where they were. */
export function refusesBackup(wanted: Wanted, manifest: Manifest): Verdict | undefined {
  const { engine } = manifest;
  if (engine !== "valkey")
    return unusable(`it is a backup of ${engine}, and this is Valkey`, `manifest.json: engine ${engine}`);
  if (manifest.shards === undefined)
    return unusable("its manifest does not say which slots are in which file", "manifest.json: no shards");
  return unreadable(wanted, manifest) ?? otherSize(wanted.shards ?? defaultShards, manifest.shards.length);
}

/** Its format is of a minor: all patches of it read it. */
function unreadable({ version, image }: Wanted, { format, engineVersion, spec }: Manifest): Verdict | undefined {
  const taken = serverOf(engineVersion, textField(spec, "image") || undefined);
  const writer = readServer(format?.replace(" ", "-")) ?? taken;
  const reader = serverOf(version, image);
  if (whyUnreadable(minorOf(writer), minorOf(reader)) === undefined) return undefined;
  const why = whyUnreadable(writer, reader) ?? "";
  const way = `restore it with --version ${taken.version}${taken.flavour === reader.flavour ? "" : ` --image ${officialImage(taken)}`}`;
  return unusable(`${why}: ${way}`, `manifest.json: format ${format ?? "not told"}`);
}

function minorOf({ flavour, version }: Server): Server {
  return { flavour, version: `${version.split(".").slice(0, 2).join(".")}.0` };
}

function otherSize(shards: number, taken: number): Verdict | undefined {
  if (taken === shards) return undefined;
  const message = `it is of ${String(taken)} ${taken === 1 ? "shard" : "shards"}, and is restored into as many, not ${String(shards)}: make spec.shards ${String(taken)}, and then kubectl dbop reshard NAME --shards ${String(shards)}`;
  return unusable(message, `manifest.json: ${String(taken)} shards`);
}

function unusable(message: string, observed: string): Verdict {
  return { guard: "backup-usable", message, observed };
}
