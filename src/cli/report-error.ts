/** The one place where a failure becomes text and an exit code. */
import { isDbopError, type DbopError, type Reason } from "../errors.ts";
import { structured } from "../output/structured.ts";
import { sanitize } from "../output/sanitize.ts";
import { withoutTokens } from "../without-tokens.ts";
import type { ClientVersion, Streams } from "./deps.ts";
import { ExitCode, exitCodeOf } from "./exit-code.ts";

/** What the API server itself says: worded as kubectl words it. */
const fromServer: ReadonlySet<Reason> = new Set<Reason>([
  "Unauthorized",
  "Forbidden",
  "NotFound",
  "AlreadyExists",
  "Conflict",
  "Invalid",
  "ServerError",
]);

export interface ErrorContext {
  readonly streams: Streams;
  readonly client: ClientVersion;
  /** Set when stdout is to hold one document: then the failure is one too. */
  readonly format: "json" | "yaml" | undefined;
}

/** Writes `error` to stderr (and as a Status to stdout) and returns the exit code it ends with. */
export async function reportError(error: unknown, context: ErrorContext): Promise<ExitCode> {
  const { streams, format, client } = context;
  const known = isDbopError(error) && error.reason !== "Internal" ? error : undefined;
  streams.stderr.write(sanitize(known === undefined ? internalText(error, client) : errorText(known)));
  if (format !== undefined) streams.stdout.write(await structured(format, statusOf(known, error)));
  return known === undefined ? ExitCode.Failure : exitCodeOf(known.reason);
}

/** `error: …` or `Error from server (Reason): …`, its problems, its hint. */
export function errorText(error: DbopError): string {
  const prefix = fromServer.has(error.reason) ? `Error from server (${error.reason})` : "error";
  const problems = error.problems.map((problem) => `  * ${problem}\n`).join("");
  const hint = error.hint === undefined ? "" : `${error.hint}\n`;
  return `${prefix}: ${error.message}\n${problems}${hint}`;
}

/** A defect of ours: enough for a report of it, never the source line Node would print. */
function internalText(error: unknown, client: ClientVersion): string {
  const what = withoutTokens(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  const frames = error instanceof Error ? (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)) : [];
  return [
    `error: internal error: ${what}`,
    ...frames.slice(0, 5),
    `kubectl-dbop ${client.version}, Node ${client.node}, ${client.platform}`,
    "This is a defect of kubectl-dbop: nothing is lost, and the same command can be run again.\n",
  ].join("\n");
}

function statusOf(known: DbopError | undefined, error: unknown): unknown {
  const message = known?.message ?? withoutTokens(error instanceof Error ? error.message : String(error));
  return {
    apiVersion: "v1",
    kind: "Status",
    metadata: {},
    status: "Failure",
    reason: known?.reason ?? "Internal",
    message,
    details: { causes: (known?.problems ?? []).map((problem) => ({ message: problem })), hint: known?.hint },
    exitCode: known === undefined ? ExitCode.Failure : exitCodeOf(known.reason),
  };
}
