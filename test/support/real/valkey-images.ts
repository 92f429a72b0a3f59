/** The Valkey images that the cluster's nodes can start. */
import { field, listField } from "../../../src/kube/fields.ts";
import { imageNames, valkeyToPull } from "../../cluster/versions.ts";
import { kubectl } from "./cluster.ts";

/** Two versions, the older first: those the nodes hold, or where they pull what they need, two official ones. */
export async function valkeyVersions(): Promise<readonly [string, string]> {
  const list: unknown = JSON.parse(await kubectl(["get", "nodes", "--output", "json"]));
  const names = listField(list, "items")
    .flatMap((node) => listField(field(node, "status"), "images"))
    .flatMap((image) => listField(image, "names"));
  const repository = imageNames.valkey("");
  const held = names.filter((name) => typeof name === "string" && name.startsWith(repository));
  const versions = [...new Set(held.map((name) => String(name).slice(repository.length)))];
  const [older, newer] = versions.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return older === undefined || newer === undefined ? valkeyToPull : [older, newer];
}
