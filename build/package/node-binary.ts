/** Node for any target, from the npm registry, kept outside the project by its version. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { nodeVersion, targets, type Target } from "./targets.ts";

/** `$XDG_CACHE_HOME/kubectl-dbop/NAME` (`~/.cache` when unset). */
export function cacheFolder(name: string): string {
  const cache = process.env["XDG_CACHE_HOME"];
  const root = cache === undefined || cache === "" ? join(homedir(), ".cache") : cache;
  return join(root, "kubectl-dbop", name);
}

/** The path of Node's program for `target`. Downloads it once; the tarball must be the one that `target.integrity` names. */
export function nodeBinary(target: Target): string {
  const kept = join(cacheFolder("node"), `${target.carrier}-${nodeVersion}`);
  if (!existsSync(kept)) download(target, kept);
  return join(kept, "bin", target.os === "windows" ? "node.exe" : "node");
}

/** Of Node and of all that it carries. It is the same for every target, and not every carrier has it. */
export function nodeLicense(): string {
  const carrier = targets.find(({ os }) => os === "linux");
  if (carrier === undefined) throw new Error("no carrier of Node has its licence");
  return readFileSync(join(dirname(dirname(nodeBinary(carrier))), "LICENSE"), "utf8");
}

function download({ carrier, integrity, os }: Target, kept: string): void {
  mkdirSync(join(kept, ".."), { recursive: true });
  const work = mkdtempSync(`${kept}.`);
  try {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    execFileSync(npm, ["pack", "--silent", "--ignore-scripts", `${carrier}@${nodeVersion}`], {
      cwd: work,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const tarball = join(work, `${carrier}-${nodeVersion}.tgz`);
    refuseOther(tarball, integrity);
    const wanted = os === "windows" ? ["package/bin/node.exe"] : ["package/LICENSE", "package/bin/node"];
    execFileSync("tar", ["-xzf", tarball, "--strip-components=1", ...wanted], { cwd: work, stdio: "pipe" });
    rmSync(tarball);
    // Of two builds at a time one comes first, with the same bytes.
    if (!existsSync(kept)) renameSync(work, kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function refuseOther(tarball: string, integrity: string): void {
  const found = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (found !== integrity) throw new Error(`${tarball} is not the package that was wanted: ${found}, not ${integrity}`);
}
