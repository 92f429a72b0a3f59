/**
 * The remote command protocol over WebSocket: each message begins with the byte of its channel
 * (k8s.io/apimachinery `pkg/util/remotecommand/constants.go`; KEP-4006). Pure.
 */
import { Buffer } from "node:buffer";
import { statusOf } from "./api-status.ts";
import { field, listField, textField } from "./fields.ts";
import type { ExecRequest } from "./kube-client.ts";
import { parseJson } from "./parsed-json.ts";
import { withQuery } from "./resource-path.ts";

/** v5 is v4 and the close signal, without which the far side never sees the end of stdin. Served since Kubernetes 1.30. */
const v5 = "v5.channel.k8s.io";
const v4 = "v4.channel.k8s.io";

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** Well below the read limits of the servers on the way. */
const stdinFrameBytes = 32 * 1024;

/** The path with the whole command line; the query starts at `?`. */
export function execPath({ namespace, pod, container, argv, stdin }: ExecRequest): string {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec`;
  const command = argv.map((word) => `&command=${encodeURIComponent(word)}`).join("");
  const parameters = { container, stdin: stdin === undefined ? undefined : "true", stdout: "true", stderr: "true" };
  return withQuery(path, parameters) + command;
}

/** The subprotocols to offer, best first. With stdin only one that can end it: a reader on the far side would hang on v4. */
export function subprotocols({ stdin }: ExecRequest): string[] {
  return stdin === undefined ? [v5, v4] : [v5];
}

/** The messages that carry stdin and then end it. */
export function stdinFrames(text: string): Buffer[] {
  const bytes = Buffer.from(text, "utf8");
  const frames: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += stdinFrameBytes) {
    frames.push(Buffer.concat([Buffer.of(channels.stdin), bytes.subarray(start, start + stdinFrameBytes)]));
  }
  return [...frames, Buffer.of(channels.close, channels.stdin)];
}

/** What the far side says of the process when it is over. */
export type ExecEnd =
  | { readonly kind: "exited"; readonly code: number }
  /** It surely never ran: no such container, no such program. */
  | { readonly kind: "neverStarted"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string };

/**
 * API server, kubelet and runtime report all of these as InternalError; nothing but their words tells that no process came to be.
 * A bare "failed to start exec" is not among them: that request may have been lost on its way back.
 */
const neverStarted = new RegExp(
  [
    "unable to upgrade connection", // the kubelet refused: no such container or Pod
    "error dialing backend", // the API server did not reach the kubelet
    "container not found",
    "failed to find container|failed to load task|failed to create exec|container is in \\w+ state", // containerd
    "container is not created or running", // CRI-O
    "unable to start container process|cannot exec in a \\w+", // runc: no such program, container stopped or paused
  ].join("|"),
);

/** Reads the Status that comes on the status channel. */
export function readExecEnd(text: string): ExecEnd {
  const parsed = parseJson(text);
  if (textField(parsed, "status") === "Success") return { kind: "exited", code: 0 };
  const status = statusOf({ kind: "Status", ...(typeof parsed === "object" ? parsed : {}) });
  const why = status?.message ?? "";
  const code = exitCode(parsed);
  if (code !== undefined) return { kind: "exited", code };
  if (neverStarted.test(why)) return { kind: "neverStarted", why };
  return { kind: "unknown", why: why === "" ? "the exit status could not be read" : why };
}

function exitCode(status: unknown): number | undefined {
  if (textField(status, "reason") !== "NonZeroExitCode") return undefined;
  const causes = listField(field(status, "details"), "causes");
  const text = textField(
    causes.find((cause) => textField(cause, "reason") === "ExitCode"),
    "message",
  );
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** What a process has written, collected byte by byte, so that characters split between messages come out whole. */
export interface Output {
  /** Takes one message. Returns the status text when the message ends the process. */
  readonly take: (message: Buffer) => string | undefined;
  /** Whether more was written than `limit` bytes; what is beyond is not kept. */
  readonly overflowed: () => boolean;
  readonly text: () => { readonly stdout: string; readonly stderr: string };
}

export function collectOutput(limit: number): Output {
  const parts: { readonly stdout: Buffer[]; readonly stderr: Buffer[] } = { stdout: [], stderr: [] };
  let size = 0;
  const keep = (list: Buffer[], bytes: Buffer): void => {
    size += bytes.length;
    if (size <= limit) list.push(bytes);
  };
  return {
    take: (message) => {
      const bytes = message.subarray(1);
      if (message[0] === channels.stdout) keep(parts.stdout, bytes);
      if (message[0] === channels.stderr) keep(parts.stderr, bytes);
      return message[0] === channels.status && bytes.length > 0 ? bytes.toString("utf8") : undefined;
    },
    overflowed: () => size > limit,
    text: () => ({
      stdout: Buffer.concat(parts.stdout).toString("utf8"),
      stderr: Buffer.concat(parts.stderr).toString("utf8"),
    }),
  };
}
