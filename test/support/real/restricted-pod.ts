/** Pods of the tests' own that Pod Security `restricted` admits: not root, a root file system that can't be written, no capabilities. */
import { field, listField, textField } from "../../../src/kube/fields.ts";
import { types } from "../../../src/kube/objects.ts";
import { poll } from "../../cluster/poll.ts";
import { admin } from "./cluster.ts";

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface PodWish extends PodName {
  readonly labels?: Readonly<Record<string, string>>;
  readonly initContainers?: readonly object[];
  readonly container: object;
  readonly volumes?: readonly object[];
}

/** A container as such a pod may have it. */
export function restrictedContainer(name: string, image: string, more: object): object {
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    ...more,
  };
}

/** Starts the pod, as the user all movers are, and returns when it is ready. */
export async function startPod({ namespace, name, labels = {}, ...wish }: PodWish): Promise<void> {
  const { kube } = await admin();
  await kube.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // Zero would have the API server forget it while it still runs.
      terminationGracePeriodSeconds: 1,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        fsGroup: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      initContainers: wish.initContainers ?? [],
      containers: [wish.container],
      volumes: wish.volumes ?? [],
    },
  });
  let status: unknown;
  const explain = (): string => JSON.stringify(status);
  await poll({ what: `pod ${name} is ready`, timeoutMs: 180_000, explain }, async () => {
    status = (await kube.get({ type: types.pod, namespace, name }))?.["status"];
    if (textField(status, "phase") === "Failed") throw new Error(`pod ${name} failed: ${explain()}`);
    const ready = listField(status, "conditions").find((condition) => textField(condition, "type") === "Ready");
    return field(ready, "status") === "True" ? true : undefined;
  });
}

/** Deletes the pod, if it is there, and returns when it is no more. */
export async function endPod({ namespace, name }: PodName): Promise<void> {
  const { kube } = await admin();
  const ref = { type: types.pod, namespace, name };
  const uid = (await kube.get(ref))?.metadata.uid;
  if (uid === undefined) return;
  await kube.delete(ref, { uid, propagation: "Background" });
  await poll({ what: `pod ${name} is gone`, timeoutMs: 180_000 }, async () =>
    (await kube.get(ref))?.metadata.uid === uid ? undefined : true,
  );
}
