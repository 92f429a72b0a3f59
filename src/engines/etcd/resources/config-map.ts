/** The ConfigMap with one configuration file a member: `--config-file` is how one pod template can serve members that start differently. */
import { createHash } from "node:crypto";
import type { KubeObject } from "../../../kube/objects.ts";
import { ownedMeta } from "../../../resources/labels.ts";
import { parseMode, sealed } from "../config-mode.ts";
import { memberConfig } from "../config/render.ts";
import { directoryPath, firstDirectory } from "../data-directory.ts";
import { clientPort, clientUrl, configMapName, memberName, metricsPort, owner, peerPort, peerUrl } from "../names.ts";
import { quotaBytes, type EtcdSpec } from "../spec.ts";

export const clusterIdAnnotation = "dbop.dev/cluster-id";
export const modesAnnotation = "dbop.dev/member-modes";
export const restartsAnnotation = "dbop.dev/restart-pods";
/** The restore in place that this cluster has come from. On the first claim it is from when its data counts; here, from when it has formed. */
export const replacedByAnnotation = "dbop.dev/replaced-by";
/** On the ConfigMap and the StatefulSet: the etcd version they are made for. It follows the spec only when the way there is safe. */
export const versionAnnotation = "dbop.dev/version";

export const tlsDirectory = "/etc/etcd/tls";

/** What the ConfigMap holds beyond the spec. */
export interface StartPlan {
  /** The start mode of each member by ordinal, as `config-mode.ts` writes it. */
  readonly modes: Readonly<Record<number, string>>;
  /** Pods by ordinal that were made before the mode of their member changed: their uids. They must be made anew to start with it. */
  readonly restarts: Readonly<Record<number, string>>;
  readonly clusterId: string | undefined;
  readonly replacedBy: string | undefined;
}

export function configMap(spec: EtcdSpec, { modes, restarts, clusterId, replacedBy }: StartPlan): KubeObject {
  const meta = ownedMeta(owner(spec), configMapName(spec));
  const annotations = {
    [modesAnnotation]: JSON.stringify(modes),
    [restartsAnnotation]: JSON.stringify(restarts),
    [versionAnnotation]: spec.version,
    ...(clusterId === undefined ? {} : { [clusterIdAnnotation]: clusterId }),
    ...(replacedBy === undefined ? {} : { [replacedByAnnotation]: replacedBy }),
  };
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { ...meta, annotations }, data: files(spec, modes) };
}

/** What the configuration files of these members hold, by file name. */
export function files(spec: EtcdSpec, modes: Readonly<Record<number, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(modes).map(([ordinal, mode]) => [
      `${memberName(spec, Number(ordinal))}.yaml`,
      file(spec, Number(ordinal), mode),
    ]),
  );
}

/** Changes exactly when running members must restart to take up new settings: how they would first start does not count, nor where. */
export function settingsHash(spec: EtcdSpec): string {
  return createHash("sha256")
    .update(file(spec, 0, "new:0"))
    .digest("hex")
    .slice(0, 16);
}

function file(spec: EtcdSpec, ordinal: number, modeOf: string): string {
  const mode = parseMode(modeOf) ?? { state: "existing", ordinals: [ordinal] };
  // One that has yet to join starts on a claim of its own: what the one before it bore counts no more.
  const directory = modeOf === sealed(ordinal) ? (spec.directories[ordinal] ?? firstDirectory) : firstDirectory;
  const scheme = spec.tls.mode === "disabled" ? "http" : "https";
  return memberConfig({
    name: memberName(spec, ordinal),
    dataDir: directoryPath(directory),
    clientUrls: { listen: `${scheme}://0.0.0.0:${String(clientPort)}`, advertise: clientUrl(spec, ordinal) },
    peerUrls: { listen: `${scheme}://0.0.0.0:${String(peerPort)}`, advertise: peerUrl(spec, ordinal) },
    metricsUrl: `http://0.0.0.0:${String(metricsPort)}`,
    initial: {
      state: mode.state,
      cluster: mode.ordinals.map((member) => ({ name: memberName(spec, member), peerUrl: peerUrl(spec, member) })),
      token: `${spec.name}-${spec.uid}`,
    },
    tls:
      spec.tls.mode === "disabled"
        ? "disabled"
        : { server: `${tlsDirectory}/server`, peer: `${tlsDirectory}/peer`, peerClient: spec.tls.mode === "managed" },
    config: { "quota-backend-bytes": String(quotaBytes(spec)), ...spec.config },
    minor: spec.minor,
  });
}
