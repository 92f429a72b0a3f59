/** How a check words what it found. Pure. */
import { describeObject, type KubeObject } from "../kube/objects.ts";
import type { Evidence, Finding } from "./finding.ts";
import type { Read } from "./observation.ts";

export function pass(message: string, evidence: readonly Evidence[]): Finding {
  return { result: "pass", message, evidence };
}

export function warn(message: string, evidence: readonly Evidence[], fix: string): Finding {
  return { result: "warn", message, evidence, fix };
}

export function fail(message: string, evidence: readonly Evidence[], fix: string): Finding {
  return { result: "fail", message, evidence, fix };
}

/** @param missing the right, endpoint or object without which nothing can be said. */
export function unknown(missing: string, message: string, evidence: readonly Evidence[] = []): Finding {
  return { result: "unknown", message, evidence, missing };
}

export function notApplicable(message: string, evidence: readonly Evidence[] = []): Finding {
  return { result: "not-applicable", message, evidence };
}

export function read(object: KubeObject, field: string, value: unknown): Evidence {
  return { object: describeObject(object), field, value: textOf(value) };
}

/** What was looked for and not found, or counted. */
export function counted(object: string, field: string, value: unknown): Evidence {
  return { object, field, value: textOf(value) };
}

function textOf(value: unknown): string {
  if (value === undefined) return "<none>";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Judges what was read; what could not be read is unknown, and says why. */
export function given<Value>(reading: Read<Value>, judge: (value: Value) => Finding): Finding {
  if (reading.state === "read") return judge(reading.value);
  return unknown(reading.missing, reading.why);
}

export function both<One, Other>(one: Read<One>, other: Read<Other>): Read<readonly [One, Other]> {
  if (one.state === "read" && other.state === "read") return { state: "read", value: [one.value, other.value] };
  const silent = [one, other].flatMap((reading) => (reading.state === "read" ? [] : [reading]));
  const list = (texts: readonly string[]): string => [...new Set(texts.flatMap((text) => text.split("; ")))].join("; ");
  return {
    state: "unreadable",
    missing: list(silent.map(({ missing }) => missing)),
    why: list(silent.map(({ why }) => why)),
  };
}
