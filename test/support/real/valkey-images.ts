/** The Valkey and Redis images that the cluster's nodes can start. */
import { redisVersionsOn, valkeyVersionsOn } from "../../cluster/valkey-versions.ts";
import { kubectl } from "./cluster.ts";

async function nodes(): Promise<unknown> {
  return JSON.parse(await kubectl(["get", "nodes", "--output", "json"]));
}

/** Two versions, the older first. */
export async function valkeyVersions(): Promise<readonly [string, string]> {
  return valkeyVersionsOn(await nodes());
}

/** Two versions, the older first: Valkey reads the data of the older one only. */
export async function redisVersions(): Promise<readonly [string, string]> {
  return redisVersionsOn(await nodes());
}
