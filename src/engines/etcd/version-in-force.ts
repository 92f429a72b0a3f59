/**
 * Which version the members are to run now. While the version changes that is not `spec.version`: it is the one their StatefulSet is made
 * for, which follows the spec one safe step after the other (`plan/rules/version.ts`). Pure.
 */
import { configFor } from "./config/translate.ts";
import type { EndpointSeen, PodSeen } from "./seen.ts";
import type { EtcdSpec } from "./spec.ts";
import { compareVersions, runningMinor } from "./versions.ts";

export interface VersionMarks {
  readonly formed: boolean;
  /** As the StatefulSet bears it, and the ConfigMap. */
  readonly set: string | undefined;
  readonly config: string | undefined;
  readonly endpoints: readonly EndpointSeen[];
  /** No pod can have written anything: each waits for its image. */
  readonly unstarted: boolean;
}

/**
 * A cluster that has formed, or may be about to with members of another minor, is at the first mark that is left: their data is no other
 * minor's. One that is still to start follows its spec, so that a version of which there is no image can be mended.
 */
export function versionInForce(wish: EtcdSpec, { formed, set, config, endpoints, unstarted }: VersionMarks): string {
  const running = endpoints.some(({ version }) => runningMinor(version) !== wish.minor);
  const mayHaveRun = set !== undefined && runningMinor(set) !== wish.minor && !unstarted;
  if (!formed && !running && !mayHaveRun) return wish.version;
  return set ?? config ?? lowestVersion(endpoints) ?? wish.recordedVersion ?? wish.version;
}

/** Whether no pod can have written anything yet; one that is not there may have, and one that has crashed. */
export function isUnstarted(pods: readonly PodSeen[]): boolean {
  return pods.length > 0 && pods.every((pod) => !pod.running && pod.crash === undefined && pod.waiting !== undefined);
}

/** The oldest version among those that answer; undefined when none does. */
export function lowestVersion(endpoints: readonly EndpointSeen[]): string | undefined {
  return endpoints.map((endpoint) => endpoint.version).toSorted(compareVersions)[0];
}

/**
 * The wish as it is while `version` is in force: with its settings in that minor's words, and its image.
 *
 * @param image that runs it; undefined: derived from the wished one
 */
export function atVersion(wish: EtcdSpec, version: string, image?: string): EtcdSpec {
  if (version === wish.version) return wish;
  const minor = runningMinor(version) ?? wish.minor;
  return {
    ...wish,
    version,
    minor,
    image: image ?? imageFor(wish, version) ?? wish.image,
    config: minor === wish.minor ? wish.config : configFor(wish.config, minor),
  };
}

/** The image of another version, where the wished one's name holds its version; undefined where nobody can tell. */
export function imageFor(wish: EtcdSpec, version: string): string | undefined {
  if (version === wish.version) return wish.image;
  return wish.image.includes(wish.version) ? wish.image.replaceAll(wish.version, version) : undefined;
}
