/** Runs that are killed with SIGKILL just as they say something, and then run again. */
import { expect } from "vitest";
import { dbopEnds, startDbop } from "./dbop.ts";
import type { Ended } from "./command.ts";

/** A moment of a run, by the line that tells it. */
export type Moment = RegExp;

/** `[2/7] TITLE`: the step is recorded and about to be done. `title` is the source of a pattern. */
export const begin = (title: string): Moment => new RegExp(`^\\[\\d+/\\d+\\] ${title}$`, "u");
/** `[2/7] TITLE: done in 1s`. */
export const done = (title: string): Moment => new RegExp(`^\\[\\d+/\\d+\\] ${title}: done in `, "u");
/** `waiting until WHAT: what is seen`. */
export const waiting = (what: string): Moment => new RegExp(`^waiting until ${what}: `, "u");
/** The plan is told; nothing is locked or changed yet. */
export const planned: Moment = /^Plan [0-9a-f]{16}:$/u;

/**
 * The same command over and over, killed at one moment after the other, then run to its end, which must be success. Each run has to come
 * to its moment; where the one before it had begun to act, it must first take over that one's lock.
 */
export async function killedAt(args: readonly string[], moments: readonly Moment[]): Promise<Ended> {
  let hadLock = false;
  for (const moment of moments) {
    const ended = await killedOnce(args, moment);
    if (hadLock) expect(ended.stderr).toContain("taking over the lock of");
    hadLock = ended.code === null && /^\[/mu.test(ended.stderr);
  }
  const last = await dbopEnds(0, args);
  if (hadLock) expect(last.stderr).toContain("taking over the lock of");
  return last;
}

async function killedOnce(args: readonly string[], moment: Moment): Promise<Ended> {
  let came = false;
  const running = startDbop(args, {
    onLine: (line, self) => {
      if (!moment.test(line)) return;
      came = true;
      self.kill("SIGKILL");
    },
  });
  const ended = await running.ended;
  expect(came, `never came to ${moment}:\n${ended.stderr}`).toBe(true);
  return ended;
}
