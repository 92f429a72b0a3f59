/** Authenticode signatures of Windows programs: one that does not fit the program any more is worse than none. */

const securityDirectory = 4;

/** `program` without its signature. Layout: Microsoft's "PE Format", optional header and certificate table. */
export function withoutSignature(program: Buffer): Buffer {
  const { checksum, directory } = places(program);
  const offset = program.readUInt32LE(directory);
  if (offset === 0) return program;
  const end = offset + program.readUInt32LE(directory + 4);
  if (end !== program.length) throw new Error("something lies behind the certificates");
  const result = Buffer.from(program.subarray(0, offset));
  result.fill(0, directory, directory + 8);
  result.writeUInt32LE(0, checksum);
  return result;
}

/** Whether the program names a signature, be it good or not. */
export function namesSignature(program: Buffer): boolean {
  return program.readUInt32LE(places(program).directory) !== 0;
}

function places(program: Buffer): { readonly checksum: number; readonly directory: number } {
  const header = program.readUInt32LE(0x3c);
  const optional = header + 24;
  if (program.toString("latin1", header, header + 4) !== "PE\0\0" || program.readUInt16LE(optional) !== 0x20b)
    throw new Error("this is no 64-bit Windows program");
  return { checksum: optional + 64, directory: optional + 112 + securityDirectory * 8 };
}
