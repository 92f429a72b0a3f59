/** Completion for real: the words of `complete.ts`, with names of databases from the cluster. Silent, and soon over. */
import { complete } from "./complete.ts";
import type { CommandSpec } from "./command-spec.ts";
import { connect } from "./connect.ts";
import { toClusterOptions, type ClusterFlags } from "./flags/cluster-flags.ts";
import type { Machine } from "./machine.ts";
import { buildCommand, parseInto } from "./parse.ts";
import { collectProblems } from "./problems.ts";
import { verbs } from "./verbs.ts";
import { systemClock } from "../reconcile/clock.ts";

const patienceMs = 1000;

/** For a shell: nothing but the answer is written, and it comes within about a second with or without names. */
export function answerCompletion(machine: Machine, words: readonly string[]): Promise<string> {
  const quiet: Machine = {
    ...machine,
    stdinIsTty: false,
    stderr: { isTTY: false, columns: 80, write: () => undefined },
  };
  return complete(words, (spec, before) => databaseNames(quiet, spec, before), versions);
}

async function versions(): Promise<readonly string[]> {
  return (await verbs.engines()).flatMap((engine) => engine.versions.newest);
}

async function databaseNames(machine: Machine, spec: CommandSpec, before: readonly string[]): Promise<string[]> {
  const command = buildCommand(spec);
  parseInto(command, before);
  if (command.args.length > 0) return [];
  const cluster = toClusterOptions(command.opts<ClusterFlags>(), collectProblems());
  const session = await connect({ cluster }, machine);
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const found = await verbs.list({ namespace: session.namespace }, { session, clock: systemClock, signal });
    return found.map(({ metadata }) => metadata.name);
  } finally {
    session.kube.close();
  }
}
