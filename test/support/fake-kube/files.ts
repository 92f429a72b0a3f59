/** Files as a process sees them: by absolute path, on the volume that is mounted there. */
import type { Disk } from "./world.ts";

export interface Mount {
  /** The volume's name in the pod. */
  readonly volume: string;
  readonly mountPath: string;
  /** By path from the volume's root. That of a claim lives as long as the claim, an emptyDir's as long as the pod. */
  readonly disk: Disk;
  /** The directory of the disk that is mounted; "" for its root. */
  readonly subPath: string;
  readonly readOnly: boolean;
}

export interface Files {
  /** What is at `path`; undefined when there is nothing. */
  read(path: string): unknown;
  /** Throws where the mount is read-only. */
  write(path: string, content: unknown): void;
  remove(path: string): void;
  /** Absolute paths of all files below `directory`, sorted. */
  list(directory: string): readonly string[];
}

/** The files of a process with these mounts; `own` is what is on none of them. */
export function filesOn(mounts: readonly Mount[], own: Disk): Files {
  const find = (path: string): Place => placeOf(path, mounts, own);
  const writable = (path: string): Place => {
    const place = find(path);
    if (place.readOnly) throw new Error(`${path}: read-only file system`);
    return place;
  };
  return {
    read: (path) => {
      const { disk, key } = find(path);
      return disk.get(key);
    },
    write: (path, content) => {
      const { disk, key } = writable(path);
      disk.set(key, content);
    },
    remove: (path) => {
      const { disk, key } = writable(path);
      disk.delete(key);
    },
    list: (directory) => {
      const { disk, key } = find(directory);
      const below = key === "" ? "" : `${key}/`;
      const root = directory === "/" ? "" : directory;
      return [...disk.keys()]
        .filter((name) => name.startsWith(below))
        .map((name) => `${root}/${name.slice(below.length)}`)
        .sort();
    },
  };
}

interface Place {
  readonly disk: Disk;
  readonly key: string;
  readonly readOnly: boolean;
}

function placeOf(path: string, mounts: readonly Mount[], own: Disk): Place {
  const inside = mounts
    .filter(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`))
    .sort((a, b) => b.mountPath.length - a.mountPath.length)[0];
  if (inside === undefined) return { disk: own, key: path.slice(1), readOnly: false };
  const key = [inside.subPath, path.slice(inside.mountPath.length + 1)].filter((part) => part !== "").join("/");
  return { disk: inside.disk, key, readOnly: inside.readOnly };
}
