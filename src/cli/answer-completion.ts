/** Completion for real: the words of `complete.ts`, with names from the cluster. Silent, asks nobody, and is soon over. */
import { types, type ResourceType } from "../kube/objects.ts";
import { complete, type Before, type NamedKind } from "./complete.ts";
import { connect } from "./connect.ts";
import { ExitCode } from "./exit-code.ts";
import { toClusterOptions, type ClusterFlags } from "./flags/cluster-flags.ts";
import type { Machine } from "./machine.ts";
import { buildCommand, parseInto } from "./parse.ts";
import { collectProblems } from "./problems.ts";
import { verbs } from "./verbs.ts";

/** Somebody waits with a finger on the key: a cluster, or a program that fetches credentials, that takes longer gets no answer. */
const patienceMs = 900;

const kinds: Readonly<Record<NamedKind, ResourceType>> = {
  database: types.databaseCluster,
  backup: types.databaseBackup,
  location: types.backupLocation,
  namespace: types.namespace,
};

/** For a shell: nothing but the answer is written, and it comes within a second with or without names. */
export async function answerCompletion(machine: Machine, words: readonly string[]): Promise<void> {
  const quiet: Machine = {
    ...machine,
    stdinIsTty: false,
    stderr: { isTTY: false, columns: 80, write: () => undefined },
  };
  const patience = AbortSignal.timeout(patienceMs);
  const tired = new Promise<"tired">((resolve) => {
    patience.addEventListener("abort", () => {
      resolve("tired");
    });
  });
  const answer = complete(words, (kind, before) => names(quiet, kind, { before, signal: patience }), versions);
  const first = await Promise.race([answer, tired]);
  machine.stdout.write(first === "tired" ? ":4\n" : first);
  // Whatever is still being waited for would keep the process, and the shell, waiting.
  if (first === "tired") machine.exit(ExitCode.Done);
}

async function versions(): Promise<readonly string[]> {
  return (await verbs.engines()).flatMap((engine) => engine.versions.newest);
}

interface Question {
  readonly before: Before;
  readonly signal: AbortSignal;
}

async function names(machine: Machine, kind: NamedKind, { before, signal }: Question): Promise<readonly string[]> {
  const command = buildCommand(before.spec);
  parseInto(command, withoutOpenFlag(before.words));
  // Only the first word is a database; of `backup list` the second one.
  const taken = command.args[0] === "list" ? 1 : 0;
  if (kind === "database" && command.args.length > taken) return [];
  const cluster = toClusterOptions(command.opts<ClusterFlags>(), collectProblems());
  const session = await connect({ cluster }, machine);
  try {
    const namespace = kind === "namespace" ? {} : { namespace: session.namespace };
    const found = await session.kube.list(kinds[kind], namespace, { signal });
    return found.items.map(({ metadata }) => metadata.name);
  } finally {
    session.kube.close();
  }
}

/** The flag whose value is being typed has none yet. */
function withoutOpenFlag(words: readonly string[]): readonly string[] {
  const last = words.at(-1) ?? "";
  return last.startsWith("-") && !last.includes("=") ? words.slice(0, -1) : words;
}
