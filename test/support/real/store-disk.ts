/** What lies in a location, seen and damaged from behind: on the disk that holds it, past whatever protocol leads there. */
import { listField, numberField, textField } from "../../../src/kube/fields.ts";
import { admin } from "./cluster.ts";

/** A folder that a container of the rclone image has before it. */
export interface StoreDisk {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The folder's path in the container. All other paths are relative to it. */
  readonly folder: string;
  /** Run in the container after each change, so that whoever serves the folder sees it. Default: nobody remembers what is there. */
  readonly afterChange?: readonly string[];
}

export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
}

/** Every file, in the order of their paths. */
export async function storedFiles(disk: StoreDisk): Promise<readonly StoredFile[]> {
  const listed = await onDisk(disk, ["rclone", "--config=", "lsjson", "--recursive", "--files-only", disk.folder]);
  const parsed: unknown = JSON.parse(listed);
  const files = listField({ parsed }, "parsed").map((file) => ({
    path: textField(file, "Path"),
    bytes: numberField(file, "Size"),
  }));
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

export function storedText(disk: StoreDisk, path: string): Promise<string> {
  return onDisk(disk, ["cat", inFolder(disk, path)]);
}

/** Computed where it lies, in hexadecimal. */
export async function storedSha256(disk: StoreDisk, path: string): Promise<string> {
  return (await onDisk(disk, ["sha256sum", inFolder(disk, path)])).slice(0, 64);
}

/** Puts a file there that no mover has brought. */
export async function plant(disk: StoreDisk, path: string, text: string): Promise<void> {
  await change(disk, ["rclone", "--config=", "rcat", inFolder(disk, path)], text);
}

/** Inverts the lowest bit of one byte; the file's size and age stay. */
export async function flipBit(disk: StoreDisk, path: string, offset = 0): Promise<void> {
  const script = `
    at=$(stat -c @%Y "$1") && byte=$(od -An -tu1 -j "$2" -N 1 "$1") &&
    printf "\\\\$(printf %03o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc && touch -d "$at" "$1"`;
  await change(disk, ["sh", "-ec", script, "sh", inFolder(disk, path), String(offset)]);
}

export async function removeStored(disk: StoreDisk, path: string): Promise<void> {
  await change(disk, ["rm", "-r", inFolder(disk, path)]);
}

async function change(disk: StoreDisk, argv: readonly string[], stdin = ""): Promise<void> {
  await onDisk(disk, argv, stdin);
  if (disk.afterChange !== undefined) await onDisk(disk, disk.afterChange);
}

/** Stdout of a program beside the disk; it must succeed. */
async function onDisk({ namespace, pod, container }: StoreDisk, argv: readonly string[], stdin = ""): Promise<string> {
  const { kube } = await admin();
  const result = await kube.exec({ namespace, pod, container, argv, stdin, deadlineMs: 120_000 });
  if (result.outcome !== "exited" || result.code !== 0)
    throw new Error(`${argv.join(" ")} in ${pod}: ${JSON.stringify(result)}`);
  return result.stdout;
}

function inFolder({ folder }: StoreDisk, path: string): string {
  return `${folder}/${path}`;
}
