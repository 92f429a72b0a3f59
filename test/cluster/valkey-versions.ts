/** Which versions of Valkey a cluster's nodes can start: they come from Debian, whose newest moves on. */
import { field, listField } from "../../src/kube/fields.ts";
import { imageNames, valkeyToPull } from "./versions.ts";

/**
 * Two, the older first: those the nodes hold, or where they pull what they need, two official ones.
 *
 * @param nodes what `kubectl get nodes --output json` says
 */
export function valkeyVersionsOn(nodes: unknown): readonly [string, string] {
  const names = listField(nodes, "items")
    .flatMap((node) => listField(field(node, "status"), "images"))
    .flatMap((image) => listField(image, "names"));
  const repository = imageNames.valkey("");
  const held = names.filter((name) => typeof name === "string" && name.startsWith(repository));
  const versions = [...new Set(held.map((name) => String(name).slice(repository.length)))];
  const [older, newer] = versions.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return older === undefined || newer === undefined ? valkeyToPull : [older, newer];
}
