/** The same settings in another minor's words: while a version changes, members of both minors run with one wish. Pure. */
import type { Minor } from "../versions.ts";
import { gatesOf, parseGates } from "./feature-gates.ts";
import { findFlag, flags } from "./flags.ts";

type Config = Readonly<Record<string, string>>;
type Entry = readonly [name: string, value: string];

/**
 * `config`, which is right for some minor, as etcd of `minor` is to be told it: settings that have another name there get it, switches
 * become feature gates and back, and what `minor` does not have at all is left out.
 */
export function configFor(config: Config, minor: Minor): Config {
  const entries = Object.entries(config).flatMap(([name, value]) => translated(name, value, minor));
  const gates = entries.flatMap(([name, value]) => (name === "feature-gates" ? [value] : []));
  const plain = entries.filter(([name]) => name !== "feature-gates");
  return Object.fromEntries([...plain, ...(gates.length === 0 ? [] : [["feature-gates", gates.join(",")] as const])]);
}

function translated(name: string, value: string, minor: Minor): readonly Entry[] {
  if (name === "feature-gates") return gatesIn(value, minor);
  const flag = findFlag(name);
  if (flag === undefined || flag.minors.includes(minor)) return [[name, value]];
  if (flag.gate !== undefined) return [["feature-gates", `${flag.gate}=${value}`]];
  const other = flags.find(
    (candidate) =>
      candidate.minors.includes(minor) && (candidate.name === flag.successor || candidate.successor === name),
  );
  return other === undefined ? [] : [[other.name, value]];
}

/** Gates of `minor`; where it has none, the switches that some of them were before. */
function gatesIn(text: string, minor: Minor): readonly Entry[] {
  const gates = [...(parseGates(text) ?? [])];
  const known = gates.filter(([gate]) => gatesOf[minor].includes(gate));
  const switches = gates.flatMap(([gate, on]): readonly Entry[] => {
    const flag = flags.find((candidate) => candidate.gate === gate && candidate.minors.includes(minor));
    return flag === undefined ? [] : [[flag.name, String(on)]];
  });
  const kept = known.map(([gate, on]) => `${gate}=${String(on)}`).join(",");
  return [...switches, ...(kept === "" ? [] : [["feature-gates", kept] as const])];
}
