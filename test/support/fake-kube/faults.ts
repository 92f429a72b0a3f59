/** What can go wrong between a client and the server, as the port shows it: scripted, or at random from a seed. */
import { DbopError } from "../../../src/errors.ts";
import { randomSource } from "./random.ts";

export type CallVerb = "get" | "list" | "create" | "update" | "apply" | "delete" | "watch" | "exec" | "log" | "raw";

/** One call of one client. `n` counts all calls of the fake from 1; `nth` counts those of the same verb, kind and name. */
export interface Call {
  readonly client: string;
  readonly verb: CallVerb;
  /** The kind: `Pod`; undefined for `raw`. Of `exec` and `log`: `Pod`. */
  readonly kind: string | undefined;
  readonly namespace: string | undefined;
  /** Of `list` and `watch`: "". Of `raw`: the path. */
  readonly name: string;
  readonly subresource: "status" | undefined;
  readonly dryRun: boolean;
  /** Of `exec`. */
  readonly argv: readonly string[] | undefined;
  readonly n: number;
  readonly nth: number;
}

export type Fault =
  /** The answer never came: reads are `Unreachable`, writes `Unknown`, an exec ends `unknown`. `applied`: whether the work was done. */
  | { readonly kind: "drop"; readonly applied: boolean }
  /** Nobody listens: `Unreachable`, nothing was done. */
  | { readonly kind: "refused" }
  /** The server answers with this status and does nothing. 429 is retried by the client: a second's delay. 504 leaves a write `Unknown`. */
  | { readonly kind: "status"; readonly code: 401 | 403 | 409 | 422 | 429 | 500 | 503 | 504 }
  | { readonly kind: "slow"; readonly ms: number }
  /** Of a watch: RESYNC, and changes before it may have been missed. */
  | { readonly kind: "cut" };

export type FaultSource = (call: Call) => Fault | undefined;

export const noFaults: FaultSource = () => undefined;

export interface ScriptedFault {
  readonly when:
    Partial<Pick<Call, "client" | "verb" | "kind" | "name" | "nth" | "subresource">> | ((call: Call) => boolean);
  readonly fault: Fault;
  /** How often it strikes; default 1. */
  readonly times?: number;
}

/** Strikes each fault on the first calls that match it; of several that match, the first that is left. */
export function scriptedFaults(script: readonly ScriptedFault[]): FaultSource {
  const left = script.map(({ times }) => times ?? 1);
  return (call) => {
    const index = script.findIndex((one, i) => (left[i] ?? 0) > 0 && matches(one.when, call));
    if (index === -1) return undefined;
    left[index] = (left[index] ?? 0) - 1;
    return script[index]?.fault;
  };
}

function matches(when: ScriptedFault["when"], call: Call): boolean {
  if (typeof when === "function") return when(call);
  return Object.entries(when).every(([field, value]) =>
    Object.entries(call).some(([name, found]) => name === field && found === value),
  );
}

export interface RandomFaults {
  readonly seed: number;
  /** The share of calls that go wrong, 0 to 1. */
  readonly rate: number;
  readonly kinds?: readonly Fault[];
  readonly only?: (call: Call) => boolean;
}

/** What random faults are drawn from unless told otherwise: everything a healthy client may meet on a bad day. */
const everyFault: readonly Fault[] = [
  { kind: "drop", applied: true },
  { kind: "drop", applied: false },
  { kind: "refused" },
  { kind: "status", code: 409 },
  { kind: "status", code: 429 },
  { kind: "status", code: 500 },
  { kind: "status", code: 503 },
  { kind: "slow", ms: 3000 },
];

/** The same seed gives the same faults for the same calls. Watches are cut, never refused. */
export function randomFaults({ seed, rate, kinds = everyFault, only = () => true }: RandomFaults): FaultSource {
  const random = randomSource(seed);
  return (call) => {
    if (!only(call) || random.next() >= rate) return undefined;
    const fault = call.verb === "watch" ? ({ kind: "cut" } as const) : random.pick(kinds);
    return fault?.kind === "status" && fault.code === 409 && isRead(call.verb) ? undefined : fault;
  };
}

const isRead = (verb: CallVerb): boolean => ["get", "list", "log", "raw", "watch"].includes(verb);

/** The error a client throws for `fault`. */
export function errorOf(fault: Fault, call: Call, server: string): DbopError {
  if (fault.kind === "refused") return new DbopError("Unreachable", `can't reach ${server}: connection refused`);
  if (fault.kind === "drop")
    return isRead(call.verb)
      ? new DbopError("Unreachable", `can't reach ${server}: socket hang up`)
      : new DbopError("Unknown", `it was sent to ${server}, but its answer never came`);
  if (fault.kind !== "status") return new DbopError("Internal", `no error for the fault ${fault.kind}`);
  const reason = fault.code === 504 && !isRead(call.verb) ? "Unknown" : reasons[fault.code];
  return new DbopError(reason, `the server answered ${fault.code} (injected)`);
}

const reasons = {
  401: "Unauthorized",
  403: "Forbidden",
  409: "Conflict",
  422: "Invalid",
  429: "ServerError",
  500: "ServerError",
  503: "ServerError",
  504: "ServerError",
} as const;
