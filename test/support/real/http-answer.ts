/** Answers of an API server that are passed on, replaced or torn by something on the way. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders | OutgoingHttpHeaders;
  readonly body: Buffer;
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  409: "Conflict",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** A Status as the API server gives it. */
export function refusal(code: number): Answer {
  const message = `injected: ${reasons[code] ?? "refused"}`;
  const status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason: reasons[code],
    code,
  };
  return {
    status: code,
    headers: { "content-type": "application/json", ...(code === 429 && { "retry-after": "1" }) },
    body: Buffer.from(JSON.stringify(status), "utf8"),
  };
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, lasting(headers, body)).end(body);
}

/** The head, half of the body, and the end of the connection. */
export function tear(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, lasting(headers, body));
  response.write(firstHalf(body), () => {
    response.destroy();
  });
}

/** As it goes over a connection that was to become another protocol, and ends with it. */
export function asText({ status, headers, body }: Answer): Buffer {
  const lines = Object.entries({ ...lasting(headers, body), connection: "close" }).map(
    ([name, value]) => `${name}: ${String(value)}\r\n`,
  );
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${String(status)} Answer\r\n${lines.join("")}\r\n`, "latin1"), body]);
}

export function firstHalf(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

/** Headers that mean the same on another connection. */
function lasting(headers: Answer["headers"], body: Buffer): OutgoingHttpHeaders {
  const { connection: _, "transfer-encoding": _encoding, ...rest } = headers;
  return { ...rest, "content-length": body.length };
}
