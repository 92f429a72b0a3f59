/** What befalls databases: pods and disks that go. Through the API alone, so that it works on any cluster. */
import { types, type ObjectRef, type ResourceType } from "../../../src/kube/objects.ts";
import { imageNames } from "../../cluster/versions.ts";
import { poll } from "../../cluster/poll.ts";
import { textField } from "../../../src/kube/fields.ts";
import { admin } from "./cluster.ts";
import type { Target } from "./dbop.ts";

/** Deletes the object as it is now; true when there was one. */
export async function remove(type: ResourceType, namespace: string, name: string): Promise<boolean> {
  const { kube } = await admin();
  const ref: ObjectRef = { type, namespace, name };
  const uid = (await kube.get(ref))?.metadata.uid;
  if (uid === undefined) return false;
  await kube.delete(ref, { uid, propagation: "Background" });
  return true;
}

/** Deletes the pod and waits until that very pod is no more. */
export async function losePod({ namespace, name }: Target, ordinal: number): Promise<void> {
  const { kube } = await admin();
  const ref = { type: types.pod, namespace, name: `${name}-${String(ordinal)}` };
  const uid = (await kube.get(ref))?.metadata.uid;
  await remove(types.pod, namespace, ref.name);
  await poll({ what: `${ref.name} is gone`, timeoutMs: 180_000 }, async () =>
    (await kube.get(ref))?.metadata.uid === uid && uid !== undefined ? undefined : true,
  );
}

/** The claim goes as soon as nothing uses it: so it goes with the pod. */
export async function loseClaim(target: Target, ordinal: number): Promise<void> {
  await remove(types.claim, target.namespace, `data-${target.name}-${String(ordinal)}`);
  await losePod(target, ordinal);
}

/** Empties the member's disk behind its back and restarts it. */
export async function wipeDisk(target: Target, ordinal: number): Promise<void> {
  await onDisk(target, ordinal, "rm -rf /disk/data && sync");
  await losePod(target, ordinal);
}

/** Overwrites every page of the member's database behind its back and restarts it. */
export async function corruptDisk(target: Target, ordinal: number): Promise<void> {
  await onDisk(
    target,
    ordinal,
    "f=/disk/data/member/snap/db; dd if=/dev/urandom of=$f bs=4096 count=$(($(stat -c %b $f) / 8)) conv=notrunc && sync",
  );
  await losePod(target, ordinal);
}

/** Runs a shell command in a pod that mounts the member's claim at /disk. */
async function onDisk({ namespace, name }: Target, ordinal: number, command: string): Promise<void> {
  const { kube } = await admin();
  const pod = `surgeon-${String(ordinal)}`;
  await kube.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod, namespace },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        fsGroup: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "surgeon",
          image: imageNames.busybox,
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", command],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts: [{ name: "disk", mountPath: "/disk" }],
        },
      ],
      volumes: [{ name: "disk", persistentVolumeClaim: { claimName: `data-${name}-${String(ordinal)}` } }],
    },
  });
  await poll({ what: `${pod} has done its work`, timeoutMs: 180_000 }, async () => {
    const phase = textField((await kube.get({ type: types.pod, namespace, name: pod }))?.["status"], "phase");
    if (phase === "Failed") throw new Error(`${pod} failed`);
    return phase === "Succeeded" ? true : undefined;
  });
  await remove(types.pod, namespace, pod);
}
