/**
 * Where the real-cluster suite finds things: the kubeconfig, a kubectl that fits, the plugin as built for this run. In this folder: what
 * those tests do to a cluster and with the plugin's process, as its user would; nothing of the product's inside is called but its client.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** A directory with `bin/kubectl-dbop`, built for this run alone. */
    readonly checkout: string;
  }
}

/** Of the cluster to use up; undefined when none is named. */
export const kubeconfig = process.env["DBOP_TEST_KUBECONFIG_PATH"] ?? process.env["KUBECONFIG"];

/** The one beside the kubeconfig has the cluster's version. */
export function kubectlPath(): string {
  const beside = join(dirname(kubeconfig ?? ""), "kubectl");
  return existsSync(beside) ? beside : "kubectl";
}

export function pluginPath(): string {
  return join(inject("checkout"), "bin/kubectl-dbop");
}
