/** What members keep on their volumes. */
import { firstDirectory, type DataDirectory } from "../../../src/engines/etcd/data-directory.ts";
import type { Minor } from "../../../src/engines/etcd/versions.ts";

/** What is on a volume, by path. Empty: a fresh one. */
export type Disk = Map<string, unknown>;

/** What a member has written, in its directory of the volume. */
const memberPath = (directory: DataDirectory): string => `${directory}/member`;
/** Where `etcdutl snapshot restore` leaves the database that it makes. */
const restoredPath = (directory: DataDirectory): string => `${memberPath(directory)}/snap/db`;

/** A directory of a volume, as the member sees it that keeps its data there. */
export interface Place {
  readonly disk: Disk;
  readonly directory: DataDirectory;
}

export interface MemberData {
  readonly id: string;
  readonly clusterId: string;
  /** The last entry of the log it has on disk. */
  readonly index: number;
  readonly corrupt: boolean;
  /** It has less than it once told the leader it had: it ends as soon as it hears from one. */
  readonly torn?: boolean;
  /** The version of the cluster that its log tells of. */
  readonly cluster?: Minor;
  /** Its log holds entries that 3.5 wrote, and no snapshot has taken them in. */
  readonly old?: boolean;
}

export function dataOn(disk: Disk, directory: DataDirectory = firstDirectory): MemberData | undefined {
  const data = disk.get(memberPath(directory));
  return isData(data) ? data : undefined;
}

export function dataAt(place: Place | undefined): MemberData | undefined {
  return place && dataOn(place.disk, place.directory);
}

export function write(place: Place | undefined, data: MemberData): void {
  place?.disk.set(memberPath(place.directory), data);
}

/** Spoils what the member that keeps its data there has written. */
export function spoil(disk: Disk, directory: DataDirectory = firstDirectory): void {
  const data = dataOn(disk, directory);
  if (data !== undefined) write({ disk, directory }, { ...data, corrupt: true });
}

function isData(value: unknown): value is MemberData {
  return typeof value === "object" && value !== null && "id" in value;
}

/** What `etcdutl snapshot restore` has left; undefined when nothing was restored. */
export function restoredOn({ disk, directory }: Place): string | undefined {
  const snapshot = disk.get(restoredPath(directory));
  return typeof snapshot === "string" ? snapshot : undefined;
}
