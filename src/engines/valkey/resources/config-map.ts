/** The ConfigMap: what every node starts with, and the record that the cluster has formed. */
import { createHash } from "node:crypto";
import type { KubeObject } from "../../../kube/objects.ts";
import { ownedMeta } from "../../../resources/labels.ts";
import { configText } from "../config/render.ts";
import { configMapName, owner } from "../names.ts";
import type { ValkeySpec } from "../spec.ts";

export const clusterIdAnnotation = "dbop.dev/cluster-id";
export const configDirectory = "/etc/valkey/config";
const fileName = "valkey.conf";

export function configMap(spec: ValkeySpec, clusterId: string | undefined): KubeObject {
  const annotations = clusterId === undefined ? {} : { [clusterIdAnnotation]: clusterId };
  const metadata = { ...ownedMeta(owner(spec), configMapName(spec)), annotations };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: files(spec) };
}

export function files(spec: ValkeySpec): Readonly<Record<string, string>> {
  return { [fileName]: configText(spec) };
}

export const configPath = `${configDirectory}/${fileName}`;

/** Changes exactly when running nodes must restart to take up new settings. */
export function settingsHash(spec: ValkeySpec): string {
  return createHash("sha256").update(configText(spec)).digest("hex").slice(0, 16);
}
