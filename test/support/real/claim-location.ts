/** A volume for backups, and a pod through which a test looks into it. */
import { imageNames } from "../../cluster/versions.ts";
import { applyAll } from "./cluster.ts";
import { restrictedContainer, startPod } from "./restricted-pod.ts";
import type { StoreDisk } from "./store-disk.ts";

export interface ClaimLocation {
  readonly location: { readonly claimName: string; readonly path: string };
  readonly disk: StoreDisk;
}

/** Makes the claim and returns when it is bound. It goes with its namespace. */
export async function makeClaimLocation(namespace: string, claimName = "backups"): Promise<ClaimLocation> {
  const metadata = { name: claimName, namespace };
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  await applyAll([{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec }]);
  const pod = `${claimName}-onlooker`;
  const container = "onlooker";
  // A claim is bound when a pod uses it.
  await startPod({
    namespace,
    name: pod,
    container: restrictedContainer(container, imageNames.rclone, {
      command: ["sleep", "86400"],
      volumeMounts: [{ name: "backups", mountPath: "/backups" }],
    }),
    volumes: [{ name: "backups", persistentVolumeClaim: { claimName } }],
  });
  return { location: { claimName, path: "" }, disk: { namespace, pod, container, folder: "/backups" } };
}
