/** What could be read, or which right or endpoint was missing: a refusal is an answer here, not a failure. */
import type { Read } from "../../checks/observation.ts";
import { isDbopError } from "../../errors.ts";
import type { Query } from "../../kube/kube-client.ts";
import type { KubeObject, ResourceType } from "../../kube/objects.ts";
import { describeRight } from "../access.ts";
import type { Reads } from "./shared-reads.ts";

const right = "the right to";

/** @param missing what would have to be there for it to succeed. Throws what says nothing about rights or endpoints: a lost connection above all. */
export async function reading<Value>(missing: string, read: () => Promise<Value>): Promise<Read<Value>> {
  try {
    return { state: "read", value: await read() };
  } catch (error) {
    if (isDbopError(error, "Forbidden") && missing.startsWith(right))
      return { state: "unreadable", missing, why: "what tells may not be read" };
    if (isDbopError(error, "Forbidden", "ServerError", "Invalid", "Timeout", "Usage", "NotApplicable"))
      return { state: "unreadable", missing, why: [error.message, ...error.problems].join("; ") };
    if (isDbopError(error, "NotFound")) return { state: "unreadable", missing, why: error.message, notServed: true };
    throw error;
  }
}

export function listing(
  { list }: Pick<Reads, "list">,
  type: ResourceType,
  query: Query,
): Promise<Read<readonly KubeObject[]>> {
  return reading(rightTo("list", type), async () => (await list(type, query)).items);
}

export function rightTo(verb: string, { apiVersion, plural }: ResourceType): string {
  const apiGroup = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  return `${right} ${describeRight({ apiGroup, resource: plural, verb })}`;
}

/** Of a kind that the API server does not know. */
export function notServed(what: string): Read<never> {
  return { state: "unreadable", missing: what, why: `${what}: not served by this API server`, notServed: true };
}
