/** Credentials from a program named in the kubeconfig: client-go's `plugin/pkg/client/auth/exec`. */
import { DbopError } from "../errors.ts";
import type { Credentials } from "./credentials.ts";
import { execInfo, parseExecCredential, type ExecCredential, type ExecSelection } from "./credentials-exec-info.ts";
import { isMissing, whyUnreadable, type HostEnvironment, type PluginExit } from "./host.ts";
import { shared } from "./shared-run.ts";

const apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

const modes = ["Never", "IfAvailable", "Always"];

/** A token this close to its end may be over before the server has read it. */
const skewMs = 10_000;

/** So that a plugin which always answers with a nearly expired token is not run for every header. */
const leastUseMs = 1000;

/** Credentials that run the plugin when one is due. Throws `Usage` when the stanza is wrong; nothing is run yet. */
export function execCredentials(selection: ExecSelection, host: HostEnvironment): Credentials {
  checkStanza(selection);
  let held: { readonly credential: ExecCredential; readonly dueAt: number } | undefined;
  const run = shared(async (signal) => {
    const credential = await runPlugin(selection, host, signal);
    const now = host.now();
    held = { credential, dueAt: Math.max(credential.expiresAt - skewMs, now + leastUseMs) };
    return credential;
  });
  const current = (signal?: AbortSignal): Promise<ExecCredential> =>
    held !== undefined && host.now() < held.dueAt ? Promise.resolve(held.credential) : run.join(signal);
  return {
    authorization: async (signal) => bearer(await current(signal)),
    clientCertificate: async (signal) => (await current(signal)).certificate,
    refresh: (refused) => {
      // A 401 for an older credential says nothing about the one another request has fetched meanwhile.
      if (held !== undefined && (refused === undefined || refused === bearer(held.credential))) held = undefined;
      return true;
    },
    close: () => {
      run.abort();
    },
  };
}

function bearer({ token }: ExecCredential): string | undefined {
  return token === "" ? undefined : `Bearer ${token}`;
}

/** The rules of client-go's `validateAuthInfo` and `newAuthenticator`. */
function checkStanza({ exec, userName, user }: ExecSelection): void {
  const use = `for ${userName} to use exec authentication plugin`;
  const rules: readonly (readonly [broken: boolean, problem: string])[] = [
    [
      user.authProvider !== undefined,
      `authProvider cannot be provided in combination with an exec plugin for ${userName}`,
    ],
    [exec.command === "", `command must be specified ${use}`],
    [exec.apiVersion === "", `apiVersion must be specified ${use}`],
    [!["", ...apiVersions].includes(exec.apiVersion), `exec plugin: invalid apiVersion "${exec.apiVersion}"`],
    [exec.env.some(({ name }) => name === ""), `env variable name must be specified ${use}`],
    [exec.interactiveMode === "", `interactiveMode must be specified ${use}`],
    [
      !["", ...modes].includes(exec.interactiveMode),
      `invalid interactiveMode for ${userName}: "${exec.interactiveMode}"`,
    ],
  ];
  const problems = rules.filter(([broken]) => broken).map(([, problem]) => problem);
  const [first] = problems;
  if (first === undefined) return;
  throw new DbopError("Usage", first, problems.length > 1 ? { problems } : {});
}

async function runPlugin(
  selection: ExecSelection,
  host: HostEnvironment,
  signal: AbortSignal,
): Promise<ExecCredential> {
  const { exec } = selection;
  if (exec.interactiveMode === "Always" && !host.stdinIsTty) {
    throw failure("exec plugin cannot support interactive mode: standard input is not a terminal", {
      hint: `run it in a terminal, or log in first with whatever ${exec.command} offers`,
    });
  }
  const interactive = exec.interactiveMode !== "Never" && host.stdinIsTty;
  const env = {
    ...host.env,
    ...Object.fromEntries(exec.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: execInfo(selection, interactive, host),
  };
  const exit = await startPlugin(selection, host, { env: withoutUndefined(env), inheritStdin: interactive, signal });
  if (exit.code !== 0) {
    const how = exit.code === undefined ? "was ended by a signal" : `failed with exit code ${String(exit.code)}`;
    throw failure(`exec: executable ${exec.command} ${how}`, { hint: "its own message is above" });
  }
  return parseExecCredential(exit.stdout, exec);
}

interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly inheritStdin: boolean;
  readonly signal: AbortSignal;
}

async function startPlugin({ exec }: ExecSelection, host: HostEnvironment, options: RunOptions): Promise<PluginExit> {
  try {
    return await host.runPlugin({ command: exec.command, args: exec.args, ...options });
  } catch (error) {
    if (options.signal.aborted)
      throw new DbopError("Interrupted", "interrupted while getting credentials", { cause: error });
    const why = isMissing(error) ? "not found" : `could not be started: ${whyUnreadable(error)}`;
    throw failure(`exec: executable ${exec.command} ${why}`, {
      cause: error,
      hint: printable(exec.installHint) || "install this client-go credential plugin, or put it on PATH",
    });
  }
}

function failure(message: string, details: { readonly hint: string; readonly cause?: unknown }): DbopError {
  return new DbopError("Unauthorized", `getting credentials: ${message}`, details);
}

function withoutUndefined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** A hint comes from a file others may have written: no escape sequences reach the terminal (client-go: `cleanANSIEscapeCodes`). */
function printable(text: string): string {
  return text.replace(
    /[^\P{C}\n\t]/gu,
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}
