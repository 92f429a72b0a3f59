/** Words and classes for failures below HTTP: nothing answered, or the answer got lost. Wording follows kubectl's. */
import { DbopError } from "../errors.ts";
import { textField } from "./fields.ts";

/**
 * Where an attempt failed. `connecting`: surely not a byte of the request was sent. `sent`: the server may have acted on it.
 * Internal to `src/kube/`: callers see a {@link DbopError}.
 */
export class AttemptFailed extends Error {
  readonly phase: "connecting" | "sent";
  readonly timedOut: boolean;

  constructor(phase: "connecting" | "sent", cause: unknown, timedOut = false) {
    super(timedOut ? "timed out" : describeCause(cause), { cause });
    this.name = "AttemptFailed";
    this.phase = phase;
    this.timedOut = timedOut;
  }

  /** Whether another attempt could fare better. A wrong certificate or protocol won't mend itself. */
  get transient(): boolean {
    return this.timedOut || this.phase === "sent" || transientCodes.has(codeOf(this.cause));
  }

  /** Whether the name or address itself is at fault: pointless to repeat before the cluster has ever answered. */
  get addressUnknown(): boolean {
    return ["ENOTFOUND", "EAI_AGAIN"].includes(codeOf(this.cause));
  }
}

const transientCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** The error for a request that no server answered. `timeoutMs` is what an attempt was given. */
export function unreachable(server: URL, failure: AttemptFailed, timeoutMs: number): DbopError {
  if (failure.cause instanceof DbopError) return failure.cause; // a proxy's refusal comes ready-made
  const { message, hint } = failure.timedOut
    ? {
        message: `unable to connect to the server: ${server.host} did not answer within ${timeoutMs / 1000}s`,
        hint: "--request-timeout sets the limit",
      }
    : connectWords(server, failure.cause);
  return new DbopError("Unreachable", message, { hint, cause: failure.cause });
}

/**
 * The error for a request that no server answered although one had answered before: the way to the cluster is right, so it is not for the
 * user to mend.
 */
export function connectionLost(doing: string, server: URL, failure: AttemptFailed): DbopError {
  if (failure.cause instanceof DbopError) return failure.cause;
  return new DbopError(
    "Unknown",
    `${doing}: the connection to the server ${server.host} was lost: ${failure.message}`,
    {
      hint: "run the same command again when the server answers: it goes on from what it finds",
      cause: failure.cause,
    },
  );
}

/** The error for a write that was sent and whose answer was not seen. */
export function outcomeUnknown(doing: string, failure: AttemptFailed): DbopError {
  return new DbopError("Unknown", `${doing}: the request was sent, but its answer was lost (${failure.message})`, {
    hint: "the change may or may not have been made: run the same command again, it goes on from what it finds",
    cause: failure.cause,
  });
}

/** The error for a call whose signal was aborted. */
export function interrupted(doing: string): DbopError {
  return new DbopError("Interrupted", `${doing}: interrupted`);
}

interface Words {
  readonly message: string;
  readonly hint: string;
}

const reachHint = "kubectl config view --minify shows the server this context points to";
const trustHint = "certificate-authority-data of the kubeconfig must hold the CA that signed the server's certificate";

const certificateWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "certificate has expired or is not yet valid",
  CERT_NOT_YET_VALID: "certificate has expired or is not yet valid",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate signed by unknown authority",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate signed by unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "certificate signed by unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate signed by unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate signed by unknown authority",
  CERT_SIGNATURE_FAILURE: "certificate signed by unknown authority",
};

function connectWords(server: URL, cause: unknown): Words {
  const code = codeOf(cause);
  if (code === "ECONNREFUSED") {
    return {
      message: `the connection to the server ${server.host} was refused - did you specify the right host or port?`,
      hint: reachHint,
    };
  }
  const trouble = certificateWords[code];
  if (trouble !== undefined)
    return {
      message: `unable to connect to the server: tls: failed to verify certificate: x509: ${trouble}`,
      hint: trustHint,
    };
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const message = `unable to connect to the server: tls: failed to verify certificate: x509: certificate is not valid for ${server.hostname}`;
    return { message, hint: "--tls-server-name sets the name to expect" };
  }
  return { message: `unable to connect to the server: ${describeCause(cause, server.hostname)}`, hint: reachHint };
}

const networkWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EPIPE: "broken pipe",
  ETIMEDOUT: "i/o timeout",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
};

function describeCause(cause: unknown, hostname = "the host"): string {
  const code = codeOf(cause);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `lookup ${hostname}: no such host`;
  const known = networkWords[code];
  if (known !== undefined) return known;
  const text = cause instanceof Error ? cause.message : "";
  const [, tlsWords] = /SSL routines:[^:]*:([^:]+)/.exec(text) ?? []; // "…:error:0A00010B:SSL routines:function:words:file:…"
  if (tlsWords === undefined) return text === "" ? code : text;
  return tlsWords === "wrong version number" ? "http: server gave HTTP response to HTTPS client" : `tls: ${tlsWords}`;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error ? textField(cause, "code") : "";
}
