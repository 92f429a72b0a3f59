/** Answers kubectl's question for the next word: `choice<TAB>help` lines, then `:directive` (pkg/cmd/plugin/plugin_completion.go). */
import type { Command, Option } from "commander";
import { buildProgram } from "./program.ts";

/** cobra's ShellCompDirectiveNoFileComp. */
const noFiles = 4;
const filesToo = 0;

/** Values of the flags that know theirs; the flag may be written `--flag=` or `--flag `. */
const values: Readonly<Record<string, readonly string[]>> = {
  "--dry-run": ["none", "client", "server"],
  "--color": ["auto", "always", "never"],
  "--tls": ["managed", "secret", "disabled"],
  "--anti-affinity": ["preferred", "required", "none"],
  "--replicas": ["1", "3", "5", "7"],
};

const fileFlags: ReadonlySet<string | undefined> = new Set([
  "--filename",
  "--kubeconfig",
  "--client-certificate",
  "--client-key",
  "--certificate-authority",
]);

/** Names of databases for verbs that take one; may ask the cluster, in about a second or not at all. */
export type FindNames = (words: readonly string[]) => Promise<readonly string[]>;

/** `words`: everything after `dbop`; the last one is being typed and may be empty. Never fails. */
export async function complete(words: readonly string[], findNames: FindNames): Promise<string> {
  const program = buildProgram();
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const verb = program.commands.find((command) => command.name() === before[0]);
  if (verb === undefined) {
    return answer(
      program.commands.map((command) => [command.name(), command.summary()]),
      { current, directive: noFiles },
    );
  }
  const flag = /^(--[a-z-]+)=/.exec(current)?.[1];
  if (flag !== undefined) {
    const choices = valuesOf(flag, verb).map((value): Choice => [`${flag}=${value}`, ""]);
    return answer(choices, { current, directive: fileFlags.has(flag) ? filesToo : noFiles });
  }
  const pending = pendingFlag(before.at(-1), verb);
  if (pending !== undefined) {
    const choices = valuesOf(pending.long ?? "", verb).map((value): Choice => [value, ""]);
    return answer(choices, { current, directive: fileFlags.has(pending.long) ? filesToo : noFiles });
  }
  if (current.startsWith("-")) return answer(verb.options.map(flagChoice), { current, directive: noFiles });
  return answer(await positional(verb, before, findNames), { current, directive: noFiles });
}

type Choice = readonly [word: string, help: string];

async function positional(verb: Command, before: readonly string[], findNames: FindNames): Promise<Choice[]> {
  if (verb.name() === "completion") return ["bash", "zsh", "fish"].map((shell) => [shell, ""]);
  if (!verb.usage().includes("NAME") || verb.name() === "install") return [];
  const found = await findNames(before).catch(() => []);
  return found.map((name) => [name, ""]);
}

function pendingFlag(word: string | undefined, verb: Command): Option | undefined {
  // `--dry-run` takes a value only after `=`.
  return verb.options.find(
    (option) => option.required && [option.short, option.long].includes(word) && option.long !== "--dry-run",
  );
}

function valuesOf(flag: string, verb: Command): readonly string[] {
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
