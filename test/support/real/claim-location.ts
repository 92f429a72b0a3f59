/** A volume for backups, and a pod through which a test looks into it. */
import { poll } from "../../cluster/poll.ts";
import { imageNames } from "../../cluster/versions.ts";
import { applyAll, kubectl } from "./cluster.ts";
import { restrictedContainer, startPod } from "./restricted-pod.ts";
import type { StoreDisk } from "./store-disk.ts";

export interface ClaimLocation {
  readonly location: { readonly claimName: string; readonly path: string };
  readonly disk: StoreDisk;
}

/** Makes the claim and returns when it is bound. It goes with its namespace. */
export async function makeClaimLocation(
  namespace: string,
  { claimName = "backups", volumeName }: { readonly claimName?: string; readonly volumeName?: string } = {},
): Promise<ClaimLocation> {
  const metadata = { name: claimName, namespace };
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, volumeName };
  await applyAll([{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec }]);
  // A pod that asks for a claim before it is bound to the volume it names may be looked at again only minutes later.
  if (volumeName !== undefined) await claimIsBound(namespace, claimName);
  const pod = `${claimName}-onlooker`;
  const container = "onlooker";
  // A claim that names no volume is bound when a pod uses it.
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

/** Has the volume of the claim outlive its namespace, as an administrator does who keeps backups on one. Returns its name. */
export async function keepVolume(namespace: string, { claimName }: ClaimLocation["location"]): Promise<string> {
  const volume = await kubectl(["get", "pvc", claimName, "-n", namespace, "-o", "jsonpath={.spec.volumeName}"]);
  await patchVolume(volume, { persistentVolumeReclaimPolicy: "Retain" });
  return volume;
}

/** Makes the claim again, in another namespace, of a volume that was kept: it goes with this one. */
export async function claimAgain(namespace: string, volumeName: string): Promise<ClaimLocation> {
  await poll({ what: `${volumeName} is released`, timeoutMs: 120_000 }, async () => {
    const phase = await kubectl(["get", "pv", volumeName, "-o", "jsonpath={.status.phase}"]);
    return phase === "Released" ? true : undefined;
  });
  await patchVolume(volumeName, { claimRef: null });
  const made = await makeClaimLocation(namespace, { volumeName });
  // Not before it is bound: what is released and to be deleted is deleted at once.
  await patchVolume(volumeName, { persistentVolumeReclaimPolicy: "Delete" });
  return made;
}

async function claimIsBound(namespace: string, claimName: string): Promise<void> {
  await poll({ what: `${claimName} is bound`, timeoutMs: 120_000 }, async () => {
    const phase = await kubectl(["get", "pvc", claimName, "-n", namespace, "-o", "jsonpath={.status.phase}"]);
    return phase === "Bound" ? true : undefined;
  });
}

async function patchVolume(volume: string, spec: object): Promise<void> {
  await kubectl(["patch", "pv", volume, "--type=merge", "--patch", JSON.stringify({ spec })]);
}
