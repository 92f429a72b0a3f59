/** V8's code of the parts of dist/, made by the very Node that will read it. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** One database, so that a table is made of it. */
const database = {
  apiVersion: "dbop.dev/v1alpha1",
  kind: "DatabaseCluster",
  metadata: { name: "demo", namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z", generation: 1 },
  spec: { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "8Gi" } },
};
const list = { apiVersion: "dbop.dev/v1alpha1", kind: "DatabaseClusterList", metadata: {}, items: [database] };

/** The command lines that the caches are warmed by: what people wait for most. */
const commandLines = [
  [],
  ["list"],
  ["list", "-A"],
  ["list", "-o", "name"],
  ["__complete", "status", ""],
  ["__complete", ""],
  ["version"],
];

export interface CacheWork {
  /** A program of the Node that the executable has, for this machine. */
  readonly node: string;
  /** code-cache-main.ts, bundled. */
  readonly script: string;
  readonly dist: string;
  readonly out: string;
}

/** Writes `NAME.cache` for every part into `out`. Asks a server of its own, never a cluster. */
export async function writeCodeCaches({ node, script, dist, out }: CacheWork): Promise<void> {
  const server = await answering();
  try {
    const kubeconfig = join(out, "kubeconfig");
    mkdirSync(out, { recursive: true });
    writeFileSync(kubeconfig, kubeconfigFor(server));
    const env = { KUBECONFIG: kubeconfig, HOME: out, NO_COLOR: "1" };
    for (const words of commandLines) await run(node, [script, dist, out, ...words], { env });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function answering(): Promise<Server> {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/version" ? { gitVersion: "v1.34.0", minor: "34" } : list));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Of the form that administrators have: read by the quick reader of kubeconfigs. */
function kubeconfigFor(server: Server): string {
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("the server has no port");
  return `apiVersion: v1
kind: Config
clusters:
- name: warm
  cluster:
    server: http://127.0.0.1:${at.port}
contexts:
- name: warm
  context:
    cluster: warm
    user: warm
current-context: warm
users:
- name: warm
  user:
    token: none
`;
}
