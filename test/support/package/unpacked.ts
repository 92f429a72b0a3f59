/** Reads archives as tar has them, link types and modes included, without unpacking anything. */
import { gunzipSync } from "node:zlib";

export interface ArchiveEntry {
  readonly path: string;
  /** tar's type flag: "0" a file, "5" a folder, "1" and "2" links. */
  readonly type: string;
  readonly mode: number;
  readonly content: Buffer;
}

const block = 512;

/** Of a gzip-compressed ustar archive. */
export function archiveEntries(archive: Buffer): readonly ArchiveEntry[] {
  const bytes = gunzipSync(archive);
  const entries: ArchiveEntry[] = [];
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0;) {
    const text = (offset: number, width: number): string =>
      bytes.toString("latin1", at + offset, at + offset + width).replace(/\0.*$/su, "");
    const size = Number.parseInt(text(124, 12), 8);
    entries.push({
      path: text(0, 100),
      type: text(156, 1),
      mode: Number.parseInt(text(100, 8), 8),
      content: bytes.subarray(at + block, at + block + size),
    });
    at += block + Math.ceil(size / block) * block;
  }
  return entries;
}
