import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process for good: numbers are used again, but not with the same start time in the same boot. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks between boot and the process' start. */
  readonly startTime: string;
  readonly bootId: string;
}

/** What identifies the process that has this number now; `undefined` when none has or it is already dead. */
export function identify(pid: number): ProcessId | undefined {
  const stat = readStat(pid);
  if (stat === undefined || stat.state === "Z" || stat.state === "X") return undefined;
  return { pid, startTime: stat.startTime, bootId: bootId() };
}

export function isAlive(process: ProcessId): boolean {
  const now = identify(process.pid);
  return now !== undefined && now.startTime === process.startTime && now.bootId === process.bootId;
}

/** Ends a process that is still the one recorded with SIGKILL, and waits until it has gone. */
export async function end(recorded: ProcessId): Promise<void> {
  if (!isAlive(recorded)) return;
  process.kill(recorded.pid, "SIGKILL");
  for (let tries = 0; isAlive(recorded); tries++) {
    if (tries > 500) throw new Error(`process ${String(recorded.pid)} does not end`);
    await sleep(10);
  }
}

/** The first child of a process. */
export function childOf(parent: number): ProcessId | undefined {
  const child = allPids().find((pid) => readStat(pid)?.parent === parent);
  return child === undefined ? undefined : identify(child);
}

/** The numbers of all processes the kernel shows. */
export function allPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function readStat(pid: number): { state: string; parent: number; startTime: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  } catch {
    return undefined; // gone meanwhile
  }
  // The program's name, in brackets, may itself hold spaces and brackets: count from the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent = "0"] = fields;
  return { state, parent: Number(parent), startTime: fields[19] ?? "" };
}
