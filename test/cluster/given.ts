import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { exists, must, run } from "./command.ts";
import { etcdVersions, type Provider } from "./provider.ts";

/** The user's own test cluster, named by `DBOP_TEST_KUBECONFIG`; never the current context by accident. */
export function givenCluster(env: NodeJS.ProcessEnv): Provider | undefined {
  const named = env["DBOP_TEST_KUBECONFIG"];
  if (named === undefined || named === "") return undefined;
  const kubeconfig = resolve(named);
  const kubectl = (...args: string[]): readonly string[] => ["--kubeconfig", kubeconfig, ...args];
  return {
    kubeconfig,
    reason: `using ${kubeconfig}, because DBOP_TEST_KUBECONFIG names it`,
    started: () => true,
    refusal: async () => {
      if (!existsSync(kubeconfig)) return `DBOP_TEST_KUBECONFIG names ${kubeconfig}, which does not exist`;
      if (!(await exists("kubectl"))) return "DBOP_TEST_KUBECONFIG is set, but there is no kubectl on the PATH";
      const answer = await run("kubectl", kubectl("get", "--raw", "/readyz", "--request-timeout", "10s"));
      return answer.code === 0
        ? undefined
        : `the cluster of DBOP_TEST_KUBECONFIG does not answer: ${answer.stderr.trim()}`;
    },
    up: async () => ({
      kind: "given",
      kubeconfig,
      kubectl: (await must("sh", ["-c", "command -v kubectl"])).trim(),
      etcdVersions,
      down: async () => Promise.resolve(),
    }),
    down: async (log) => {
      log("the cluster of DBOP_TEST_KUBECONFIG is not ours to stop");
      return Promise.resolve();
    },
    load: async () =>
      Promise.reject(new Error("the images of the cluster of DBOP_TEST_KUBECONFIG are not ours to load")),
    status: async () => {
      const nodes = await run("kubectl", kubectl("get", "nodes", "-o", "wide"));
      return { running: nodes.code === 0, lines: (nodes.stdout + nodes.stderr).trimEnd().split("\n") };
    },
  };
}
