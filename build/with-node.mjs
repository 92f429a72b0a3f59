// Runs its arguments with the Node the project is pinned to: node build/with-node.mjs script.ts args...
// Plain JavaScript for Node 20 and no dependencies, because it runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(project, "node_modules");

installIfStale();
runWith(pinnedNode(), process.argv.slice(2));

function installIfStale() {
  const lockFile = join(project, "package-lock.json");
  const stamp = join(modules, ".dbop-lock-hash");
  const hash = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8").trim() === hash) return;
  if (!installedByHand(lockFile)) {
    // fd 2 for npm's stdout too: this script's own stdout belongs to the command it runs.
    const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: project,
      stdio: ["ignore", 2, 2],
    });
    if (npm.status !== 0) fail(`npm ci failed (${npm.error?.message ?? `exit code ${npm.status}`})`);
  }
  writeFileSync(stamp, `${hash}\n`);
}

/** Whether npm's own record in node_modules already says exactly what the lock file says. */
function installedByHand(lockFile) {
  const record = join(modules, ".package-lock.json");
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(lockFile, "utf8")).packages;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  const same = ([path, entry]) => wanted[path]?.version === entry.version;
  const present = ([path, entry]) =>
    path === "" || entry.optional || entry.devOptional || entry.peer || path in installed;
  return Object.entries(installed).every(same) && Object.entries(wanted).every(present);
}

function pinnedNode() {
  const name = process.platform === "win32" ? "win" : process.platform;
  const pinned = join(
    modules,
    `node-${name}-${process.arch}`,
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split(".").map(Number);
  // 22.18 is the first Node that runs TypeScript files without a flag.
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  const wanted = readFileSync(join(project, ".node-version"), "utf8").trim();
  return fail(
    `this needs Node 22.18 or newer and found ${process.version}; install Node ${wanted}, or run npm ci where ` +
      `the package node-${name}-${process.arch} exists`,
  );
}

function runWith(node, args) {
  const env = { ...process.env, PATH: [join(modules, ".bin"), process.env.PATH ?? ""].join(delimiter) };
  const child = spawn(node, args, { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // Ctrl-C on a terminal reaches the child by itself; sending it again would look like a second Ctrl-C.
    const delivered = signal === "SIGINT" && process.stdin.isTTY;
    process.on(signal, () => delivered || child.kill(signal));
  }
  child.on("error", (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Not every signal ends a Node process by itself; then end the way a shell reports it.
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100);
  });
}

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}
