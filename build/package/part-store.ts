/**
 * All code in one asset, found by an index. Node walks over all assets when it starts, and each one it meets brings pages of the executable
 * into memory: seventy of them cost 3 MiB.
 */

/** Where each part lies: its offset and length. */
export type PartIndex = Readonly<Record<string, readonly [offset: number, length: number]>>;

export function packed(parts: ReadonlyMap<string, Buffer>): { readonly index: PartIndex; readonly content: Buffer } {
  const index: Record<string, readonly [number, number]> = {};
  let offset = 0;
  for (const [name, part] of parts) {
    index[name] = [offset, part.length];
    offset += part.length;
  }
  return { index, content: Buffer.concat([...parts.values()]) };
}

/** Looks into `content` without copying it. */
export function partOf(content: ArrayBuffer, index: PartIndex, name: string): Buffer | undefined {
  const [offset, length] = index[name] ?? [];
  return offset === undefined ? undefined : Buffer.from(content, offset, length);
}
