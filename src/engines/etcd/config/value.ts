/** From the text in `spec.config` to the value etcd wants in its file. */
import type { Json } from "../../../kube/objects.ts";
import type { Minor } from "../versions.ts";
import { gatesOf, parseGates, requiredGates } from "./feature-gates.ts";
import type { FlagType } from "./flag.ts";

export type Reading = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

/**
 * Reads `text` as `type`. A duration becomes whole nanoseconds: etcd decodes its file into Go's `time.Duration`, which takes a
 * number and refuses `"10s"` (etcd 3.7 says so in `--help`; measured for all three minors).
 */
export function readValue(type: FlagType, text: string, minor: Minor): Reading {
  switch (type.kind) {
    case "boolean":
      return readBoolean(text);
    case "integer":
      return readInteger(text, type, "a whole number");
    case "bytes":
      return readInteger(text, type, "a whole number of bytes without a unit");
    case "duration":
      return readDuration(text, type.minNanoseconds);
    case "enum":
      return accept(type.values.includes(text), text, `must be one of ${type.values.join(", ")}`);
    case "text":
      return accept(type.pattern.test(text), text, `must be ${type.like}`);
    case "list":
      return readList(text, type);
    case "feature-gates":
      return readGates(text, minor);
    case "fixed":
      return accept(text === type.value, text, `can only be "${type.value}": ${type.why}`);
  }
}

const bad = (message: string): Reading => ({ ok: false, message });

function accept(good: boolean, value: string, message: string): Reading {
  return good ? { ok: true, value } : bad(message);
}

function readBoolean(text: string): Reading {
  return text === "true" || text === "false" ? { ok: true, value: text === "true" } : bad('must be "true" or "false"');
}

function readInteger(
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
  what: string,
): Reading {
  const value = /^\d{1,16}$/u.test(text) ? Number(text) : undefined;
  if (value !== undefined && value >= min && value <= max) return { ok: true, value };
  const bounds =
    max === Number.MAX_SAFE_INTEGER ? `of at least ${String(min)}` : `from ${String(min)} to ${String(max)}`;
  return bad(`must be ${what} ${bounds}`);
}

const unitNanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Nanoseconds of a duration as Go writes it (`1h30m`, `0.5s`, `0`); undefined for anything else or more than 100 days. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(\d{1,12}(\.\d{1,9})?(ns|us|µs|ms|s|m|h))+$/u.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/gu);
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unitNanoseconds[unit ?? ""] ?? 0), 0);
  const rounded = Math.round(total);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}

function readDuration(text: string, min: number): Reading {
  const value = parseDuration(text);
  if (value !== undefined && value >= min) return { ok: true, value };
  return bad(
    `must be a duration such as 10ms, 30s or 1h30m${min === 0 ? " (0s switches it off)" : " and more than 0s"}`,
  );
}

function readList(text: string, { item, like, inFile }: Extract<FlagType, { kind: "list" }>): Reading {
  const items = text.split(",").map((part) => part.trim());
  if (!items.every((part) => item.test(part))) return bad(`must be a list, separated by commas, of ${like}`);
  return { ok: true, value: inFile === "array" ? items : items.join(",") };
}

function readGates(text: string, minor: Minor): Reading {
  const gates = parseGates(text);
  if (gates === undefined) return bad("must be a list such as LeaseCheckpoint=true,LeaseCheckpointPersist=true");
  const unknown = [...gates.keys()].filter((name) => !gatesOf[minor].includes(name));
  if (unknown.length > 0)
    return bad(`etcd ${minor} has no gate ${unknown.join(", ")}; it has ${gatesOf[minor].join(", ")}`);
  const off = requiredGates.filter((name) => gates.get(name) === false);
  if (off.length > 0) return bad(`${off.join(" and ")} stays on, so that a corrupt member is found`);
  if (gates.get("LeaseCheckpointPersist") === true && gates.get("LeaseCheckpoint") !== true)
    return bad("LeaseCheckpointPersist=true needs LeaseCheckpoint=true");
  return { ok: true, value: text };
}
