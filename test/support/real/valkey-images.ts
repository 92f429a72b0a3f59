/** The Valkey images that the cluster's nodes can start. */
import { valkeyVersionsOn } from "../../cluster/valkey-versions.ts";
import { kubectl } from "./cluster.ts";

/** Two versions, the older first. */
export async function valkeyVersions(): Promise<readonly [string, string]> {
  return valkeyVersionsOn(JSON.parse(await kubectl(["get", "nodes", "--output", "json"])));
}
