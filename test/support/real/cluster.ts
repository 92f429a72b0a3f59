/** The cluster as an administrator has it: the product's own client for reading, kubectl for what the product never does. */
import { homedir } from "node:os";
import { resolveAccess, type ClusterAccess } from "../../../src/kube/access.ts";
import { nodeHost } from "../../../src/kube/host.ts";
import type { KubeClient } from "../../../src/kube/kube-client.ts";
import { createRestClient } from "../../../src/kube/rest-client.ts";
import { run, type CommandOptions } from "./command.ts";
import { kubeconfig, kubectlPath } from "./place.ts";

export interface Admin {
  readonly access: ClusterAccess;
  readonly kube: KubeClient;
}

let connecting: Promise<Admin> | undefined;

/** One connection a test file. */
export function admin(): Promise<Admin> {
  connecting ??= connect();
  return connecting;
}

async function connect(): Promise<Admin> {
  if (kubeconfig === undefined)
    throw new Error("DBOP_TEST_KUBECONFIG_PATH or KUBECONFIG must name a cluster: `npm run cluster -- up` makes one");
  const access = await resolveAccess(
    { asGroups: [] },
    nodeHost({
      env: { KUBECONFIG: kubeconfig },
      homedir: homedir(),
      cwd: process.cwd(),
      stdinIsTty: false,
      warn: () => undefined,
    }),
  );
  return { access, kube: createRestClient(access, { userAgent: "kubectl-dbop/test" }) };
}

/** kubectl's stdout. Throws when it fails. */
export async function kubectl(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const ended = await run(kubectlPath(), args, { ...options, env: { KUBECONFIG: kubeconfig, ...options.env } });
  if (ended.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${ended.stderr}${ended.stdout}`);
  return ended.stdout;
}

/** Applies objects of any kind. */
export async function applyAll(objects: readonly object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  await kubectl(["apply", "-f", "-"], { stdin: JSON.stringify(list) });
}
