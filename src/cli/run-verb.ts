/** What every verb that changes something does around its work: rights, connection, progress, result, exit code. */
import { palette, wantsColour } from "../output/colour.ts";
import { startProgress } from "../output/progress.ts";
import { renderRun, runReport, type RunResult, type RunViewOptions } from "../output/run-view.ts";
import { isStructured, structured } from "../output/structured.ts";
import { approve, canAsk } from "./approve.ts";
import type { Deps, Run, Session } from "./deps.ts";
import { exitCodeOfRun, ExitCode } from "./exit-code.ts";
import type { ClusterOptions } from "./flags/cluster-flags.ts";
import type { OutputOptions } from "./flags/output-flags.ts";
import type { RunOptions } from "./flags/run-flags.ts";

/** Common to the options of these verbs. */
export interface RunVerbOptions {
  readonly cluster: ClusterOptions;
  readonly run: RunOptions;
  readonly output: OutputOptions;
}

export interface VerbRun {
  readonly verb: string;
  /** `installed`, `scaled`. */
  readonly past: string;
  readonly name: string;
  readonly namespace: string;
  readonly session: Session;
  /** `-f -` was used. */
  readonly stdinTaken?: boolean;
  readonly work: (run: Run) => Promise<RunResult>;
  /** Takes the document of `-o json|yaml` instead of stdout: several runs print one List. */
  readonly collect?: (document: unknown) => void;
}

/** Opens a session, or prints the Role and stops when that was asked. Closes the session in any case. */
export async function withSession(
  verb: string,
  options: RunVerbOptions,
  inSession: { readonly deps: Deps; readonly act: (session: Session) => Promise<ExitCode> },
): Promise<ExitCode> {
  const { deps, act } = inSession;
  const { access } = options.cluster;
  if (options.run.printRbac) return printObjects(await deps.verbs.rbac(verb, access.namespace ?? "default"), deps);
  const session = await deps.connect({ cluster: options.cluster, fieldManager: options.run.fieldManager });
  try {
    const code = await act(session);
    const warnings = session.warnings();
    if (!options.run.warningsAsErrors || warnings === 0 || code !== ExitCode.Done) return code;
    // Not thrown: stdout may hold the result's document already, and takes one only.
    deps.streams.stderr.write(`error: ${warnings} warning${warnings === 1 ? "" : "s"} received\n`);
    return ExitCode.Failure;
  } finally {
    session.kube.close();
  }
}

/** Runs one verb on one database and prints how it ended. */
export async function runVerb(verbRun: VerbRun, options: RunVerbOptions, deps: Deps): Promise<ExitCode> {
  const { verb, past } = verbRun;
  const { streams, env } = deps;
  const result = await withProgress(verbRun, options, { deps, work: verbRun.work });
  const view: RunViewOptions = {
    verb,
    past,
    format: options.output.format,
    dryRun: options.run.dryRun,
    colours: await palette(wantsColour(options.output.colour, streams.stdout.isTTY, env)),
  };
  const rendered = await renderRun(result, view);
  if (verbRun.collect !== undefined && isStructured(view.format)) verbRun.collect(runReport(result, view));
  else streams.stdout.write(rendered.stdout);
  streams.stderr.write(rendered.stderr);
  return exitCodeOfRun(result, options.run.errorUnchanged);
}

/** Where a run works, and on what. */
type Target = Pick<VerbRun, "session" | "name" | "namespace" | "stdinTaken">;

/** Runs `work` with progress on stderr and consent on the terminal. */
export async function withProgress<Result>(
  { session, name, namespace, stdinTaken = false }: Target,
  options: RunVerbOptions,
  { deps, work }: { readonly deps: Deps; readonly work: (run: Run) => Promise<Result> },
): Promise<Result> {
  const { streams, env, clock, signal } = deps;
  const colour = options.output.colour;
  const out = streams.stderr;
  const live = out.isTTY && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
  const progress = startProgress({ out, clock, live, colours: await palette(wantsColour(colour, out.isTTY, env)) });
  const approval = { session, name, namespace, given: options.run, colour, stdinTaken };
  // A plan is told once, whether it is asked about or only reported. A dry run prints it as its result.
  const told = new Set<string>();
  try {
    return await work({
      ...options.run,
      session,
      clock,
      signal,
      attended: canAsk(deps, options.run) && !stdinTaken,
      report: (event) => {
        if (event.type === "plan" && (told.has(event.hash) || options.run.dryRun !== "none")) return;
        if (event.type === "plan") told.add(event.hash);
        progress.report(event);
      },
      approve: (plan) => {
        progress.pause();
        const planTold = told.has(plan.hash);
        told.add(plan.hash);
        return approve(plan, { ...approval, planTold }, deps);
      },
    });
  } finally {
    progress.stop();
  }
}

/** Kubernetes objects as a YAML stream, to be piped into `kubectl apply -f -`. */
export async function printObjects(objects: readonly unknown[], deps: Pick<Deps, "streams">): Promise<ExitCode> {
  const documents = await Promise.all(objects.map((object) => structured("yaml", object)));
  deps.streams.stdout.write(documents.join("---\n"));
  return ExitCode.Done;
}
