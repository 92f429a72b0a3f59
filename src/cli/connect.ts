/** Opens the way to a cluster: the one place where cli meets the adapters of `kube/`, which load with the first connection. */
import { sanitize } from "../output/sanitize.ts";
import type { ConnectOptions, Session } from "./deps.ts";
import type { Machine } from "./machine.ts";

/** Reads the kubeconfig; connects nowhere yet. Warnings of the server and, by verbosity, requests go to stderr. */
export async function connect({ cluster, fieldManager }: ConnectOptions, machine: Machine): Promise<Session> {
  const [{ resolveAccess }, { nodeHost }, { createRestClient }] = await Promise.all([
    import("../kube/access.ts"),
    import("../kube/host.ts"),
    import("../kube/rest-client.ts"),
  ]);
  const say = (line: string): void => {
    machine.stderr.write(`${sanitize(line)}\n`);
  };
  let warnings = 0;
  const access = await resolveAccess(cluster.access, nodeHost({ ...machine, warn: say }));
  const kube = createRestClient(access, {
    userAgent: `kubectl-dbop/${machine.version} (${machine.platform})`,
    ...(fieldManager !== undefined && { fieldManager }),
    onWarning: (text) => {
      warnings += 1;
      say(`Warning: ${text}`);
    },
    onRequest: (trace) => {
      if (cluster.verbosity < 6) return;
      say(`${trace.method} ${trace.path} ${trace.status ?? trace.error ?? ""} in ${Math.round(trace.ms)} milliseconds`);
      if (cluster.verbosity < 8) return;
      const { sent, received } = trace.bodies();
      if (sent !== "") say(`Request Body: ${sent}`);
      if (received !== "") say(`Response Body: ${received}`);
    },
  });
  return { kube, contextName: access.contextName, namespace: access.namespace, warnings: () => warnings };
}
