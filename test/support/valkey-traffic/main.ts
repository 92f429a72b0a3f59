// What runs in the pod: the traffic, and a door through which the test turns it on and off. GET /fill?keys=N, /start, /stretch, /stop, /verify.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ClusterClient } from "./cluster-client.ts";
import { Traffic } from "./traffic.ts";

const { TARGET: target = "", PASSWORD: password = "", CA: file } = process.env;
/** Whom to trust is read for each connection: it may change. */
const access = {
  password,
  get ca(): string | undefined {
    return file === undefined ? undefined : readFileSync(file, "utf8");
  },
};
const client = new ClusterClient(`${target}:6379`, access);
const traffic = new Traffic(client);

const doors: Readonly<Record<string, (query: URLSearchParams) => unknown>> = {
  "/fill": (query) => traffic.fill(Number(query.get("keys"))),
  "/start": () => {
    traffic.start();
  },
  "/stretch": () => traffic.stretch(),
  "/stop": () => traffic.stop(),
  "/verify": () => traffic.verify(),
};

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const answer = async (): Promise<unknown> => (await doors[pathname]?.(searchParams)) ?? null;
  answer().then(
    (value) => response.end(JSON.stringify(value)),
    (error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    },
  );
}).listen(8080);
await client.refresh();
