/**
 * The vocabulary of checks: a question with a name, what was found, and what it was found by. Levels are those of the Operator Framework's
 * capability model (sdk.operatorframework.io, "Operator Capability Levels"). A leaf: nothing here reads or prints.
 */

export const levels = [1, 2, 3, 4, 5] as const;
export type Level = (typeof levels)[number];

export const levelNames: Readonly<Record<Level, string>> = {
  1: "Basic Install",
  2: "Seamless Upgrades",
  3: "Full Lifecycle",
  4: "Deep Insights",
  5: "Auto Pilot",
};

export const results = ["pass", "warn", "fail", "unknown", "not-applicable"] as const;
/** `unknown`: it could not be observed, which is neither good nor bad. */
export type Result = (typeof results)[number];

/** One value that was read: of which object, in which field. */
export interface Evidence {
  /** `statefulset.apps/demo`. */
  readonly object: string;
  /** `spec.template.spec.containers[etcd].livenessProbe`. */
  readonly field: string;
  readonly value: string;
}

export interface Finding {
  readonly result: Result;
  /** What it comes to, in a line. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  /** Of an unknown: the right or the endpoint that is missing. */
  readonly missing?: string;
  /** The command or the field that would make it pass. */
  readonly fix?: string;
}

/** One question. Its id begins with its level: `L3.4`, or `L3.ENGINE.WORD` where only one engine asks it. */
export interface Check<Seen> {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  /** Why it matters: what happens to those who do without. */
  readonly why: string;
  /** Pure. */
  judge(seen: Seen): Finding;
}

/** A question with its answer. */
export interface Answer extends Finding, Omit<Check<never>, "judge"> {
  readonly level: Level;
}

/** The level that an id begins with. */
function levelOf(id: string): Level {
  const found = levels.find((level) => id.startsWith(`L${String(level)}.`));
  if (found === undefined) throw new Error(`the id of a check begins with its level: ${id}`);
  return found;
}

export function ask<Seen>(check: Check<Seen>, seen: Seen): Answer {
  const { id, title, question, why } = check;
  return { id, level: levelOf(id), title, question, why, ...check.judge(seen) };
}
