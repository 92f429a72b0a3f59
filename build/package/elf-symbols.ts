/** Linux programs without the names of their functions: only a debugger reads them, and they are an eighth of Node. */

const section64Bytes = 64;
const symbolTypes: ReadonlySet<number> = new Set([2 /* SHT_SYMTAB */, 3 /* SHT_STRTAB */]);
/** SHF_ALLOC: the section is loaded with the program. */
const loaded = 0x2n;

interface Section {
  readonly header: Buffer;
  readonly type: number;
  readonly isLoaded: boolean;
  readonly offset: number;
  readonly size: number;
}

/**
 * What `strip` makes, for any processor. The sections of symbols become null sections, so that the others keep their numbers. A program
 * where something else lies behind them is left as it is. Layout: the ELF-64 object file format.
 */
export function withoutSymbols(program: Buffer): Buffer {
  if (program.toString("latin1", 0, 5) !== "\x7fELF\x02") throw new Error("this is no 64-bit ELF program");
  const sections = sectionsOf(program);
  const names = sections[program.readUInt16LE(62)];
  if (names === undefined) throw new Error("the program has no names of sections");
  const symbols = sections.filter((one) => symbolTypes.has(one.type) && !one.isLoaded && one !== names);
  const end = Math.min(...symbols.map(({ offset }) => offset));
  const rest = sections.filter((one) => !symbols.includes(one) && one !== names);
  if (symbols.length === 0 || rest.some(({ offset, size, type }) => type !== 8 /* SHT_NOBITS */ && offset + size > end))
    return program;
  for (const { header } of symbols) header.fill(0);
  names.header.writeBigUInt64LE(BigInt(end), 24);
  const headersAt = (end + names.size + 7) & ~7;
  const kept = Buffer.concat([
    program.subarray(0, end),
    program.subarray(names.offset, names.offset + names.size),
    Buffer.alloc(headersAt - end - names.size),
    ...sections.map(({ header }) => header),
  ]);
  kept.writeBigUInt64LE(BigInt(headersAt), 40);
  return kept;
}

/** With copies of their headers. */
function sectionsOf(program: Buffer): readonly Section[] {
  const at = Number(program.readBigUInt64LE(40));
  return Array.from({ length: program.readUInt16LE(60) }, (_, index) => {
    const header = Buffer.from(program.subarray(at + index * section64Bytes, at + (index + 1) * section64Bytes));
    return {
      header,
      type: header.readUInt32LE(4),
      isLoaded: (header.readBigUInt64LE(8) & loaded) !== 0n,
      offset: Number(header.readBigUInt64LE(24)),
      size: Number(header.readBigUInt64LE(32)),
    };
  });
}
