/** Objects are read once: whoever asks for what another has read is given that. */
import type { ExecRequest, ExecResult, KubeClient, LogRequest, Query } from "../../kube/kube-client.ts";
import type { KubeList, KubeObject, ObjectRef, ResourceType } from "../../kube/objects.ts";

export type Reads = Pick<KubeClient, "get" | "list" | "exec" | "log" | "raw">;

/**
 * The reads of `kube`, each sent once. What a list has shown is not asked for by name again; what it has not shown is, since it may bear other
 * labels.
 */
export function sharedReads(kube: Reads): Reads {
  const shown = new Map<string, KubeObject>();
  const gets = new Map<string, Promise<KubeObject | undefined>>();
  const lists = new Map<string, Promise<KubeList>>();
  const paths = new Map<string, Promise<unknown>>();
  const list = async (type: ResourceType, query: Query): Promise<KubeList> => {
    const found = await kube.list(type, query);
    for (const item of found.items) shown.set(keyOf({ type, name: item.metadata.name, ...namespaceOf(item) }), item);
    return found;
  };
  return {
    get: (ref) => {
      const key = keyOf(ref);
      const known = shown.get(key);
      return known === undefined ? once(gets, key, () => kube.get(ref)) : Promise.resolve(known);
    },
    list: (type, query = {}) =>
      once(
        lists,
        JSON.stringify([type.apiVersion, type.plural, query.namespace, query.labelSelector, query.fieldSelector]),
        () => list(type, query),
      ),
    raw: (path) => once(paths, path, () => kube.raw(path)),
    exec: (request: ExecRequest): Promise<ExecResult> => kube.exec(request),
    log: (request: LogRequest) => kube.log(request),
  };
}

function once<Value>(made: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const before = made.get(key);
  if (before !== undefined) return before;
  const now = make();
  made.set(key, now);
  return now;
}

function keyOf({ type, namespace, name }: ObjectRef): string {
  return [type.apiVersion, type.plural, namespace, name].join("/");
}

function namespaceOf({ metadata }: KubeObject): { readonly namespace?: string } {
  return metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
}
