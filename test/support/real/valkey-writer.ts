/** A client that only writes, in a pod of its own, and tells what was acknowledged: each write until it is. */
import { poll } from "../../cluster/poll.ts";
import { imageNames } from "../../cluster/versions.ts";
import { kubectl } from "./cluster.ts";
import type { Target } from "./dbop.ts";
import { restrictedContainer, startPod } from "./restricted-pod.ts";

/** Numbered keys. `-c` follows where it is sent; a connection that breaks is made anew. */
const script = `
n=0
while :; do
  until [ "$(valkey-cli --tls --cacert /tls/ca.crt -h "$TARGET" -c -t 2 SET "w/$n" "$n" 2>/dev/null)" = OK ]; do sleep 0.05; done
  echo "ack $n"
  n=$((n + 1))
done`;

export interface ValkeyWriter {
  /** Keys of all writes acknowledged so far, with what was written. */
  readonly acknowledged: () => Promise<ReadonlyMap<string, string>>;
}

/** Of a cluster with managed TLS. Returns when the first write is acknowledged; it goes with its namespace. */
export async function startValkeyWriter({ namespace, name }: Target, version: string): Promise<ValkeyWriter> {
  const password = { secretKeyRef: { name: `${name}-auth`, key: "password" } };
  await startPod({
    namespace,
    name: "writer",
    container: restrictedContainer("writer", imageNames.valkey(version), {
      command: ["sh", "-c", script],
      env: [
        { name: "TARGET", value: name },
        // The one is read by 9.0 and later, the other by all.
        { name: "VALKEYCLI_AUTH", valueFrom: password },
        { name: "REDISCLI_AUTH", valueFrom: password },
      ],
      volumeMounts: [{ name: "tls", mountPath: "/tls", readOnly: true }],
    }),
    volumes: [{ name: "tls", secret: { secretName: `${name}-tls`, items: [{ key: "ca.crt", path: "ca.crt" }] } }],
  });
  const acknowledged = async (): Promise<ReadonlyMap<string, string>> => {
    const log = await kubectl(["logs", "writer", "-n", namespace]);
    return new Map([...log.matchAll(/^ack (\d+)$/gmu)].map(([, number = ""]) => [`w/${number}`, number]));
  };
  await poll({ what: "a write is acknowledged", timeoutMs: 120_000 }, async () =>
    (await acknowledged()).size > 0 ? true : undefined,
  );
  return { acknowledged };
}
