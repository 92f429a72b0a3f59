/** How valkey-cli is asked inside a node's pod, and how its answers are read. */
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

/**
 * Asks several things at once, over one connection. The password comes from the container's environment. The result may be `unknown`: a caller
 * that changes something must look again.
 */
export function ask(exec: Pick<KubeClient, "exec">, spec: ValkeySpec, question: Question): Promise<ExecResult> {
  const { place, commands, deadlineMs } = question;
  return exec.exec({
    namespace: spec.namespace,
    pod: podName(spec, place),
    container,
    argv: ["valkey-cli", ...cliFlags(spec), "-t", String(Math.max(1, Math.floor(deadlineMs / 1000) - 1))],
    stdin: commands.map((command) => `${command}\nECHO ${mark}\n`).join(""),
    deadlineMs,
  });
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
