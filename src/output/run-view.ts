/** How a run ended, for people and for machines. */
import { describeObject, type KubeObject } from "../kube/objects.ts";
import type { Verdict } from "../plan/step.ts";
import { plain, type Palette } from "./colour.ts";
import { renderPlan, renderVerdict, type PlanView } from "./plan.ts";
import { sanitize } from "./sanitize.ts";
import { isStructured, names, structured, type OutputFormat } from "./structured.ts";

/** How a run ended. Failures that carry a reason of their own are thrown as `DbopError` instead. */
export type RunOutcome =
  | { readonly outcome: "Converged"; readonly changed: boolean }
  /** A dry run: nothing was done. */
  | { readonly outcome: "Planned"; readonly plan: PlanView; readonly notSimulated: readonly string[] }
  /** Time is up; the same command goes on. */
  | { readonly outcome: "Progressing"; readonly until: string; readonly seen: string }
  | { readonly outcome: "Blocked"; readonly by: readonly Verdict[] }
  | { readonly outcome: "Failed"; readonly message: string };

export type RunResult = RunOutcome & {
  /** The DatabaseCluster as last seen; for a dry run, as it would be. */
  readonly object: KubeObject;
  /** What was left on purpose: claims, credentials. */
  readonly kept?: readonly string[];
};

export interface RunViewOptions {
  readonly verb: string;
  /** `installed`, `scaled`: kubectl's way to say what was done. */
  readonly past: string;
  readonly format: OutputFormat;
  readonly dryRun: "none" | "client" | "server";
  /** Of stdout. */
  readonly colours?: Palette;
}

/** What goes to each stream. */
export interface Rendered {
  readonly stdout: string;
  readonly stderr: string;
}

export async function renderRun(result: RunResult, options: RunViewOptions): Promise<Rendered> {
  const stderr = troubleOf(result, options) + keptOf(result);
  if (isStructured(options.format)) {
    return { stdout: await structured(options.format, runReport(result, options)), stderr };
  }
  const good = result.outcome === "Converged" || result.outcome === "Planned";
  if (!good) return { stdout: "", stderr };
  if (options.format === "name") return { stdout: names([result.object]), stderr };
  return { stdout: successOf(result, options), stderr };
}

/** The report of `-o json`: a versioned document of our own, to which fields are only ever added. */
export function runReport({ object, ...result }: RunResult, { verb, dryRun }: RunViewOptions): unknown {
  const { name, namespace } = object.metadata;
  return {
    apiVersion: "dbop.dev/v1alpha1",
    kind: "RunReport",
    metadata: { name, namespace },
    verb,
    dryRun,
    ...result,
    cluster: object,
  };
}

const suffixes = { none: "", client: " (dry run)", server: " (server dry run)" } as const;

function successOf(result: RunResult, { past, dryRun, colours = plain }: RunViewOptions): string {
  const unchanged =
    result.outcome === "Converged" ? !result.changed : result.outcome === "Planned" && result.plan.steps.length === 0;
  const line = `${describeObject(result.object)} ${unchanged ? "unchanged" : past}${suffixes[dryRun]}\n`;
  if (result.outcome !== "Planned") return line;
  const unseen = result.notSimulated.map((what) => `not simulated: ${sanitize(what)}\n`).join("");
  return renderPlan(result.plan, colours) + unseen + line;
}

function troubleOf(result: RunResult, { verb }: RunViewOptions): string {
  switch (result.outcome) {
    case "Converged":
    case "Planned":
      return "";
    case "Progressing":
      return `error: timed out waiting until ${sanitize(result.until)}; last seen: ${sanitize(result.seen)}\n${goOn(result, verb)}`;
    case "Blocked":
      return result.by.map((verdict) => `${renderVerdict(verdict, "error: blocked")}\n`).join("");
    case "Failed":
      return `error: ${sanitize(result.message)}\n`;
  }
}

/** Reconcile goes on with what any verb began, except what leaves nothing to reconcile. */
function goOn({ object }: RunResult, verb: string): string {
  if (verb === "delete") return "To go on from here: run the same command again\n";
  const { name, namespace } = object.metadata;
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  return `To go on from here: kubectl dbop reconcile ${name}${place}\n`;
}

function keptOf({ kept = [] }: RunResult): string {
  return kept.map((what) => `kept: ${sanitize(what)}\n`).join("");
}
