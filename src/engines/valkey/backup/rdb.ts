/** What `valkey-check-rdb` says of a file. It ends with a failure when the file is not whole. Pure. */

export interface Check {
  /** The program that has written it, with its version: `valkey 8.1.1`, `redis 7.2.4`. */
  readonly writer: string;
  /** Up to which byte of its shard's replication stream it holds all; undefined when the writer took part in none. */
  readonly offset: number | undefined;
  readonly keys: number;
  /** How many of them have a time at which they go. */
  readonly expiring: number;
}

/** Undefined when that is not what it says of a good file. */
export function readCheck(log: string): Check | undefined {
  const [, writer, version] = /^\[offset \d+\] AUX FIELD (valkey|redis)-ver = '([\d.]+)'/mu.exec(log) ?? [];
  const offset = /^\[offset \d+\] AUX FIELD repl-offset = '(\d+)'/mu.exec(log)?.[1];
  const [keys, expiring] = [numberBefore(log, "keys read"), numberBefore(log, "expires")];
  if (!/RDB looks OK/u.test(log) || writer === undefined || version === undefined) return undefined;
  if (keys === undefined || expiring === undefined) return undefined;
  return { writer: `${writer} ${version}`, offset: offset === undefined ? undefined : Number(offset), keys, expiring };
}

function numberBefore(log: string, words: string): number | undefined {
  const digits = new RegExp(`^\\[info\\] (\\d+) ${words}\\s*$`, "mu").exec(log)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
