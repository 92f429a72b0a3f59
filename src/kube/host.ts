/**
 * What finding and authenticating a cluster needs from the machine. Passed in, so that nothing below `main.ts` touches `process`
 * and tests choose the environment. {@link nodeHost} is the real one.
 */
import { readFileSync } from "node:fs";

/** One run of an exec credential plugin. */
export interface PluginRun {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the child, not an addition to ours. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the child shares our standard input; otherwise it reads an empty one. */
  readonly inheritStdin: boolean;
  readonly signal?: AbortSignal;
}

/** The child's end: `code` is undefined when a signal ended it. Its stderr went to ours. */
export interface PluginExit {
  readonly code: number | undefined;
  readonly stdout: string;
}

export interface HostEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory; "" when there is none. */
  readonly homedir: string;
  /** Absolute. Relative paths given on the command line or in KUBECONFIG are resolved against it. */
  readonly cwd: string;
  readonly stdinIsTty: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A file's text. Throws as `fs.readFileSync` does, with `code`. */
  readFile(path: string): string;
  /** Runs a credential plugin to its end. Rejects with the spawn error (`code: "ENOENT"`) when it could not start, and when aborted. */
  runPlugin(run: PluginRun): Promise<PluginExit>;
  /** One line for the user on stderr. Never holds a secret. */
  warn(line: string): void;
}

/** What {@link nodeHost} cannot know without `process`. */
export type HostFacts = Pick<HostEnvironment, "env" | "homedir" | "cwd" | "stdinIsTty" | "warn">;

/** The machine we run on. Call it from the composition root: `nodeHost({ env: process.env, homedir: os.homedir(), … })`. */
export function nodeHost(facts: HostFacts): HostEnvironment {
  return {
    ...facts,
    now: () => Date.now(),
    readFile: (path) => readFileSync(path, "utf8"),
    runPlugin: runChild,
  };
}

/** Whether reading failed because there is no such file. */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === "ENOENT";
}

/** Why a file could not be read, in the words kubectl prints; without the path. */
export function whyUnreadable(error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    EISDIR: "is a directory",
    ENOTDIR: "not a directory",
  };
  const code = errnoOf(error);
  return words[code] ?? code;
}

function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}

async function runChild(run: PluginRun): Promise<PluginExit> {
  const { spawn } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    const child = spawn(run.command, [...run.args], {
      env: { ...run.env },
      stdio: [run.inheritStdin ? "inherit" : "ignore", "pipe", "inherit"],
      ...(run.signal && { signal: run.signal }),
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? undefined, stdout: Buffer.concat(chunks).toString("utf8") });
    });
  });
}
