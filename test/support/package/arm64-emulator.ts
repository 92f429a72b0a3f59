/** Runs arm64 programs of Linux on another processor: Debian's qemu, unpacked into the cache. Nothing is installed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../../build/package/node-binary.ts";

/** What comes before the program on a command line; or why there is none. */
export type Emulator = { readonly command: readonly string[] } | { readonly unavailable: string };

const packages = ["qemu-user-static", "libc6-arm64-cross", "libstdc++6-arm64-cross", "libgcc-s1-arm64-cross"];

export function arm64Emulator(): Emulator {
  if (process.platform !== "linux") return { unavailable: "it runs on Linux only" };
  if (process.arch === "arm64") return { command: [] };
  const kept = cacheFolder("arm64-emulator");
  try {
    if (!existsSync(kept)) unpack(kept);
  } catch (error) {
    return { unavailable: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
  return { command: [join(kept, "usr/bin/qemu-aarch64-static"), "-L", join(kept, "usr/aarch64-linux-gnu")] };
}

function unpack(kept: string): void {
  mkdirSync(join(kept, ".."), { recursive: true });
  const work = mkdtempSync(`${kept}.`);
  try {
    execFileSync("apt-get", ["download", "-q", ...packages], { cwd: work, stdio: "pipe" });
    for (const file of readdirSync(work).filter((name) => name.endsWith(".deb"))) {
      execFileSync("dpkg-deb", ["-x", file, "."], { cwd: work, stdio: "pipe" });
      rmSync(join(work, file));
    }
    renameSync(work, kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
