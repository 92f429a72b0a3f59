/** `KubeClient.log`: what a container has written so far, and when that is nothing at all. */
import { saysObjectNotFound } from "./api-error.ts";
import type { RefusedAnswer } from "./api-error.ts";
import { parseStatus } from "./api-status.ts";
import type { Call } from "./attempt.ts";
import { accepted, send } from "./caller.ts";
import type { LogRequest } from "./kube-client.ts";
import { types } from "./objects.ts";
import { objectPath, withQuery } from "./resource-path.ts";
import type { Session } from "./session.ts";

/** No log this program reads comes near it; a container gone wild must not fill our memory. */
const limitBytes = 1024 * 1024;

/** See `KubeClient.log`. */
export async function readLog(session: Session, request: LogRequest): Promise<string | undefined> {
  const call = logCall(request);
  const answer = await send(session, call);
  return saysNoLog(answer) ? undefined : accepted(answer, call);
}

function logCall({ namespace, pod, container, tailLines, signal }: LogRequest): Call {
  return {
    ...(signal && { signal }),
    method: "GET",
    path: withQuery(objectPath({ type: types.pod, namespace, name: pod }, "log"), {
      container,
      tailLines: tailLines?.toString(),
      limitBytes: limitBytes.toString(),
    }),
    doing: `read the log of pod/${pod} (namespace ${namespace}, container ${container})`,
    safe: true,
    opaque: true,
    type: types.pod,
  };
}

/**
 * No pod (404); no node yet, so that nobody could be asked (204); or the kubelet has no log of this container (400 in many wordings: it
 * waits to start, it was removed, its log was). The one 400 that says something else is the API server's own: no such container.
 */
function saysNoLog(answer: RefusedAnswer): boolean {
  if (answer.status === 204 || saysObjectNotFound(answer)) return true;
  const status = parseStatus(answer.body);
  return answer.status === 400 && status !== undefined && !/ is not valid for pod /.test(status.message);
}
