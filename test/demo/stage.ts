/** Where the demo plays, and what its scenes have in common. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../support/real/dbop.ts";
import { members } from "../support/real/etcd.ts";
import type { Stretch, Writer } from "../support/real/writer.ts";
import { say, seconds } from "./narrator.ts";

export interface Stage extends Target {
  readonly version: string;
  /** Of the next minor. */
  readonly newer: string;
}

export interface Scene {
  readonly title: string;
  readonly ms: number;
  readonly stretch?: Stretch;
}

/** The scene and what the writer did during it. */
export async function written(writer: Writer, scene: () => Promise<Scene>): Promise<Scene> {
  writer.stretch();
  const shown = await scene();
  const stretch = writer.stretch();
  say(`  meanwhile${meanwhile(stretch)}`);
  return { ...shown, stretch };
}

export function meanwhile(stretch: Stretch | undefined): string {
  if (stretch === undefined) return "";
  return `   ${String(stretch.writes).padStart(5)} writes acknowledged, longest gap ${seconds(stretch.longestGapMs)}`;
}

export async function expectMembers(stage: Stage, count: number): Promise<void> {
  const found = await members(stage);
  const wanted = Array.from({ length: count }, (_, ordinal) => `${stage.name}-${String(ordinal)}`);
  const names = found.map(({ name }) => name).toSorted();
  if (names.join() !== wanted.join() || found.some(({ learner }) => learner))
    throw new Error(`${String(count)} voting members were promised and there are: ${JSON.stringify(found)}`);
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("waited a minute for what never came");
    await sleep(50);
  }
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = Date.now();
  await work();
  return Date.now() - began;
}
