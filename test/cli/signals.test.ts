import { describe, expect, it } from "vitest";
import { listenForSignals, type SignalName } from "../../src/cli/signals.ts";

function heard() {
  const listeners = new Map<SignalName, () => void>();
  const exits: number[] = [];
  const said: string[] = [];
  const signals = listenForSignals({
    onSignal: (name, listener) => listeners.set(name, listener),
    exit: (code) => exits.push(code),
    say: (line) => said.push(line),
  });
  return { signals, exits, said, send: (name: SignalName) => listeners.get(name)?.() };
}

describe("listenForSignals", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("aborts on the first %s, says so, and does not exit", (name, code) => {
    const { signals, exits, said, send } = heard();
    expect(signals.exitCode()).toBeUndefined();
    send(name);
    expect(signals.signal.aborted).toBe(true);
    expect(signals.exitCode()).toBe(code);
    expect(said).toEqual(["Stopping at the next safe point; once more stops at once."]);
    expect(exits).toEqual([]);
  });

  it("exits at once on the second", () => {
    const { exits, said, send } = heard();
    send("SIGINT");
    send("SIGTERM");
    expect(exits).toEqual([143]);
    expect(said.at(-1)).toBe(
      "Stopped at once. The lock falls when it has stood still for its 15 s; the same command then goes on.",
    );
  });
});
