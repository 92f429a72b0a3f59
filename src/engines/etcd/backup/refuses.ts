import type { Manifest } from "../../../backup/manifest.ts";
import type { Verdict } from "../../../plan/step.ts";
import { minorOf, supportedMinors } from "../versions.ts";

/** A snapshot is read by its own minor and by the next (etcd upgrade guides); never by an older one. A version that is none is for others to refuse. */
export function refusesBackup(version: string, { engine, engineVersion }: Manifest): Verdict | undefined {
  if (engine !== "etcd")
    return unusable(`it is a backup of ${engine}, and this is etcd`, `manifest.json: engine ${engine}`);
  const [taken, wanted] = [engineVersion, version].map((one) => {
    const minor = minorOf(one) ?? supportedMinors.find((known) => one.startsWith(`${known}.`));
    return minor === undefined ? -1 : supportedMinors.indexOf(minor);
  });
  if (taken === undefined || wanted === undefined || taken < 0) {
    return unusable(
      `it was taken of etcd ${engineVersion}, which this release does not know`,
      `manifest.json: engineVersion ${engineVersion}`,
    );
  }
  if (wanted < 0 || wanted === taken || wanted === taken + 1) return undefined;
  const direction = wanted < taken ? "older" : "more than one minor newer";
  return unusable(
    `it was taken of etcd ${engineVersion}, and ${version} is ${direction}: restore it with ${supportedMinors[taken] ?? ""} and upgrade from there`,
    `manifest.json: engineVersion ${engineVersion}`,
  );
}

function unusable(message: string, observed: string): Verdict {
  return { guard: "backup-usable", message, observed };
}
