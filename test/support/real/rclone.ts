/** rclone as a mover has it: in a pod of its own, told by its environment alone where the store is. */
import { imageNames } from "../../cluster/versions.ts";
import { admin } from "./cluster.ts";
import { restrictedContainer, startPod } from "./restricted-pod.ts";
import type { S3Location } from "./s3-server.ts";

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
export async function startRclone(namespace: string, name: string, location: S3Location): Promise<Rclone> {
  const { endpoint, credentialsSecret, caSecret } = location;
  const set = (setting: string, value: string): object => ({ name: `RCLONE_CONFIG_STORE_${setting}`, value });
  const login = (setting: string, key: string): object => ({
    name: `RCLONE_CONFIG_STORE_${setting}`,
    valueFrom: { secretKeyRef: { name: credentialsSecret, key } },
  });
  const env = [
    set("TYPE", "s3"),
    set("PROVIDER", "Other"),
    set("ENDPOINT", endpoint),
    set("FORCE_PATH_STYLE", "true"),
    set("NO_CHECK_BUCKET", "true"),
    login("ACCESS_KEY_ID", "accessKeyId"),
    login("SECRET_ACCESS_KEY", "secretAccessKey"),
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
