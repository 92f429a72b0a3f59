/** Which versions of Valkey and Redis a cluster's nodes can start: they come from Debian, whose newest moves on. */
import { field, listField } from "../../src/kube/fields.ts";
import { imageNames, redisToPull, valkeyToPull } from "./versions.ts";

type Two = readonly [older: string, newer: string];

/**
 * Two of each, the older first: those the nodes hold, or where they pull what they need, two official ones.
 *
 * @param nodes what `kubectl get nodes --output json` says
 */
export const valkeyVersionsOn = (nodes: unknown): Two => heldOn(nodes, imageNames.valkey("")) ?? valkeyToPull;
export const redisVersionsOn = (nodes: unknown): Two => heldOn(nodes, imageNames.redis("")) ?? redisToPull;

function heldOn(nodes: unknown, repository: string): Two | undefined {
  const names = listField(nodes, "items")
    .flatMap((node) => listField(field(node, "status"), "images"))
    .flatMap((image) => listField(image, "names"));
  const held = names.filter((name) => typeof name === "string" && name.startsWith(repository));
  const versions = [...new Set(held.map((name) => String(name).slice(repository.length)))];
  const [older, newer] = versions.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return older === undefined || newer === undefined ? undefined : [older, newer];
}
