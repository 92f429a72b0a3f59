/** Which verb a command line is for. Flags may stand before it, as kubectl allows. */
import { DbopError } from "../errors.ts";
import { invocation } from "./help-format.ts";
import { usageError } from "./problems.ts";
import { suggest } from "./suggest.ts";

export const verbNames = [
  "install",
  "scale",
  "upgrade",
  "reshard",
  "backup",
  "restore",
  "rotate",
  "schedule",
  "reconcile",
  "status",
  "check",
  "list",
  "history",
  "delete",
  "unlock",
  "version",
  "completion",
] as const;
export type VerbName = (typeof verbNames)[number];

export type CommandLine =
  /** "" is the plugin's own help, `options` the list of kubectl's global flags. */
  | { readonly kind: "help"; readonly topic: VerbName | "" | "options" }
  | { readonly kind: "verb"; readonly verb: VerbName; readonly argv: readonly string[] };

/** kubectl's global flags that stand alone; before the verb, any other flag takes the next word as its value. */
const switches = new Set(["--insecure-skip-tls-verify", "--disable-compression", "--no-color", "-h", "--help"]);

/** Throws `Usage` for a verb there is not, suggesting the nearest. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const at = verbIndex(argv);
  const word = argv[at];
  const before = argv.slice(0, at);
  if (word === undefined) return withoutVerb(argv);
  if (word === "help") return helpFor(argv[at + 1]);
  if (word === "options") return { kind: "help", topic: "options" };
  const verb = verbNames.find((name) => name === word);
  if (verb === undefined) throw unknownVerb(word);
  return { kind: "verb", verb, argv: [...before, ...argv.slice(at + 1)] };
}

/** Where the verb stands, or would: behind kubectl's global flags. */
export function verbIndex(argv: readonly string[]): number {
  let at = 0;
  while (argv[at]?.startsWith("-") === true) {
    const flag = argv[at] ?? "";
    const alone = flag.includes("=") || switches.has(flag) || /^-[a-z]./.test(flag);
    at += alone ? 1 : 2;
  }
  return at;
}

function withoutVerb(argv: readonly string[]): CommandLine {
  if (argv.length === 0 || argv.some((word) => word === "--help" || word === "-h")) return { kind: "help", topic: "" };
  if (argv[0] === "--version") return { kind: "verb", verb: "version", argv: ["--client"] };
  throw usageError("", ["a verb is required"]);
}

function helpFor(topic: string | undefined): CommandLine {
  if (topic === undefined || topic.startsWith("-")) return { kind: "help", topic: "" };
  const found = [...verbNames, "options" as const].find((name) => name === topic);
  if (found === undefined) throw unknownVerb(topic);
  return { kind: "help", topic: found };
}

/** In kubectl's words. */
function unknownVerb(word: string): DbopError {
  const nearest = suggest(word, verbNames);
  const known = nearest.length === 0 ? "" : `\n\nDid you mean this?\n${nearest.map((verb) => `\t${verb}\n`).join("")}`;
  const hint = nearest.length === 0 ? `See '${invocation} --help' for usage.` : undefined;
  return new DbopError("Usage", `unknown command "${word}" for "${invocation}"${known.trimEnd()}`, {
    ...(hint !== undefined && { hint }),
  });
}
