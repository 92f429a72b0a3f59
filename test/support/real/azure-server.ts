/** A server of Azure Blob Storage for backups: Azurite, which checks signatures, over TLS, with its blobs in memory. */
import { randomBytes } from "node:crypto";
import { imageNames } from "../../cluster/versions.ts";
import { applyAll } from "./cluster.ts";
import { makeBucket, startRclone, type Rclone } from "./rclone.ts";
import { restrictedContainer, startPod, type PodName } from "./restricted-pod.ts";
import { host, secret, serverCertificate, service } from "./store-server.ts";

export interface AzureServer extends PodName {
  /** How a BackupLocation names it. */
  readonly location: AzureLocation;
  readonly rclone: Rclone;
}

export interface AzureLocation {
  readonly account: string;
  readonly container: string;
  /** With the account in its path, where an emulator has it. */
  readonly endpoint: string;
  /** Of a Secret with `accountKey`. */
  readonly credentialsSecret: string;
  /** Of a Secret with `ca.crt`. */
  readonly caSecret: string;
}

const account = "dboptest";
const container = "backups";
const port = 10000;

/** Starts a server with an empty container and returns when it serves. It goes with its namespace. */
export async function startAzure(namespace: string, name = "azure"): Promise<AzureServer> {
  const server = { namespace, name };
  const own = (ending: string): PodName => ({ namespace, name: `${name}-${ending}` });
  const location: AzureLocation = {
    account,
    container,
    endpoint: `https://${host(server)}/${account}`,
    credentialsSecret: own("login").name,
    caSecret: own("ca").name,
  };
  const { ca, cert, key } = await serverCertificate(server);
  const accountKey = anyKey();
  await applyAll([
    service(server, [{ port: 443, targetPort: port }]),
    secret(own("login"), { accountKey }),
    secret(own("ca"), { "ca.crt": ca }),
    secret(own("server"), { accounts: `${account}:${accountKey}`, "tls.crt": cert, "tls.key": key }),
  ]);
  await startPod(pod(server));
  const rclone = await startRclone(namespace, `${name}-client`, { azure: location });
  await makeBucket(rclone, container);
  return { ...server, location, rclone };
}

/** The location with a key that is not the account's. */
export async function withWrongKey({ namespace, name, location }: AzureServer): Promise<AzureLocation> {
  const credentialsSecret = `${name}-wrong-login`;
  await applyAll([secret({ namespace, name: credentialsSecret }, { accountKey: anyKey() })]);
  return { ...location, credentialsSecret };
}

function anyKey(): string {
  return randomBytes(64).toString("base64");
}

function pod({ namespace, name }: PodName): Parameters<typeof startPod>[0] {
  return {
    namespace,
    name,
    labels: { app: name },
    container: restrictedContainer("azure", imageNames.azurite, {
      command: [
        "node",
        "/opt/azurite/dist/src/blob/main.js",
        "--inMemoryPersistence",
        "--blobHost=0.0.0.0",
        `--blobPort=${String(port)}`,
        "--cert=/etc/azure/tls.crt",
        "--key=/etc/azure/tls.key",
        "--disableProductStyleUrl",
        "--disableTelemetry",
        // rclone may speak a newer version of the protocol than it knows.
        "--skipApiVersionCheck",
      ],
      env: [{ name: "AZURITE_ACCOUNTS", valueFrom: { secretKeyRef: { name: `${name}-server`, key: "accounts" } } }],
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      resources: { requests: { cpu: "100m", memory: "128Mi" } },
      volumeMounts: [{ name: "server", mountPath: "/etc/azure", readOnly: true }],
    }),
    volumes: [{ name: "server", secret: { secretName: `${name}-server` } }],
  };
}
