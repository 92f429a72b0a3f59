/** rclone as a mover has it: in a pod of its own, told by its environment alone where the store is. */
import { imageNames } from "../../cluster/versions.ts";
import { poll } from "../../cluster/poll.ts";
import type { AzureLocation } from "./azure-server.ts";
import { admin } from "./cluster.ts";
import type { GcsLocation } from "./gcs-server.ts";
import { restrictedContainer, startPod } from "./restricted-pod.ts";
import type { S3Location } from "./s3-server.ts";

/** As a BackupLocation's spec has it. */
export type Where = { readonly s3: S3Location } | { readonly gcs: GcsLocation } | { readonly azure: AzureLocation };

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  /** Line by line. The last one says why it failed. */
  readonly stderr: readonly string[];
  readonly seconds: number;
}

export type Rclone = (args: readonly string[], stdin?: string) => Promise<Answer>;

/**
 * Little patience, and no date nor level before what is said. S3 asks at least twice all the same, and for what may be an object or a folder
 * in three ways, so that a store that hangs takes up to six times the timeout.
 */
const flags = [
  "--config=",
  "--contimeout=1s",
  "--timeout=1s",
  "--retries=1",
  "--low-level-retries=1",
  "--log-format=nolevel",
];

/** Starts the pod; in what it runs, `store:` is the location's server. */
export async function startRclone(namespace: string, name: string, where: Where): Promise<Rclone> {
  const { settings, logins, secret, caSecret } = remoteOf(where);
  const setting = (key: string): string => `RCLONE_CONFIG_STORE_${key}`;
  const env = [
    ...Object.entries(settings).map(([key, value]) => ({ name: setting(key), value })),
    ...Object.entries(logins).map(([name, key]) => ({
      name: setting(name),
      valueFrom: { secretKeyRef: { name: secret, key } },
    })),
    ...(caSecret === undefined ? [] : [{ name: "RCLONE_CA_CERT", value: "/etc/store-ca/ca.crt" }]),
  ];
  const ca = caSecret === undefined ? [] : [{ name: "ca", secret: { secretName: caSecret } }];
  await startPod({
    namespace,
    name,
    container: restrictedContainer("rclone", imageNames.rclone, {
      command: ["sleep", "3600"],
      env,
      volumeMounts: [
        { name: "work", mountPath: "/work" },
        ...ca.map((volume) => ({ name: volume.name, mountPath: "/etc/store-ca", readOnly: true })),
      ],
    }),
    volumes: [{ name: "work", emptyDir: {} }, ...ca],
  });
  return async (args, stdin) => run({ namespace, pod: name }, args, stdin);
}

interface Remote {
  readonly settings: Readonly<Record<string, string>>;
  /** Settings that are secret, and the keys of `secret` that they have. */
  readonly logins: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly caSecret: string | undefined;
}

function remoteOf(where: Where): Remote {
  if ("s3" in where) {
    const { endpoint, credentialsSecret: secret, caSecret } = where.s3;
    return {
      settings: {
        TYPE: "s3",
        PROVIDER: "Other",
        ENDPOINT: endpoint,
        FORCE_PATH_STYLE: "true",
        NO_CHECK_BUCKET: "true",
      },
      logins: { ACCESS_KEY_ID: "accessKeyId", SECRET_ACCESS_KEY: "secretAccessKey" },
      secret,
      caSecret,
    };
  }
  if ("gcs" in where) {
    const { endpoint, credentialsSecret: secret, caSecret } = where.gcs;
    return {
      settings: {
        TYPE: "google cloud storage",
        ENDPOINT: `${endpoint}/storage/v1/`,
        BUCKET_POLICY_ONLY: "true",
        PROJECT_NUMBER: "1",
      },
      logins: { SERVICE_ACCOUNT_CREDENTIALS: "serviceAccount.json" },
      secret,
      caSecret,
    };
  }
  const { account, endpoint, credentialsSecret: secret, caSecret } = where.azure;
  return {
    settings: { TYPE: "azureblob", ACCOUNT: account, ENDPOINT: endpoint },
    logins: { KEY: "accountKey" },
    secret,
    caSecret,
  };
}

/** Where buckets are made by their protocol alone; waits until the store can be reached. */
export async function makeBucket(rclone: Rclone, bucket: string): Promise<void> {
  const making = {
    said: "",
    timeoutMs: 120_000,
    get what() {
      return `a bucket is made (${this.said})`;
    },
  };
  await poll(making, async () => {
    const { code, stderr } = await rclone(["mkdir", `store:${bucket}`]);
    making.said = stderr.join("; ");
    return code === 0 ? true : undefined;
  });
}

async function run(
  place: { readonly namespace: string; readonly pod: string },
  args: readonly string[],
  stdin?: string,
): Promise<Answer> {
  const { kube } = await admin();
  const began = Date.now();
  const argv = ["rclone", ...args, ...flags];
  const said = stdin === undefined ? {} : { stdin };
  const result = await kube.exec({ ...place, container: "rclone", argv, deadlineMs: 60_000, ...said });
  if (result.outcome !== "exited") throw new Error(`rclone ${args.join(" ")}: ${result.why}`);
  const stderr = result.stderr.split("\n").filter((line) => line !== "");
  return { code: result.code, stdout: result.stdout, stderr, seconds: (Date.now() - began) / 1000 };
}
