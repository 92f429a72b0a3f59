/** Archives for machines that are not here: what can be said of them without running them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isPlainAdHoc, signatureProblems, signed } from "../../build/package/mach-o-signature.ts";
import { nodeBinary } from "../../build/package/node-binary.ts";
import { namesSignature, withoutSignature } from "../../build/package/pe-signature.ts";
import { targetName, targets } from "../../build/package/targets.ts";
import { archiveEntries } from "../support/package/unpacked.ts";
import { archiveOf } from "../support/package/packages.ts";

function programOf(name: string): Buffer {
  const target = targets.find((one) => targetName(one) === name);
  if (target === undefined) throw new Error(name);
  return archiveEntries(archiveOf(target)).find(({ mode }) => mode === 0o755)?.content ?? Buffer.alloc(0);
}

/** Node flips this from 0 to 1 when it holds a program. */
const holdsProgram = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1";

describe.each(targets.map(targetName))("the executable of %s", (name) => {
  const magic: Readonly<Record<string, string>> = { linux: "7f454c46", darwin: "cffaedfe", windows: "4d5a" };
  const machine: Readonly<Record<string, (program: Buffer) => number>> = {
    linux: (program) => program.readUInt16LE(18),
    darwin: (program) => program.readUInt32LE(4),
    windows: (program) => program.readUInt16LE(program.readUInt32LE(0x3c) + 4),
  };
  const processor: Readonly<Record<string, number>> = {
    linux_amd64: 0x3e,
    linux_arm64: 0xb7,
    darwin_amd64: 0x0100_0007,
    darwin_arm64: 0x0100_000c,
    windows_amd64: 0x8664,
  };

  it("is a program for that system and processor, with one inside", () => {
    const [system = ""] = name.split("_");
    const program = programOf(name);
    expect(program.toString("hex", 0, 4)).toMatch(new RegExp(`^${magic[system] ?? "?"}`, "u"));
    expect(machine[system]?.(program)).toBe(processor[name]);
    expect(program.includes(holdsProgram)).toBe(true);
  });
});

describe.each(["darwin_amd64", "darwin_arm64"])("the signature of %s", (name) => {
  it("is ad hoc, without hardened runtime, and fits every page", () => {
    const program = programOf(name);
    expect(signatureProblems(program)).toEqual([]);
    expect(isPlainAdHoc(program)).toBe(true);
  });

  it("does not fit any more when one byte of the program changes", () => {
    const program = Buffer.from(programOf(name));
    program.writeUInt8(program.readUInt8(1_000_000) ^ 1, 1_000_000);
    expect(signatureProblems(program)).toEqual(["page 244 is not as it was signed"]);
  });

  it("is read as Apple's own is: the one of the Node that came in is good, and not ours", () => {
    const target = targets.find((one) => targetName(one) === name) ?? targets[0];
    const node = target === undefined ? Buffer.alloc(0) : readFileSync(nodeBinary(target));
    expect(signatureProblems(node)).toEqual([]);
    expect(isPlainAdHoc(node)).toBe(false);
    const resigned = signed(node, "kubectl-dbop");
    expect(signatureProblems(resigned)).toEqual([]);
    expect(isPlainAdHoc(resigned)).toBe(true);
  });

  it("is the same when it is made again", () => {
    const program = programOf(name);
    expect(signed(program, "kubectl-dbop").equals(program)).toBe(true);
  });
});

describe("the Windows program", () => {
  it("names no signature, which would be a broken one", () => {
    expect(namesSignature(programOf("windows_amd64"))).toBe(false);
  });

  it("had one that fitted Node alone", () => {
    const target = targets.find(({ os }) => os === "windows");
    const node = target === undefined ? Buffer.alloc(0) : readFileSync(nodeBinary(target));
    expect(namesSignature(node)).toBe(true);
    expect(namesSignature(withoutSignature(node))).toBe(false);
  });
});

describe("what is no program", () => {
  it("is signed by nobody", () => {
    expect(() => signed(Buffer.from("#!/bin/sh\nexit 0\n".padEnd(64)), "x")).toThrow("no 64-bit Mach-O");
    expect(() => withoutSignature(Buffer.alloc(256))).toThrow("no 64-bit Windows program");
  });
});
