/** One connection to a node. Requests go out as they come, and answers come back in their order. */
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Refusal, ReplyReader, request, type Reply } from "./resp.ts";

export interface Access {
  readonly password: string;
  /** With it the node must prove, as to any careful client, that it is whom we meant to call. */
  readonly ca: string | undefined;
}

interface Waiting {
  readonly since: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** Longer than any pause that a server makes and lives. */
const patienceMs = 10_000;

export class Connection {
  closed = false;
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  readonly #watch: NodeJS.Timeout;

  /** @param endpoint `HOST:PORT` */
  constructor(endpoint: string, { password, ca }: Access) {
    const colon = endpoint.lastIndexOf(":");
    const [host, port] = [endpoint.slice(0, colon), Number(endpoint.slice(colon + 1))];
    const name = isIP(host) === 0 ? { servername: host } : {};
    this.#socket = ca === undefined ? connectPlain({ host, port }) : connectTls({ host, port, ca, ...name });
    this.#socket.setNoDelay(true);
    const reader = new ReplyReader();
    this.#socket.on("data", (piece: Buffer) => {
      for (const reply of reader.read(piece)) this.#waiting.shift()?.resolve(reply);
    });
    this.#socket.on("error", (error) => {
      this.#fail(error);
    });
    this.#socket.on("close", () => {
      this.#fail(new Error("connection closed"));
    });
    this.#watch = setInterval(() => {
      const [first] = this.#waiting;
      if (first !== undefined && Date.now() - first.since > patienceMs) this.#fail(new Error("no answer"));
    }, 500);
    this.send(["AUTH", password]).then(
      (reply) => {
        if (reply instanceof Refusal) this.#fail(new Error(reply.text));
      },
      () => undefined,
    );
  }

  /** Rejects when the connection breaks before the answer: then nobody knows whether it was done. */
  send(words: readonly string[]): Promise<Reply> {
    if (this.closed) return Promise.reject(new Error("connection closed"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ since: Date.now(), resolve, reject });
      this.#socket.write(request(words));
    });
  }

  #fail(error: Error): void {
    this.closed = true;
    clearInterval(this.#watch);
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
