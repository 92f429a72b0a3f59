/** Cuts a byte stream into lines, whatever way the network cut it into chunks. */
import { StringDecoder } from "node:string_decoder";
import type { Buffer } from "node:buffer";

/** etcd refuses objects above 1.5 MiB by default: a line this long is no watch event. */
const longestLine = 64 * 1024 * 1024;

/**
 * A function to feed chunks to; it calls `onLine` for each complete, non-empty line at once. Multi-byte characters may be split
 * between chunks. What follows the last newline is kept for the next chunk. False when a line exceeds 64 Mi characters: stop reading.
 */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => boolean {
  const decoder = new StringDecoder("utf8");
  let pending = "";
  return (chunk) => {
    const text = decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = pending + text.slice(start, end);
      pending = "";
      start = end + 1;
      if (line.trim() !== "") onLine(line);
    }
    pending += text.slice(start);
    return pending.length <= longestLine;
  };
}
