/** A connection to a port of a pod through the API server (WebSocket, v4.channel.k8s.io): the only address a test can be sure to reach. */
import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { ClusterAccess } from "../../../src/kube/access.ts";

export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** Channel 0 carries the data, 1 an error; each begins with one message that repeats the port. */
export async function forward(access: ClusterAccess, { namespace, pod, port }: PodPort): Promise<Duplex> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${String(port)}`;
  const url = new URL(path, access.server);
  const headers = pairs(await access.authHeaders());
  const socket = new WebSocket(url, "v4.channel.k8s.io", { ...access.tls, headers, perMessageDeflate: false });
  const stream = new PodStream(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return stream;
}

class PodStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #greeted = new Set<number>();

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.on("message", (data) => {
      if (Buffer.isBuffer(data)) this.#take(data);
    });
    socket.on("close", () => {
      this.push(null);
      this.destroy();
    });
    socket.on("error", (error) => {
      this.destroy(error);
    });
    // It may fail before whoever asked for it can listen; that it has ended they learn in any case.
    this.on("error", () => undefined);
  }

  override _read(): void {
    // Nothing to ask for: the socket pushes.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(0), chunk]), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.terminate();
    done(error);
  }

  #take(message: Buffer): void {
    const channel = message[0] ?? 1;
    const body = message.subarray(1);
    if (!this.#greeted.has(channel)) this.#greeted.add(channel);
    else if (channel === 0) this.push(body);
    else this.destroy(new Error(`the pod's port: ${body.toString("utf8")}`));
  }
}

function pairs(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""]] : [])));
}
