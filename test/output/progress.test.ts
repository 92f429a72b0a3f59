import { describe, expect, it } from "vitest";
import { plain } from "../../src/output/colour.ts";
import { startProgress, type Progress } from "../../src/output/progress.ts";
import type { PassEvent } from "../../src/reconcile/report.ts";
import { FakeClock } from "../support/fake-kube/fake-clock.ts";

const step = { id: "member-add/demo-3", title: "Add member demo-3", why: "4 wanted, 3 seen" };
const began: PassEvent = { type: "step", index: 2, total: 5, step };
const waiting: PassEvent = { type: "waiting", until: "demo-3 has caught up", seen: "40 MB behind" };
const done: PassEvent = { type: "step-done", step, seconds: 12 };

interface Watched {
  readonly progress: Progress;
  readonly clock: FakeClock;
  readonly window: { columns: number };
  /** What was written since the last call. */
  readonly written: () => string;
}

function watch(live: boolean): Watched {
  const clock = new FakeClock({ autoAdvance: false });
  const window = { columns: 60 };
  let text = "";
  const out = {
    get columns() {
      return window.columns;
    },
    write: (more: string) => {
      text += more;
    },
  };
  const progress = startProgress({ out, clock, colours: plain, live });
  return { progress, clock, window, written: () => [text, (text = "")][0] ?? "" };
}

const erase = "\r\u001b[J";

describe("progress on a terminal", () => {
  it("keeps one live line with step, time and what is waited for", async () => {
    const { progress, clock, written } = watch(true);
    progress.report(began);
    expect(written()).toBe("[2/5] Add member demo-3  0s");
    progress.report({ ...waiting, until: "it", seen: "x" });
    expect(written()).toBe(`${erase}[2/5] Add member demo-3  0s  waiting until it: x`);
    await clock.advance(1000);
    expect(written()).toBe(`${erase}[2/5] Add member demo-3  1s  waiting until it: x`);
    progress.report(done);
    expect(written()).toBe(`${erase}[2/5] Add member demo-3: done in 12s\n`);
    progress.stop();
    expect(written()).toBe("");
  });

  it("cuts the line before the edge of the window", () => {
    const { progress, written } = watch(true);
    progress.report(began);
    written();
    progress.report(waiting);
    expect(written()).toBe(`${erase}[2/5] Add member demo-3  0s  waiting until demo-3 has caug…`);
    progress.stop();
  });

  it("clears every row the line wraps to after the window was made narrower", async () => {
    const { progress, clock, window, written } = watch(true);
    progress.report(began);
    progress.report(waiting);
    written();
    window.columns = 20;
    await clock.advance(1000);
    expect(written()).toBe(`\u001b[2A${erase}[2/5] Add member d…`);
    progress.stop();
  });

  it("prints lasting lines above the live one", () => {
    const { progress, written } = watch(true);
    progress.report(began);
    written();
    progress.report({ type: "warning", text: "a \u001b[2Jtrap" });
    expect(written()).toBe(`${erase}warning: a trap\n[2/5] Add member demo-3  0s`);
    progress.stop();
  });

  it("leaves the terminal alone while paused, and after it was stopped", async () => {
    const { progress, clock, written } = watch(true);
    progress.report(began);
    written();
    progress.pause();
    expect(written()).toBe(erase);
    await clock.advance(5000);
    expect(written()).toBe("");
    progress.report(began);
    written();
    progress.stop();
    expect(written()).toBe(erase);
    await clock.advance(5000);
    expect(written()).toBe("");
  });
});

describe("progress elsewhere", () => {
  it("says one line a change, without control characters", () => {
    const { progress, written } = watch(false);
    progress.report({ type: "plan", steps: [step], hash: "0123456789abcdef", warnings: [] });
    progress.report(began);
    progress.report(waiting);
    progress.report({ type: "replanned", why: "somebody removed demo-3" });
    progress.report({ type: "note", text: "going on" });
    progress.report(done);
    progress.stop();
    expect(written()).toBe(
      [
        "Plan 0123456789abcdef:",
        "  1. Add member demo-3",
        "     4 wanted, 3 seen",
        "[2/5] Add member demo-3",
        "[2/5] Add member demo-3: waiting until demo-3 has caught up: 40 MB behind (0s)",
        "planned anew: somebody removed demo-3",
        "going on",
        "[2/5] Add member demo-3: done in 12s",
        "",
      ].join("\n"),
    );
  });

  it("gives a sign of life after thirty quiet seconds, and only then", async () => {
    const { progress, clock, written } = watch(false);
    progress.report(began);
    progress.report(waiting);
    written();
    await clock.advance(29_000);
    expect(written()).toBe("");
    await clock.advance(1000);
    expect(written()).toBe(
      "[2/5] Add member demo-3: still at it after 30s, waiting until demo-3 has caught up: 40 MB behind\n",
    );
    await clock.advance(30_000);
    expect(written()).toContain("after 60s");
    progress.report(done);
    written();
    await clock.advance(120_000);
    expect(written()).toBe("");
    progress.stop();
  });
});
