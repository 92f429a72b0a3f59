/** How valkey-cli, or redis-cli, is asked inside a node's pod, and how its answers are read. */
import type { ExecResult, KubeClient } from "../../kube/kube-client.ts";
import { cliFlags } from "./config/render.ts";
import { container, podName, type Place } from "./names.ts";
import type { ValkeySpec } from "./spec.ts";

export interface Question {
  /** Whose pod it is asked in. */
  readonly place: Place;
  /** One command a line, as a person would type them: words with a space in them are quoted. */
  readonly commands: readonly string[];
  readonly deadlineMs: number;
}

/** Between two answers: no answer holds it, since the server only says it when told to. */
const mark = "dbop-end-of-answer";

/** While a cluster of Redis becomes one of Valkey there are pods of both: each has the one or the other. Both read the same password and take the same words. */
export const findClient = "client=valkey-cli; command -v $client >/dev/null || client=redis-cli";

/** What `timeout` ends with when it had to end the program. */
const endedLate = new Set([124, 143]);

/**
 * Asks several things at once, over one connection. The password comes from the container's environment. The result may be `unknown`: a caller
 * that changes something must look again.
 */
export async function ask(exec: Pick<KubeClient, "exec">, spec: ValkeySpec, question: Question): Promise<ExecResult> {
  const { place, commands, deadlineMs } = question;
  // The redis-cli of 7.0 has no limit of its own.
  const seconds = String(Math.max(1, Math.floor(deadlineMs / 1000) - 1));
  const result = await exec.exec({
    namespace: spec.namespace,
    pod: podName(spec, place),
    container,
    argv: ["sh", "-c", `${findClient}; exec timeout ${seconds} $client "$@"`, "sh", ...cliFlags(spec)],
    stdin: commands.map((command) => `${command}\nECHO ${mark}\n`).join(""),
    deadlineMs,
  });
  if (result.outcome === "unknown" || !endedLate.has(result.code)) return result;
  const { stdout, stderr } = result;
  return { outcome: "unknown", why: `no answer within ${seconds} s`, stdout, stderr, late: true };
}

/** The answers in the order of the commands, without the ends of their last lines. Fewer when the connection broke. */
export function answersIn(stdout: string): readonly string[] {
  return stdout
    .split(`${mark}\n`)
    .slice(0, -1)
    .map((answer) => answer.trimEnd());
}

/** What an answer says when it is an error, such as `ERR Unknown node`; undefined when it is none. */
export function errorIn(answer: string): string | undefined {
  return /^(?:\(error\) )?([A-Z]{3,}\b.*)$/u.exec(answer)?.[1];
}
