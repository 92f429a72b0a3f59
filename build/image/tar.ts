/** One entry of a tar archive; the path has no leading slash. */
export type TarEntry =
  | { readonly kind: "file"; readonly path: string; readonly content: Buffer; readonly mode: number }
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

const block = 512;
const typeFlags = { file: "0", link: "2", folder: "5" } as const;

/** The entries as a ustar archive, owned by root and dated 1970, so that the same entries make the same bytes. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.kind === "file" ? entry.content : Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc(-content.length & (block - 1))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const path = entry.kind === "folder" ? `${entry.path}/` : entry.path;
  if (Buffer.byteLength(path) > 100) throw new Error(`path too long for a tar header: ${path}`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, offset: number, width: number): void => {
    bytes.write(value.toString(8).padStart(width - 1, "0"), offset, "ascii");
  };
  bytes.write(path, 0);
  octal(entry.kind === "link" ? 0o777 : entry.mode, 100, 8);
  octal(0, 108, 8); // user
  octal(0, 116, 8); // group
  octal(size, 124, 12);
  octal(0, 136, 12); // modification time
  bytes.write("        ", 148, "ascii"); // the checksum counts itself as spaces
  bytes.write(typeFlags[entry.kind], 156, "ascii");
  if (entry.kind === "link") bytes.write(entry.target, 157);
  bytes.write("ustar\0", 257, "ascii");
  bytes.write("00", 263, "ascii");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return bytes;
}
