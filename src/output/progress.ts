/**
 * Tells on stderr how a run goes. On a terminal one live line says the step, how long, what is waited for and what is seen;
 * elsewhere each change is a line, and a heartbeat comes when nothing changes.
 */
import type { Clock } from "../reconcile/clock.ts";
import type { PassEvent, Report } from "../reconcile/report.ts";
import { humanDuration } from "./age.ts";
import type { Palette } from "./colour.ts";
import { liveLine, type Terminal } from "./live-line.ts";
import { renderPlan } from "./plan.ts";
import { sanitize } from "./sanitize.ts";

export interface ProgressOptions {
  readonly out: Terminal;
  readonly clock: Clock;
  readonly colours: Palette;
  /** Whether a live line is possible: a terminal that is not dumb, outside CI. */
  readonly live: boolean;
}

export interface Progress {
  readonly report: Report;
  /** Leaves the terminal to somebody else until the next event. */
  pause(): void;
  /** Clears the live line and ends the heartbeat. */
  stop(): void;
}

const heartbeatMs = 30_000;
const tickMs = 1000;

interface State {
  /** `[2/5] Add member demo-3`. */
  step: string;
  stepSince: number;
  waiting: string;
}

/** Starts telling. Call `stop` in any case. */
export function startProgress({ out, clock, colours, live }: ProgressOptions): Progress {
  const line = liveLine(out);
  const state: State = { step: "", stepSince: clock.now().getTime(), waiting: "" };
  const ended = new AbortController();
  let lastSaid = clock.now().getTime();
  const elapsed = (): string => humanDuration(clock.now().getTime() - state.stepSince);
  const say = (text: string): void => {
    lastSaid = clock.now().getTime();
    line.print(text);
  };
  const draw = (): void => {
    if (live && state.step !== "") line.show([state.step, elapsed(), state.waiting].filter(Boolean).join("  "));
  };
  const beat = (): void => {
    if (live) draw();
    else if (state.step !== "" && clock.now().getTime() - lastSaid >= heartbeatMs) {
      say(`${state.step}: still at it after ${elapsed()}${state.waiting === "" ? "" : `, ${state.waiting}`}`);
    }
  };
  void everySecond({ clock, signal: ended.signal, beat });
  return {
    report: (event) => {
      const text = tell(event, { state, clock, live, elapsed: elapsed(), colours });
      if (text !== "") say(text);
      draw();
    },
    pause: () => {
      state.step = "";
      line.clear();
    },
    stop: () => {
      ended.abort();
      line.clear();
    },
  };
}

interface Ticking {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly beat: () => void;
}

async function everySecond({ clock, signal, beat }: Ticking): Promise<void> {
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    // The only way this sleep fails is that it was ended.
    await clock.sleep(tickMs, signal).catch(() => undefined);
    if (!ended()) beat();
  }
}

interface Telling {
  readonly state: State;
  readonly clock: Clock;
  readonly live: boolean;
  readonly elapsed: string;
  readonly colours: Palette;
}

/** What an event is worth as a lasting line ("" for none); notes in `state` what the live line shows. */
function tell(event: PassEvent, { state, clock, live, elapsed, colours }: Telling): string {
  switch (event.type) {
    case "plan":
      return renderPlan(event, colours).trimEnd();
    case "step":
      state.step = sanitize(`[${event.index}/${Math.max(event.index, event.total)}] ${event.step.title}`);
      state.stepSince = clock.now().getTime();
      state.waiting = "";
      return live ? "" : state.step;
    case "step-done": {
      const done = `${state.step}: ${colours.good("done")} in ${humanDuration(event.seconds * 1000)}`;
      state.step = "";
      state.waiting = "";
      return done;
    }
    case "waiting": {
      state.waiting = sanitize(`waiting until ${event.until}: ${event.seen}`);
      const line = [state.step, `${state.waiting} (${elapsed})`].filter(Boolean).join(": ");
      return live ? "" : line;
    }
    case "replanned":
      return `${colours.caution("planned anew")}: ${sanitize(event.why)}`;
    case "note":
      return sanitize(event.text);
    case "warning":
      return `${colours.caution("warning")}: ${sanitize(event.text)}`;
  }
}
