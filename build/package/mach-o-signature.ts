/**
 * Ad hoc code signatures of Mach-O programs: what `codesign --sign -` makes, without a Mac. macOS on arm64 starts nothing unsigned.
 * Layout: Apple's `cs_blobs.h` (xnu) and `mach-o/loader.h`. The signature vouches for nobody; it only says that the pages are as they were.
 */
import { createHash } from "node:crypto";

const magic64 = 0xfeed_facf;
const segmentCommand = 0x19;
const signatureCommand = 0x1d;
const headerBytes = 32;
const superBlobMagic = 0xfade_0cc0;
const directoryMagic = 0xfade_0c02;
/** Version 0x20400 has the four 64-bit fields that tell where the executable segment is. */
const directoryVersion = 0x2_0400;
const directoryBytes = 88;
const adHoc = 0x2;
const mainBinary = 1n;
const pageBits = 12;
const page = 1 << pageBits;
const hashBytes = 32;
const sha256Type = 2;
/** A SuperBlob of one blob: its header and one index entry. */
const superBlobBytes = 20;

interface Command {
  readonly type: number;
  readonly at: number;
  readonly size: number;
}

interface Segment {
  readonly at: number;
  readonly vmAddress: bigint;
  readonly fileOffset: number;
  readonly fileSize: number;
}

/** `program` with an ad hoc signature in place of any other. Throws for what is not a Mach-O program that can take one. */
export function signed(program: Buffer, identifier: string): Buffer {
  const end = signatureAt(program)?.offset ?? program.length;
  const linkEdit = segment(program, "__LINKEDIT");
  if (linkEdit.fileOffset + linkEdit.fileSize < end) throw new Error("something lies behind the last segment");
  const codeLimit = (end + 15) & ~15;
  const size = signatureBytes(codeLimit, identifier);
  const result = Buffer.alloc(codeLimit + size);
  program.copy(result, 0, 0, end);
  writeCommand(result, codeLimit, size);
  const inLinkEdit = BigInt(result.length - linkEdit.fileOffset);
  result.writeBigUInt64LE((inLinkEdit + 0x3fffn) & ~0x3fffn, linkEdit.at + 32);
  result.writeBigUInt64LE(inLinkEdit, linkEdit.at + 48);
  writeSignature(result, codeLimit, identifier);
  return result;
}

/** What is wrong with the signature of `program`: nothing when each page has the hash that the signature gives. */
export function signatureProblems(program: Buffer): readonly string[] {
  const signature = signatureAt(program);
  if (signature === undefined) return ["there is no signature"];
  const blob = program.subarray(signature.offset, signature.offset + signature.size);
  const directory = sha256Directory(blob);
  if (directory === undefined) return ["there is no CodeDirectory of SHA-256 hashes"];
  const [hashes, slots, limit] = [directory.readUInt32BE(16), directory.readUInt32BE(28), directory.readUInt32BE(32)];
  const bytes = 1 << directory.readUInt8(39);
  const problems = limit === signature.offset ? [] : [`it ends at ${limit}, and the code at ${signature.offset}`];
  if (slots !== Math.ceil(limit / bytes)) problems.push(`it has ${slots} hashes`);
  for (let slot = 0; slot < slots; slot++) {
    const content = program.subarray(slot * bytes, Math.min((slot + 1) * bytes, limit));
    const hash = directory.subarray(hashes + slot * hashBytes, hashes + (slot + 1) * hashBytes);
    if (!sha256(content).equals(hash)) problems.push(`page ${slot} is not as it was signed`);
  }
  return problems;
}

/** Whether the signature is one that claims nobody's name and asks for no hardened runtime, which would forbid V8 its compiler. */
export function isPlainAdHoc(program: Buffer): boolean {
  const signature = signatureAt(program);
  if (signature === undefined) return false;
  const blob = program.subarray(signature.offset, signature.offset + signature.size);
  return sha256Directory(blob)?.readUInt32BE(12) === adHoc;
}

function* commands(program: Buffer): Generator<Command> {
  if (program.readUInt32LE(0) !== magic64) throw new Error("this is no 64-bit Mach-O program");
  let at = headerBytes;
  for (let left = program.readUInt32LE(16); left > 0; left--) {
    const size = program.readUInt32LE(at + 4);
    yield { type: program.readUInt32LE(at), at, size };
    at += size;
  }
}

