/** Whether a member lets a client in, by the certificates that client has. */
import { X509Certificate } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { textField } from "../../../src/kube/fields.ts";
import { types } from "../../../src/kube/objects.ts";
import { admin } from "./cluster.ts";
import type { Target } from "./dbop.ts";
import { forward } from "./port-forward.ts";

export type Credentials = Readonly<Record<"ca" | "cert" | "key", string>>;

/** What is in NAME-client-tls now. */
export async function clientCredentials({ namespace, name }: Target): Promise<Credentials> {
  const { kube } = await admin();
  const secret = await kube.get({ type: types.secret, namespace, name: `${name}-client-tls` });
  const text = (key: string): string => Buffer.from(textField(secret?.["data"], key), "base64").toString("utf8");
  return { ca: text("ca.crt"), cert: text("tls.crt"), key: text("tls.key") };
}

/** The fingerprint of the server's certificate as the members' Secret holds it. */
export async function issuedCertificate({ namespace, name }: Target): Promise<string> {
  const { kube } = await admin();
  const secret = await kube.get({ type: types.secret, namespace, name: `${name}-member-tls` });
  return new X509Certificate(Buffer.from(textField(secret?.["data"], "server.crt"), "base64")).fingerprint256;
}

/** The fingerprint of the certificate that the member shows. */
export async function shownCertificate(target: Target, ordinal: number, credentials: Credentials): Promise<string> {
  return converse(target, ordinal, credentials, (socket, end) => {
    socket.on("secureConnect", () => {
      end(socket.getPeerCertificate().fingerprint256);
    });
  });
}

/** What becomes of one question to the member: its status line, or why there is none. */
export async function knock(target: Target, ordinal: number, credentials: Credentials): Promise<string> {
  return converse(target, ordinal, credentials, (socket, end) => {
    socket.on("secureConnect", () => socket.write("GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    socket.on("data", (chunk: Buffer) => {
      end(chunk.toString("latin1").split("\r\n")[0] ?? "");
    });
  });
}

type Talk = (socket: TLSSocket, end: (what: string) => void) => void;

async function converse(
  { namespace, name }: Target,
  ordinal: number,
  ...[credentials, talk]: readonly [Credentials, Talk]
): Promise<string> {
  const { access } = await admin();
  const stream = await forward(access, { namespace, pod: `${name}-${String(ordinal)}`, port: 2379 });
  return new Promise((resolve) => {
    const socket = connect({ socket: stream, servername: "localhost", ALPNProtocols: ["http/1.1"], ...credentials });
    const end = (what: string): void => {
      resolve(what);
      socket.destroy();
      stream.destroy();
    };
    stream.on("error", () => undefined); // told by the socket
    socket.on("error", (error: Error) => {
      end(error.message);
    });
    socket.on("close", () => {
      end("closed");
    });
    talk(socket, end);
  });
}
