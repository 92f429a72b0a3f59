/**
 * The composition root: the only file that touches `process`. Help is a file that the build has rendered, so that asking for it loads
 * nothing; every verb is a file of its own, loaded when it is the one asked for.
 */
import { homedir } from "node:os";
import { setFlagsFromString } from "node:v8";
import { bundledFile } from "./bundled-file.ts";
import type { CommandSpec } from "./cli/command-spec.ts";
import type { VerbName } from "./cli/command-line.ts";
import type { OutputStream } from "./cli/deps.ts";
import type { Machine } from "./cli/machine.ts";
import { withoutTokens } from "./without-tokens.ts";

/** Set by the build. */
declare const DBOP_VERSION: string;

const specs: Readonly<Record<VerbName, () => Promise<CommandSpec>>> = {
  install: async () => (await import("./cli/commands/install.ts")).installSpec,
  backup: async () => (await import("./cli/commands/backup.ts")).backupSpec,
  restore: async () => (await import("./cli/commands/restore.ts")).restoreSpec,
  scale: async () => (await import("./cli/commands/scale.ts")).scaleSpec,
  upgrade: async () => (await import("./cli/commands/upgrade.ts")).upgradeSpec,
  reshard: async () => (await import("./cli/commands/reshard.ts")).reshardSpec,
  rotate: async () => (await import("./cli/commands/rotate.ts")).rotateSpec,
  schedule: async () => (await import("./cli/commands/schedule.ts")).scheduleSpec,
  reconcile: async () => (await import("./cli/commands/reconcile.ts")).reconcileSpec,
  status: async () => (await import("./cli/commands/status.ts")).statusSpec,
  check: async () => (await import("./cli/commands/check.ts")).checkSpec,
  list: async () => (await import("./cli/commands/list.ts")).listSpec,
  history: async () => (await import("./cli/commands/history.ts")).historySpec,
  delete: async () => (await import("./cli/commands/delete.ts")).deleteSpec,
  unlock: async () => (await import("./cli/commands/unlock.ts")).unlockSpec,
  version: async () => (await import("./cli/commands/version.ts")).versionSpec,
  completion: async () => (await import("./cli/commands/completion.ts")).completionSpec,
};

void main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<void> {
  dieQuietly();
  const help = helpFile(argv);
  if (help !== undefined) {
    process.stdout.write(help);
    return;
  }
  staySmall();
  const { start } = await import("./cli/start.ts");
  // Not exit(): what is written to a pipe has yet to leave.
  process.exitCode = await start(machine(argv), (verb) => specs[verb]());
}

/**
 * A run waits for the network and computes next to nothing: without the optimizing compilers and with a nursery that stays small, scaling
 * takes 72 MiB instead of 88. Not on Node's command line: other flags than it was built with make it drop its code cache.
 */
function staySmall(): void {
  for (const flag of ["--semi-space-growth-factor=1", "--no-opt", "--no-maglev"]) setFlagsFromString(flag);
}

/** The rendered help, for the command lines that can mean nothing else. */
function helpFile([first = "help", second = "", ...others]: readonly string[]): string | undefined {
  const topics: Readonly<Record<string, string>> = { "-h": "dbop", "--help": "dbop", help: "dbop", options: "options" };
  if (others.length > 0) return undefined;
  if (second === "") return readHelp(topics[first] ?? "");
  if (first === "help") return readHelp(second);
  return second === "--help" || second === "-h" ? readHelp(first) : undefined;
}

function readHelp(topic: string): string | undefined {
  // Only what is a verb: a topic is a word of the user's, not a path.
  if (!["dbop", "options", ...Object.keys(specs)].includes(topic)) return undefined;
  return bundledFile(`help/${topic}.txt`);
}

function machine(argv: readonly string[]): Machine {
  return {
    argv,
    env: process.env,
    homedir: homedir(),
    cwd: process.cwd(),
    stdinIsTty: process.stdin.isTTY,
    stdin: process.stdin,
    stdout: stream(process.stdout),
    stderr: stream(process.stderr),
    questions: process.stderr,
    version: DBOP_VERSION,
    node: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
    onSignal: (name, listener) => process.on(name, listener),
    exit: (code) => process.exit(code),
  };
}

function stream(out: NodeJS.WriteStream): OutputStream {
  return {
    get isTTY() {
      return out.isTTY;
    },
    get columns() {
      return out.columns || 80;
    },
    write: (text) => {
      out.write(text);
    },
  };
}

/** A reader that has left (`| head`) is no failure, and a defect is told in a line instead of a page of minified source. */
function dieQuietly(): void {
  for (const out of [process.stdout, process.stderr]) {
    out.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") process.exitCode = 1;
    });
  }
  process.on("uncaughtException", (error) => {
    process.stderr.write(
      `error: internal error: ${error.name}: ${withoutTokens(error.message.split("\n")[0] ?? "")}\n` +
        `kubectl-dbop ${DBOP_VERSION}, Node ${process.versions.node}, ${process.platform}/${process.arch}\n`,
    );
    process.exit(1);
  });
}