function signatureAt(
  program: Buffer,
): { readonly at: number; readonly offset: number; readonly size: number } | undefined {
  for (const { type, at } of commands(program))
    if (type === signatureCommand)
      return { at, offset: program.readUInt32LE(at + 8), size: program.readUInt32LE(at + 12) };
  return undefined;
}

function segment(program: Buffer, wanted: string): Segment {
  for (const { type, at } of commands(program)) {
    if (type !== segmentCommand || program.toString("latin1", at + 8, at + 24).replace(/\0+$/u, "") !== wanted)
      continue;
    return {
      at,
      vmAddress: program.readBigUInt64LE(at + 24),
      fileOffset: Number(program.readBigUInt64LE(at + 40)),
      fileSize: Number(program.readBigUInt64LE(at + 48)),
    };
  }
  throw new Error(`there is no segment ${wanted}`);
}

/** Where the first section begins: load commands can grow up to there. */
function firstContent(program: Buffer): number {
  let first = program.length;
  for (const { type, at } of commands(program)) {
    if (type !== segmentCommand) continue;
    for (let section = 0; section < program.readUInt32LE(at + 64); section++) {
      const offset = program.readUInt32LE(at + 72 + section * 80 + 48);
      if (offset > 0) first = Math.min(first, offset);
    }
  }
  return first;
}

function writeCommand(program: Buffer, offset: number, size: number): void {
  let at = signatureAt(program)?.at;
  if (at === undefined) {
    const length = program.readUInt32LE(20);
    at = headerBytes + length;
    if (at + 16 > firstContent(program)) throw new Error("there is no room for the command of a signature");
    program.writeUInt32LE(program.readUInt32LE(16) + 1, 16);
    program.writeUInt32LE(length + 16, 20);
    program.writeUInt32LE(signatureCommand, at);
    program.writeUInt32LE(16, at + 4);
  }
  program.writeUInt32LE(offset, at + 8);
  program.writeUInt32LE(size, at + 12);
}

function signatureBytes(codeLimit: number, identifier: string): number {
  return superBlobBytes + directoryBytes + identifier.length + 1 + Math.ceil(codeLimit / page) * hashBytes;
}

/** Hashes are of what is there now: everything else has to be in place. */
function writeSignature(program: Buffer, codeLimit: number, identifier: string): void {
  const blob = program.subarray(codeLimit);
  const directory = blob.subarray(superBlobBytes);
  const text = segment(program, "__TEXT");
  const hashes = directoryBytes + identifier.length + 1;
  const slots = Math.ceil(codeLimit / page);
  [superBlobMagic, blob.length, 1, 0, superBlobBytes].forEach((value, index) => blob.writeUInt32BE(value, index * 4));
  [...[directoryMagic, directory.length, directoryVersion, adHoc, hashes, directoryBytes, 0, slots, codeLimit]].forEach(
    (value, index) => directory.writeUInt32BE(value, index * 4),
  );
  Buffer.from([hashBytes, sha256Type, 0, pageBits]).copy(directory, 36);
  [BigInt(text.fileOffset), BigInt(text.fileSize), mainBinary].forEach((value, index) =>
    directory.writeBigUInt64BE(value, 64 + index * 8),
  );
  directory.write(identifier, directoryBytes, "latin1");
  for (let slot = 0; slot < slots; slot++) {
    const content = program.subarray(slot * page, Math.min((slot + 1) * page, codeLimit));
    sha256(content).copy(directory, hashes + slot * hashBytes);
  }
}

/** Apple's own files may hold one of SHA-1 beside it. */
function sha256Directory(superBlob: Buffer): Buffer | undefined {
  if (superBlob.readUInt32BE(0) !== superBlobMagic) return undefined;
  for (let index = 0; index < superBlob.readUInt32BE(8); index++) {
    const blob = superBlob.subarray(superBlob.readUInt32BE(12 + index * 8 + 4));
    if (blob.readUInt32BE(0) === directoryMagic && blob.readUInt8(37) === sha256Type) return blob;
  }
  return undefined;
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
