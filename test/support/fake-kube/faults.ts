/**
 * What can go wrong between a client and the server: scripted, or at random from a seed. `FakeKube` shows it as the port does, the proxy in
 * `real/fault-proxy.ts` does it on the wire.
 */
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
  /**
   * The server answers with this status and does nothing; with `applied` it has done the work nevertheless. 429 is retried by the client: a
   * second's delay. 504 leaves a write `Unknown`.
   */
  | {
      readonly kind: "status";
      readonly code: 401 | 403 | 409 | 422 | 429 | 500 | 503 | 504;
      readonly applied?: boolean;
    }
  | { readonly kind: "slow"; readonly ms: number }
  /** The work was done, and half of the answer's body came. */
  | { readonly kind: "torn" }
  /** Of a watch: RESYNC, and changes before it may have been missed. Of an exec: it ends `unknown`, whatever the process does. */
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
  { kind: "status", code: 409, applied: true },
  { kind: "status", code: 500, applied: true },
  { kind: "status", code: 503, applied: true },
  { kind: "slow", ms: 3000 },
  { kind: "torn" },
  { kind: "cut" },
];

/**
 * The same seed gives the same faults for the same calls, in whatever order they come: a call is known by what it asks and by how often
 * that was asked before, not by when.
 */
export function randomFaults({ seed, rate, kinds = everyFault, only = () => true }: RandomFaults): FaultSource {
  return (call) => {
    const random = randomSource(seed ^ hash(identityOf(call)));
    if (!only(call) || random.next() >= rate) return undefined;
    return random.pick(kinds.filter((fault) => canStrike(fault, call)));
  };
}

/** Namespaces and the names of Events differ from run to run. */
function identityOf({ verb, kind, name, subresource, dryRun, argv = [], nth }: Call): string {
  const words = [verb, kind, kind === "Event" ? "" : name, subresource, dryRun, nth, ...argv.slice(-3)];
  return words.join(" ");
}

/** FNV-1a. */
function hash(text: string): number {
  return Buffer.from(text, "utf8").reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5);
}

/** Whether a server, or what stands before it, could do this to the call. */
function canStrike(fault: Fault, call: Call): boolean {
  const stream = call.verb === "watch" || call.verb === "exec";
  switch (fault.kind) {
    case "cut":
      return stream;
    case "torn":
      return !stream;
    case "status":
      return changes(call) || (fault.code !== 409 && fault.applied !== true);
    case "drop":
      return call.verb !== "watch" || !fault.applied;
    default:
      return true;
  }
}

/** Reviews are questions in the form of a create. */
const changes = ({ verb, kind }: Call): boolean =>
  !isRead(verb) && verb !== "exec" && kind?.startsWith("SelfSubject") !== true;

const isRead = (verb: CallVerb): boolean => ["get", "list", "log", "raw", "watch"].includes(verb);

/** The error a client throws for `fault`. */
export function errorOf(fault: Fault, call: Call, server: string): DbopError {
  if (fault.kind === "refused") return new DbopError("Unreachable", `can't reach ${server}: connection refused`);
  if (fault.kind === "drop" || fault.kind === "torn")
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
