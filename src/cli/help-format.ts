/** Help as kubectl lays it out: what it does, examples, flags in groups, usage last. Always 80 columns and without colour. */
import type { Command, Help, Option } from "commander";

const columns = 80;

/** The command line as help writes it. */
export const invocation = "kubectl dbop";

/** The name of the command above the verbs. */
export const pluginName = "dbop";

/** Makes `command` render its help with {@link formatHelp}. */
export function useHelpFormat(command: Command, examples: string): void {
  command.configureHelp({ helpWidth: columns, formatHelp: (shown, helper) => formatHelp(shown, helper, examples) });
}

function formatHelp(command: Command, helper: Help, examples: string): string {
  const width = Math.max(0, ...command.options.map((option) => termOf(option).length)) + 2;
  const groups = [...new Set(command.options.map(groupOf))].map((heading) => {
    const options = command.options.filter((option) => groupOf(option) === heading);
    return section(
      heading,
      options.map((option) => entry(termOf(option), option.description, { width, helper })),
    );
  });
  const verbs = command.commands.map((verb) => entry(verb.name(), verb.summary(), { width: 14, helper }));
  const indented = examples.split("\n").map((line) => `  ${line}`.trimEnd());
  const parts = [
    command.description(),
    ...(examples === "" ? [] : [section("Examples:", indented)]),
    ...(verbs.length === 0 ? [] : [section("Verbs:", verbs)]),
    ...groups,
    section("Usage:", [`  ${usageOf(command)}`]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function groupOf(option: Option): string {
  return option.helpGroupHeading ?? "Options:";
}

function section(heading: string, lines: readonly string[]): string {
  return [heading, ...lines].join("\n");
}

/** `-n, --namespace=NAME`: flags with values as kubectl writes them, long names under long names. */
function termOf(option: Option): string {
  const term = option.flags.replace(/ <([^>]+)>$/, (_, value: string) => `=${value.toUpperCase()}`);
  return option.short === undefined ? `    ${term}` : term;
}

function entry(
  term: string,
  text: string,
  { width, helper }: { readonly width: number; readonly helper: Help },
): string {
  const indent = " ".repeat(width + 2);
  return `  ${term.padEnd(width)}${helper.boxWrap(text, columns - indent.length).replaceAll("\n", `\n${indent}`)}`;
}

function usageOf(command: Command): string {
  const path = command.name() === pluginName ? invocation : `${invocation} ${command.name()}`;
  return `${path} ${command.usage()}`.trimEnd();
}
