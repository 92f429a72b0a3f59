/** The command reference and the man page: the help texts, laid out to be read outside a terminal. */
import type { CommandSpec } from "../../src/cli/command-spec.ts";

export interface Reference {
  /** Help by topic, as `helpTexts` gives it. */
  readonly texts: ReadonlyMap<string, string>;
  readonly specs: readonly CommandSpec[];
  readonly version: string;
}

export function markdownReference({ texts, specs }: Reference): string {
  const summaries = new Map(specs.map(({ name, summary }) => [name, summary]));
  const sections = [...texts].map(([topic, text]) => {
    const title = topic === "" ? "kubectl dbop" : `kubectl dbop ${topic}`;
    const summary = summaries.get(topic);
    return [`## ${title}`, ...(summary === undefined ? [] : [`${summary}.`]), `\`\`\`\n${text.trimEnd()}\n\`\`\``].join(
      "\n\n",
    );
  });
  const head = "# Commands\n\nWritten by `npm run docs` from the program: what `--help` says of each verb.";
  return `${[head, ...sections].join("\n\n")}\n`;
}

/** For man(7). No date: it would change without anything having changed. */
export function manPage({ texts, specs, version }: Reference): string {
  const verbs = specs.map(({ name, summary }) => [".TP", `.B ${roff(name)}`, roff(`${summary}.`)].join("\n"));
  const sections = specs.map(({ name }) => `.SS ${name}\n${verbatim(texts.get(name) ?? "")}`);
  return [
    `.TH KUBECTL-DBOP 1 "" "kubectl-dbop ${roff(version)}" "User Commands"`,
    ".SH NAME",
    "kubectl-dbop \\- operate databases on Kubernetes: an operator in a command",
    ".SH SYNOPSIS",
    ".B kubectl dbop",
    ".I VERB",
    "[\\fINAME\\fR] [\\fIflags\\fR]",
    ".SH DESCRIPTION",
    verbatim(texts.get("")?.split("\n\nExamples:\n")[0] ?? ""),
    ".SH VERBS",
    ...verbs,
    ".SH EACH VERB",
    ...sections,
    ".SH FLAGS OF KUBECTL",
    verbatim(texts.get("options") ?? ""),
    ".SH ENVIRONMENT",
    ".TP\n.B KUBECONFIG\nAs kubectl reads it.",
    ".TP\n.B NO_COLOR\nNo colour when it is not empty.",
    ".TP\n.B HTTPS_PROXY, HTTP_PROXY, NO_PROXY\nAs kubectl reads them.",
    "",
  ].join("\n");
}

function verbatim(text: string): string {
  return `.nf\n${roff(text.trimEnd())}\n.fi`;
}

/** A dot or an apostrophe that begins a line would be a request, a backslash an escape, a hyphen a typographer's. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^(?=[.'])/gmu, "\\&");
}
