/** How etcdctl is asked inside a member's pod, and how its answers are read. The image has no shell: argv goes as it is. */
import { DbopError } from "../../errors.ts";
import type { ExecResult, KubeClient } from "../../kube/kube-client.ts";
import { container, memberName } from "./names.ts";
import { tlsDirectory } from "./resources/config-map.ts";
import type { EtcdSpec } from "./spec.ts";

export interface Question {
  /** The pod to ask in. */
  readonly ordinal: number;
  /** Where its etcdctl connects to; default the member itself. */
  readonly endpoints: readonly string[];
  readonly args: readonly string[];
  readonly deadlineMs: number;
  /** Aborts the question; the promise then rejects with reason `Interrupted`. */
  readonly signal?: AbortSignal;
}

/** Asks etcdctl in a member's pod. The result may be `unknown`: a caller that changes something must look again. */
export function etcdctl(exec: Pick<KubeClient, "exec">, spec: EtcdSpec, question: Question): Promise<ExecResult> {
  return exec.exec({
    namespace: spec.namespace,
    pod: memberName(spec, question.ordinal),
    container,
    argv: [
      "etcdctl",
      `--endpoints=${question.endpoints.join(",")}`,
      ...certificateFlags(spec),
      "--dial-timeout=2s",
      `--command-timeout=${String(Math.ceil(question.deadlineMs / 1000) - 1)}s`,
      "--write-out=json",
      ...question.args,
    ],
    deadlineMs: question.deadlineMs,
    ...(question.signal === undefined ? {} : { signal: question.signal }),
  });
}

function certificateFlags(spec: EtcdSpec): readonly string[] {
  if (spec.tls.mode === "disabled") return [];
  const directory = `${tlsDirectory}/client`;
  return [`--cacert=${directory}/ca.crt`, `--cert=${directory}/tls.crt`, `--key=${directory}/tls.key`];
}

/**
 * etcdctl's JSON with every integer that JavaScript can't hold exactly kept as its digits: member and cluster ids are uint64.
 * Throws `ServerError` when the text is not JSON.
 */
export function parseEtcdJson(text: string): unknown {
  try {
    return JSON.parse(text, keepDigits);
  } catch (cause) {
    throw new DbopError("ServerError", "etcdctl answered something that is not JSON", { cause });
  }
}

/** The third parameter, the source text of a number, is in ECMAScript 2025 and not yet in TypeScript's library: hence optional. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" && !Number.isSafeInteger(value) ? (context?.source ?? value) : value;
}

/** A uint64 read from etcdctl's JSON as the hexadecimal that its commands want; "0" for an absent one (protobuf leaves zeros out). */
export function hexId(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? BigInt(value).toString(16) : "0";
}
