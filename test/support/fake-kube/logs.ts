/** What containers write: kept as long as their pod, and of each container only since its last start. */
import { DbopError } from "../../../src/errors.ts";
import type { LogRequest } from "../../../src/kube/kube-client.ts";
import type { Cluster } from "./cluster.ts";
import { at, listOf } from "./json.ts";
import { podType } from "./types.ts";

export class Logs {
  readonly #texts = new Map<string, Map<string, string>>();

  /** The container was started: its log begins anew. */
  open(podUid: string, container: string): void {
    const texts = this.#texts.get(podUid) ?? new Map<string, string>();
    this.#texts.set(podUid, texts.set(container, ""));
  }

  append(podUid: string, container: string, text: string): void {
    const texts = this.#texts.get(podUid);
    texts?.set(container, (texts.get(container) ?? "") + text);
  }

  read(podUid: string, container: string): string | undefined {
    return this.#texts.get(podUid)?.get(container);
  }

  /** The container never started after all. */
  discard(podUid: string, container: string): void {
    this.#texts.get(podUid)?.delete(container);
  }

  /** The pod is gone, and its logs with it. */
  drop(podUid: string): void {
    this.#texts.delete(podUid);
  }
}

/** Answers `KubeClient.log`. */
export function readLog({ server, logs }: Cluster, request: LogRequest): string | undefined {
  const { namespace, pod: name, container, tailLines } = request;
  const pod = server.store.read({ type: podType, namespace, name });
  if (pod === undefined) return undefined;
  const containers = ["initContainers", "containers"].flatMap((field) => listOf(at(pod["spec"], field)));
  if (!containers.some((one) => at(one, "name") === container))
    throw new DbopError("Invalid", `container ${container} is not valid for pod ${name}`);
  const text = logs.read(pod.metadata.uid ?? "", container);
  return tailLines === undefined || text === undefined ? text : lastLines(text, tailLines);
}

function lastLines(text: string, count: number): string {
  const lines = text.split(/(?<=\n)/);
  return lines.slice(Math.max(0, lines.length - count)).join("");
}
