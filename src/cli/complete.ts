/** Answers kubectl's question for the next word: `choice<TAB>help` lines, then `:directive` (pkg/cmd/plugin/plugin_completion.go). */
import type { Command, Option } from "commander";
import type { CommandSpec } from "./command-spec.ts";
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
};

const fileFlags: ReadonlySet<string | undefined> = new Set([
  "--filename",
  "--kubeconfig",
  "--client-certificate",
  "--client-key",
  "--certificate-authority",
]);

/** Names of databases for verbs that take one; may ask the cluster, in about a second or not at all. */
export type FindNames = (spec: CommandSpec, before: readonly string[]) => Promise<readonly string[]>;

/** What a version of a database may be. */
export type FindVersions = () => Promise<readonly string[]>;

/** `words`: everything after `dbop`; the last one is being typed and may be empty. Never fails. */
export async function complete(
  words: readonly string[],
  findNames: FindNames,
  findVersions: FindVersions,
): Promise<string> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const spec = specs.find(({ name }) => name === before[0]);
  if (spec === undefined) {
    return answer(
      specs.map(({ name, summary }) => [name, summary]),
      { current, directive: noFiles },
    );
  }
  const verb = buildCommand(spec);
  const typed = /^(--[a-z-]+)=/.exec(current)?.[1];
  const flag = typed ?? pendingFlag(before.at(-1), verb)?.long;
  if (flag !== undefined) {
    const prefix = typed === undefined ? "" : `${flag}=`;
    const choices = (await valuesOf(flag, verb, findVersions)).map((value): Choice => [`${prefix}${value}`, ""]);
    return answer(choices, { current, directive: fileFlags.has(flag) ? filesToo : noFiles });
  }
  if (current.startsWith("-")) return answer(verb.options.map(flagChoice), { current, directive: noFiles });
  return answer(await positional(spec, before, findNames), { current, directive: noFiles });
}

type Choice = readonly [word: string, help: string];

async function positional(spec: CommandSpec, before: readonly string[], findNames: FindNames): Promise<Choice[]> {
  if (spec.name === "completion") return ["bash", "zsh", "fish"].map((shell) => [shell, ""]);
  if (!spec.usage.includes("NAME") || spec.name === "install") return [];
  const found = await findNames(spec, before.slice(1)).catch(() => []);
  return found.map((name) => [name, ""]);
}

function pendingFlag(word: string | undefined, verb: Command): Option | undefined {
  // `--dry-run` takes a value only after `=`.
  return verb.options.find(
    (option) => option.required && [option.short, option.long].includes(word) && option.long !== "--dry-run",
  );
}

function valuesOf(
  flag: string,
  verb: Command,
  findVersions: FindVersions,
): readonly string[] | Promise<readonly string[]> {
  if (flag === "--version") return findVersions();
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
