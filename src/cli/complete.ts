/** Answers kubectl's question for the next word: `choice<TAB>help` lines, then `:directive` (pkg/cmd/plugin/plugin_completion.go). */
import type { Command, Option } from "commander";
import { verbIndex } from "./command-line.ts";
import type { CommandSpec } from "./command-spec.ts";
import { shells } from "./completion-scripts.ts";
import { buildCommand } from "./parse.ts";
import { specs } from "./program.ts";

/** cobra's ShellCompDirectiveNoFileComp. */
const noFiles = 4;
const filesToo = 0;

/** Values of the flags that know theirs; the flag may be written `--flag=` or `--flag `. */
const values: Readonly<Record<string, readonly string[]>> = {
  "--dry-run": ["none", "client", "server"],
  "--level": ["1", "2", "3", "4", "5", "1-3"],
  "--fail-on": ["fail", "warn", "unknown"],
  "--color": ["auto", "always", "never"],
  "--tls": ["managed", "secret", "disabled"],
  "--anti-affinity": ["preferred", "required", "none"],
  "--replicas": ["1", "3", "5", "7"],
  "--shards": ["1", "3", "5", "7"],
  "--verify": ["none", "integrity", "structural", "functional"],
};

const fileFlags: ReadonlySet<string | undefined> = new Set([
  "--filename",
  "--kubeconfig",
  "--client-certificate",
  "--client-key",
  "--certificate-authority",
]);

/** What a word may be the name of. */
export type NamedKind = "database" | "backup" | "location" | "namespace";

const namedBy: Readonly<Record<string, NamedKind>> = {
  "--from": "backup",
  "--from-location": "location",
  "--location": "location",
  "--namespace": "namespace",
  "--to": "location",
};

/** What stands on the command line before the word: the flags say which cluster and namespace are meant. */
export interface Before {
  readonly spec: CommandSpec;
  readonly words: readonly string[];
}

/** Names that there are in the cluster; in about a second or not at all. */
export type FindNames = (kind: NamedKind, before: Before) => Promise<readonly string[]>;

/** What a version of a database may be. */
export type FindVersions = () => Promise<readonly string[]>;

/** `words`: everything after `dbop`; the last one is being typed and may be empty. Never fails. */
export async function complete(
  words: readonly string[],
  findNames: FindNames,
  findVersions: FindVersions,
): Promise<string> {
  const current = words.at(-1) ?? "";
  const all = words.slice(0, -1);
  const at = verbIndex(all);
  const spec = specs.find(({ name }) => name === all[at]);
  if (spec === undefined) {
    const choices = specs.map(({ name, summary }): Choice => [name, summary]);
    return answer([...choices, ["options", "List the flags that every verb takes"]], { current, directive: noFiles });
  }
  const before = { spec, words: [...all.slice(0, at), ...all.slice(at + 1)] };
  const verb = buildCommand(spec);
  const typed = /^(--[a-z-]+)=/.exec(current)?.[1];
  const flag = typed ?? pendingFlag(before.words.at(-1), verb)?.long;
  if (flag !== undefined) {
    const prefix = typed === undefined ? "" : `${flag}=`;
    const found = await valuesOf(flag, { verb, findVersions, findNames, before });
    const choices = found.map((value): Choice => [`${prefix}${value}`, ""]);
    return answer(choices, { current, directive: fileFlags.has(flag) ? filesToo : noFiles });
  }
  if (current.startsWith("-")) return answer(verb.options.map(flagChoice), { current, directive: noFiles });
  return answer(await positional(before, findNames), { current, directive: noFiles });
}

type Choice = readonly [word: string, help: string];

async function positional(before: Before, findNames: FindNames): Promise<Choice[]> {
  const { name, usage } = before.spec;
  if (name === "completion") return shells.map((shell) => [shell, ""]);
  if (!usage.includes("NAME") || name === "install") return [];
  const found = await findNames("database", before).catch(() => []);
  return found.map((word) => [word, ""]);
}

function pendingFlag(word: string | undefined, verb: Command): Option | undefined {
  if (word === undefined) return undefined;
  // `--dry-run` takes a value only after `=`.
  return verb.options.find(
    (option) => option.required && [option.short, option.long].includes(word) && option.long !== "--dry-run",
  );
}

interface FlagQuestion {
  readonly verb: Command;
  readonly before: Before;
  readonly findNames: FindNames;
  readonly findVersions: FindVersions;
}

async function valuesOf(
  flag: string,
  { verb, before, findNames, findVersions }: FlagQuestion,
): Promise<readonly string[]> {
  if (flag === "--version") return findVersions();
  const kind = namedBy[flag];
  if (kind !== undefined) return findNames(kind, before).catch(() => []);
  if (flag !== "--output") return values[flag] ?? [];
  const text = verb.options.find((option) => option.long === "--output")?.description ?? "";
  return (/^One of ([^;]+);/.exec(text)?.[1] ?? "").split(", ");
}

function flagChoice(option: Option): Choice {
  return [option.long === "--dry-run" ? "--dry-run=" : (option.long ?? ""), option.description];
}

function answer(
  choices: readonly Choice[],
  { current, directive }: { readonly current: string; readonly directive: number },
): string {
  const fitting = choices.filter(([word]) => word.startsWith(current));
  const lines = fitting.map(([word, help]) => (help === "" ? word : `${word}\t${help}`));
  return [...lines, `:${directive}`, ""].join("\n");
}
