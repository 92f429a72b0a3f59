import { describe, expect, it } from "vitest";
import { Progress } from "../../src/reconcile/progress.ts";
import type { PassEvent } from "../../src/reconcile/report.ts";
import { FakeClock } from "../support/fake-kube/fake-clock.ts";

const step = (id: string): { id: string; title: string; why: string } => ({ id, title: id, why: "because" });

/** Plans and begins: `a b` is a plan of a and b whose first step is done, unless it is a wait. */
function told(...plans: readonly string[]): readonly string[] {
  const events: string[] = [];
  const report = (event: PassEvent): void => {
    if (event.type === "step") events.push(`${String(event.index)}/${String(event.total)} ${event.step.id}`);
    if (event.type === "replanned") events.push("replanned");
  };
  const progress = new Progress(report, new FakeClock());
  for (const plan of plans) {
    const steps = plan.split(" ").map(step);
    progress.planned(steps);
    const [first] = steps;
    if (first === undefined || first.id.startsWith("wait/")) continue;
    progress.begin(first);
    progress.done();
  }
  return events;
}

describe("the count of steps", () => {
  it.each([
    ["is the plan's own", ["a b c", "b c", "c"], ["1/3 a", "2/3 b", "3/3 c"]],
    ["counts a wait", ["a wait/x c", "wait/x c", "wait/x c", "c"], ["1/3 a", "3/3 c"]],
    ["counts a wait that was over before it began", ["a wait/x c", "c"], ["1/3 a", "3/3 c"]],
    ["goes on after a step that is due again", ["a b", "a b", "b"], ["1/2 a", "1/2 a", "2/2 b"]],
    ["goes on when planned anew", ["a b", "x b", "b"], ["1/2 a", "replanned", "2/3 x", "3/3 b"]],
    ["goes on through a wait nobody foresaw", ["a b", "wait/y b", "b"], ["1/2 a", "3/3 b"]],
  ])("%s", (_, plans, expected) => {
    expect(told(...plans)).toEqual(expected);
  });
});
