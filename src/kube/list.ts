/** A whole list, page by page. */
import { DbopError } from "../errors.ts";
import { accepted } from "./caller.ts";
import type { Answer, Call } from "./attempt.ts";
import { field, listField, textField } from "./fields.ts";
import type { CallOptions, Query } from "./kube-client.ts";
import type { KubeList, KubeObject, ResourceType } from "./objects.ts";
import { isKubeObject, isRecord, parseJson } from "./parsed-json.ts";
import { collectionPath, withQuery } from "./resource-path.ts";
import type { Parameters } from "./resource-path.ts";

/** As kubectl's `--chunk-size`. */
const pageSize = 500;

/** A type, and which of its objects. */
export interface ListTarget {
  readonly type: ResourceType;
  readonly query: Query;
}

/** Sends a call: with retries, or once. */
type Send = (call: Call) => Promise<Answer>;

interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue: string;
}

/** What a list asks, for errors: `list pods in namespace demo`. */
export function listCall({ type, query }: ListTarget, options: CallOptions, extra: Parameters = {}): Call {
  const { namespace, labelSelector, fieldSelector } = query;
  const scope = type.namespaced && namespace !== undefined ? ` in namespace ${namespace}` : "";
  return {
    ...options,
    method: "GET",
    path: withQuery(collectionPath(type, namespace), { labelSelector, fieldSelector, ...extra }),
    doing: `list ${type.plural}${scope}`,
    safe: true,
    type,
  };
}

/**
 * Reads all pages through `send`. When the snapshot they belong to expires underway (410), begins again and asks for everything at once,
 * as client-go's pager does.
 */
export async function listAll(send: Send, target: ListTarget, options: CallOptions): Promise<KubeList> {
  const pages: Page[] = [];
  for (let token: string | undefined; token !== ""; token = pages.at(-1)?.continue) {
    const call = listCall(target, options, { limit: `${pageSize}`, continue: token });
    const answer = await send(call);
    if (answer.status === 410 && token !== undefined) return listUnpaged(send, target, options);
    pages.push(pageOf(accepted(answer, call), target.type, call));
  }
  return { items: pages.flatMap((page) => page.items), resourceVersion: pages[0]?.resourceVersion ?? "" };
}

async function listUnpaged(send: Send, target: ListTarget, options: CallOptions): Promise<KubeList> {
  const call = listCall(target, options);
  return pageOf(accepted(await send(call), call), target.type, call);
}

/** Items of a list come without apiVersion and kind: they are the list's. */
function pageOf(body: string, type: ResourceType, call: Call): Page {
  const parsed = parseJson(body);
  const metadata = field(parsed, "metadata");
  if (!isRecord(metadata)) throw new DbopError("ServerError", `${call.doing}: the answer is not a list`);
  const items = listField(parsed, "items").map((item) => ({
    apiVersion: type.apiVersion,
    kind: type.kind,
    ...(isRecord(item) ? item : {}),
  }));
  return {
    items: items.filter(isKubeObject),
    resourceVersion: textField(metadata, "resourceVersion"),
    continue: textField(metadata, "continue"),
  };
}
