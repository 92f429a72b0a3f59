/** Exec: what the API server and the kubelet check before a process starts. */
import { DbopError } from "../../../src/errors.ts";
import type { ExecRequest, ExecResult } from "../../../src/kube/kube-client.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import { notFound } from "./api-errors.ts";
import type { Cluster } from "./cluster.ts";
import { at, listOf } from "./json.ts";
import { podType } from "./types.ts";

/** The pod, when a process can be started in the container. Throws `NotFound` or `ServerError`. */
export function execTarget({ server }: Cluster, { namespace, pod: name, container }: ExecRequest): KubeObject {
  const pod = server.store.read({ type: podType, namespace, name });
  if (pod === undefined) throw notFound({ type: podType, name });
  if (!listOf(at(pod["spec"], "containers")).some((one) => at(one, "name") === container))
    throw new DbopError("ServerError", `container ${container} is not valid for pod ${name}`);
  if (at(pod["spec"], "nodeName") === undefined)
    throw new DbopError("ServerError", `pod ${name} does not have a host assigned`);
  const status = listOf(at(pod["status"], "containerStatuses")).find((one) => at(one, "name") === container);
  if (at(status, "state", "running") === undefined)
    throw new DbopError(
      "ServerError",
      `unable to upgrade connection: container not found (${JSON.stringify(container)})`,
    );
  return pod;
}

/** Runs the test's handler; an answer that takes longer than the deadline is `unknown`. */
export async function runExec(cluster: Cluster, request: ExecRequest, pod: KubeObject): Promise<ExecResult> {
  if (cluster.execHandler === undefined) throw new Error("exec without a handler: give the fake one with onExec");
  const answered = new AbortController();
  const late = cluster.clock.sleep(request.deadlineMs, answered.signal).then(
    () => unknown(`no exit status within ${request.deadlineMs / 1000} s`),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([cluster.execHandler(pod, request), late]);
  } finally {
    answered.abort();
  }
}

export const unknown = (why: string): ExecResult => ({ outcome: "unknown", why, stdout: "", stderr: "" });
