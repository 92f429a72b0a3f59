/** The pod that the traffic comes from: a Node.js there is, and the client bundled into a ConfigMap. */
import { join } from "node:path";
import { build } from "esbuild";
import { imageNames } from "../../cluster/versions.ts";

export interface TrafficTarget {
  readonly namespace: string;
  readonly name: string;
  readonly tls: boolean;
}

export const trafficPod = "traffic";

/** Holds under Pod Security `restricted`. */
export async function trafficObjects({ namespace, name, tls }: TrafficTarget): Promise<readonly object[]> {
  const main = join(import.meta.dirname, "main.ts");
  const bundled = await build({
    entryPoints: [main],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
  });
  const metadata = { namespace, name: trafficPod };
  const code = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "main.mjs": bundled.outputFiles[0]?.text } };
  return [code, { apiVersion: "v1", kind: "Pod", metadata, spec: podSpec(name, tls) }];
}

function podSpec(name: string, tls: boolean): object {
  const password = { secretKeyRef: { name: `${name}-auth`, key: "password" } };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: trafficPod,
        image: imageNames.azurite,
        imagePullPolicy: "IfNotPresent",
        command: ["node", "/client/main.mjs"],
        readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
        env: [
          { name: "TARGET", value: name },
          { name: "PASSWORD", valueFrom: password },
          ...(tls ? [{ name: "CA", value: "/tls/ca.crt" }] : []),
        ],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          { name: "client", mountPath: "/client", readOnly: true },
          ...(tls ? [{ name: "tls", mountPath: "/tls", readOnly: true }] : []),
        ],
      },
    ],
    volumes: [
      { name: "client", configMap: { name: trafficPod } },
      ...(tls
        ? [{ name: "tls", secret: { secretName: `${name}-tls`, items: [{ key: "ca.crt", path: "ca.crt" }] } }]
        : []),
    ],
  };
}

/** What to run in the pod to go through a door of its program; it prints JSON. */
export function trafficAsk(door: string): readonly string[] {
  const script = `
    const answer = await fetch("http://127.0.0.1:8080${door}");
    if (!answer.ok) throw new Error(await answer.text());
    console.log(await answer.text());`;
  return ["node", "--input-type=module", "-e", script];
}
