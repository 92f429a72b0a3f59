/** The real API server as a proxy reaches it: requests of somebody else, sent on with the administrator's credentials. */
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { ClusterAccess } from "../../../src/kube/access.ts";
import type { Answer } from "./http-answer.ts";

export type Upgraded =
  /** `head`: what came with the answer already. */
  | { readonly outcome: "upgraded"; readonly answer: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }
  | { readonly outcome: "refused"; readonly answer: Answer };

export class Upstream {
  readonly #access: ClusterAccess;
  readonly #open = new Set<{ destroy(): unknown }>();

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /** The answer to come, to be read as it comes. */
  async stream(request: IncomingMessage): Promise<IncomingMessage> {
    const body = await bytesOf(request);
    const sending = await this.#send(request, { "content-length": body.length });
    return new Promise((resolve, reject) => {
      sending.on("error", reject);
      sending.on("response", (answer) => {
        resolve(this.#keep(answer));
      });
      sending.end(body);
    });
  }

  /** The whole answer. */
  async whole(request: IncomingMessage): Promise<Answer> {
    const answer = await this.stream(request);
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bytesOf(answer) };
  }

  async upgrade(request: IncomingMessage): Promise<Upgraded> {
    const { connection, upgrade } = request.headers;
    const sending = await this.#send(request, { connection, upgrade });
    return new Promise((resolve, reject) => {
      sending.on("error", reject);
      sending.on("upgrade", (answer, socket, head) => {
        resolve({ outcome: "upgraded", answer, socket: this.#keep(socket), head });
      });
      sending.on("response", (answer) => {
        bytesOf(answer).then((body) => {
          const { statusCode: status = 502, headers } = answer;
          resolve({ outcome: "refused", answer: { status, headers, body } });
        }, reject);
      });
      sending.end();
    });
  }

  /** Ends whatever is still open. */
  close(): void {
    for (const stream of this.#open) stream.destroy();
  }

  async #send(
    { method, url, headers }: IncomingMessage,
    more: OutgoingHttpHeaders,
  ): Promise<ReturnType<typeof httpsRequest>> {
    const { server, tls, agent } = this.#access;
    const {
      host: _,
      authorization: _theirs,
      connection: _their,
      upgrade: _protocol,
      "transfer-encoding": _how,
      ...rest
    } = headers;
    const own = pairs(await this.#access.authHeaders());
    return httpsRequest(new URL(url ?? "", server), { method, agent, ...tls, headers: { ...rest, ...own, ...more } });
  }

  #keep<Stream extends Duplex | IncomingMessage>(stream: Stream): Stream {
    this.#open.add(stream);
    stream.on("close", () => this.#open.delete(stream));
    return stream;
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pairs(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""]] : [])));
}
