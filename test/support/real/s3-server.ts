/**
 * An S3 server for backups: rclone's own (`rclone serve s3`), which checks signatures, speaks TLS and keeps each object as a file. What can
 * befall a server befalls it for true: it goes and comes back with what it held, it hangs, it is full.
 */
import { imageNames } from "../../cluster/versions.ts";
import { admin, applyAll } from "./cluster.ts";
import { endPod, restrictedContainer, startPod, type PodName } from "./restricted-pod.ts";
import type { StoreDisk } from "./store-disk.ts";
import { host, reachable, secret, serverCertificate, service } from "./store-server.ts";

export interface S3Wish {
  readonly namespace: string;
  /** Of the server, its Service and, with an ending, of its Secrets and its claim. Default `s3`. */
  readonly name?: string;
  /** Over TLS, by a CA of its own, as outside of tests. Default true. */
  readonly tls?: boolean;
  /** Holds this much, such as `8Mi`, and no more. Kept in memory: it is lost with the pod. Default: a claim, which outlives the pod. */
  readonly capacity?: string;
}

export interface S3Server extends Required<Pick<S3Wish, "namespace" | "name" | "tls">>, Pick<S3Wish, "capacity"> {
  /** How a BackupLocation names it. */
  readonly location: S3Location;
  /** Where the bucket's objects lie as files. */
  readonly disk: StoreDisk;
}

export interface S3Location {
  readonly bucket: string;
  /** As pods of the cluster reach it. */
  readonly endpoint: string;
  /** Of a Secret with `accessKeyId` and `secretAccessKey`. */
  readonly credentialsSecret: string;
  /** Of a Secret with `ca.crt`, when it is needed. */
  readonly caSecret?: string;
}

/**
 * - `serving`: as it should.
 * - `gone`: nobody behind the Service. A connection that was open is cut; a new one is refused or waits, as the network has it.
 * - `hanging`: connects and never says a word.
 */
export type Behaviour = "serving" | "gone" | "hanging";

const bucket = "backups";
const container = "s3";
const port = 8080;
/**
 * Has the server read the folder anew. Not to remember anything (`--dir-cache-time=0s`) is no way: that is a timer which never rests, of
 * each folder, and with three clients at once the server stands still within seconds (rclone 1.75.1).
 */
const forget = ["wget", "-q", "-O", "-", "--post-data=", "http://localhost:5572/vfs/forget"];
const login = { accessKeyId: "dbop-test-key", secretAccessKey: "dbop-test-secret" };

/** Starts a server with an empty bucket and returns when it serves. It goes with its namespace. */
export async function startS3(wish: S3Wish): Promise<S3Server> {
  const { namespace, name = "s3", tls = true, capacity } = wish;
  const server: S3Server = {
    namespace,
    name,
    tls,
    ...(capacity === undefined ? {} : { capacity }),
    location: {
      bucket,
      endpoint: `${tls ? "https" : "http"}://${host({ namespace, name })}`,
      credentialsSecret: `${name}-login`,
      ...(tls ? { caSecret: `${name}-ca` } : {}),
    },
    disk: { namespace, pod: name, container, folder: `/srv/${bucket}`, afterChange: forget },
  };
  const ports = [{ port: tls ? 443 : 80, targetPort: port }];
  await applyAll([
    service(server, ports),
    ...(await secrets(server)),
    ...(capacity === undefined ? [claim(server)] : []),
  ]);
  await become(server, "serving");
  return server;
}

/** Makes the server another behind the same address, and returns when it is that. */
export async function become(server: S3Server, behaviour: Behaviour): Promise<void> {
  await endPod(server);
  if (behaviour === "gone") return;
  await startPod(behaviour === "hanging" ? hangingPod(server) : servingPod(server));
  const { namespace, name, tls } = server;
  await reachable({ namespace, name, container, port: tls ? 443 : 80 });
}

/** Leaves no byte free on a server that has a capacity. */
export async function fill({ disk: { namespace, pod }, capacity }: S3Server): Promise<void> {
  if (capacity === undefined) throw new Error("a server without a capacity would fill the machine's own disk");
  const { kube } = await admin();
  const argv = ["dd", "if=/dev/zero", "of=/srv/filler", "bs=4k"];
  const result = await kube.exec({ namespace, pod, container, argv, deadlineMs: 120_000 });
  if (!("stderr" in result) || !result.stderr.includes("No space left on device"))
    throw new Error(`could not fill ${pod}: ${JSON.stringify(result)}`);
}

/** The location with a password that the server does not know. */
export async function withWrongPassword({ namespace, name, location }: S3Server): Promise<S3Location> {
  const credentialsSecret = `${name}-wrong-login`;
  await applyAll([secret({ namespace, name: credentialsSecret }, { ...login, secretAccessKey: "not-the-secret" })]);
  return { ...location, credentialsSecret };
}

function claim({ namespace, name }: S3Server): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: `${name}-objects`, namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
}

async function secrets({ namespace, name, tls }: S3Server): Promise<readonly object[]> {
  const own = (ending: string): PodName => ({ namespace, name: `${name}-${ending}` });
  // Key and secret in one CSV field, hence the quotes.
  const auth = `"${login.accessKeyId},${login.secretAccessKey}"`;
  if (!tls) return [secret(own("login"), login), secret(own("server"), { auth })];
  const { ca, cert, key } = await serverCertificate({ namespace, name });
  return [
    secret(own("login"), login),
    secret(own("ca"), { "ca.crt": ca }),
    secret(own("server"), { auth, "tls.crt": cert, "tls.key": key }),
  ];
}

function servingPod({ namespace, name, tls, capacity }: S3Server): Parameters<typeof startPod>[0] {
  const objects = { name: "objects", mountPath: "/srv" };
  const tlsFlags = tls ? ["--cert=/etc/s3/tls.crt", "--key=/etc/s3/tls.key"] : [];
  return {
    namespace,
    name,
    labels: { app: name },
    initContainers: [
      restrictedContainer("bucket", imageNames.rclone, {
        args: ["--config=", "mkdir", `/srv/${bucket}`],
        volumeMounts: [objects],
      }),
    ],
    container: restrictedContainer(container, imageNames.rclone, {
      args: ["--config=", "serve", "s3", `--addr=:${String(port)}`, "--rc", "--rc-no-auth", ...tlsFlags, "/srv"],
      env: [{ name: "RCLONE_AUTH_KEY", valueFrom: { secretKeyRef: { name: `${name}-server`, key: "auth" } } }],
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      // Its share of a busy machine: a pod that asks for none may get none for minutes.
      resources: { requests: { cpu: "100m", memory: "64Mi" } },
      volumeMounts: [objects, { name: "server", mountPath: "/etc/s3", readOnly: true }],
    }),
    volumes: [
      capacity === undefined
        ? { name: "objects", persistentVolumeClaim: { claimName: `${name}-objects` } }
        : { name: "objects", emptyDir: { medium: "Memory", sizeLimit: capacity } },
      { name: "server", secret: { secretName: `${name}-server` } },
    ],
  };
}

/** Each connection is handed to a program that never reads nor writes. Without a probe: that would be a connection a second. */
function hangingPod({ namespace, name }: S3Server): Parameters<typeof startPod>[0] {
  const command = ["nc", "-ll", "-p", String(port), "-e", "sleep", "3600"];
  const deaf = restrictedContainer(container, imageNames.busybox, { command });
  return { namespace, name, labels: { app: name }, container: deaf };
}
