/** Times whole processes, and says what the times amount to. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Measured {
  readonly ms: number;
  /** VmHWM; only of a process that lives long enough to be looked at. */
  readonly peakMiB: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Throws when it fails: a figure of a failed run would be worth nothing. */
export async function measure(command: readonly string[], input?: string): Promise<Measured> {
  const [program = "", ...args] = command;
  const began = performance.now();
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let [stdout, stderr, peakMiB] = ["", "", 0];
  const look = setInterval(() => (peakMiB = Math.max(peakMiB, peakOf(child.pid))), 10);
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => {
    clearInterval(look);
  });
  const ms = performance.now() - began;
  if (code !== 0) throw new Error(`${command.join(" ")}: exit code ${String(code)}\n${stderr}${stdout}`);
  return { ms, peakMiB, stdout, stderr };
}

/** Runs the two in turn, so that both meet the same noise. The first pair warms up and does not count. */
export async function inTurn(
  pairs: number,
  first: readonly string[],
  second: readonly string[],
): Promise<{ readonly first: readonly Measured[]; readonly second: readonly Measured[] }> {
  const [firsts, seconds]: [Measured[], Measured[]] = [[], []];
  for (let pair = 0; pair <= pairs; pair++) {
    firsts.push(await measure(first));
    seconds.push(await measure(second));
  }
  return { first: firsts.slice(1), second: seconds.slice(1) };
}

/** Pair by pair, the first time divided by the second. */
export function ratios(first: readonly Measured[], second: readonly Measured[]): readonly number[] {
  return first.map(({ ms }, index) => ms / (second[index]?.ms ?? Number.NaN));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}

function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/u.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
}
