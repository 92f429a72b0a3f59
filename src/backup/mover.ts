/**
 * What carries a backup to its location and back: rclone, told where by its environment alone, so that no credential is ever an argument
 * and no configuration file is made (rclone documentation, "Environment Variables").
 */
import type { BackupLocation, Store } from "../api/backup-location.ts";
import type { Container } from "./job.ts";

/** Any release since 1.60 will do; one is named so that the same is pulled everywhere. */
const moverImage = "docker.io/rclone/rclone:1.75.1";

const backupsMount = "/backups";
const caMount = "/etc/store-ca";

export interface Mover {
  /**
   * Of a path below the location, as rclone writes it: `store:bucket/prefix/PATH`. That of a folder ends with a slash: otherwise rclone asks
   * first whether it is a file, and tells only of that when the store does not answer.
   */
  readonly remote: (path: string) => string;
  readonly volumes: readonly object[];
  /** A container that runs rclone with `args`; `mounts` beside those it needs for the location. */
  readonly container: (name: string, args: readonly string[], mounts: readonly object[]) => Container;
  readonly serviceAccountName: string | undefined;
}

/**
 * Bounded: a store that hangs is a failure that can be told, not a Job that never ends. In S3 each request is tried twice for each of the
 * low-level retries: one that hangs costs minutes, not a quarter of an hour (measured with rclone 1.75).
 */
const patience = ["--contimeout=10s", "--timeout=30s", "--retries=2", "--low-level-retries=1", "--retries-sleep=2s"];
/** At the usual level, whose last line says why a command failed. */
const quiet = ["--config=", "--stats=0"];

export function moverFor({ store, serviceAccountName }: BackupLocation): Mover {
  const env = environment(store);
  const own = mounts(store);
  return {
    remote: (path) => `${root(store)}/${path}`,
    volumes: volumes(store),
    serviceAccountName,
    container: (name, args, more) => rclone({ name, args, env, mounts: [...own, ...more] }),
  };
}

/** A container that runs rclone on mounted files alone: it knows of no store. */
export function fileTool(name: string, args: readonly string[], mounts: readonly object[]): Container {
  return rclone({ name, args, env: common, mounts });
}

interface RcloneRun {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly object[];
  readonly mounts: readonly object[];
}

function rclone({ name, args, env, mounts: volumeMounts }: RcloneRun): Container {
  const command = ["rclone", ...args, ...quiet, ...patience];
  return { name, image: moverImage, imagePullPolicy: "IfNotPresent", command, env, volumeMounts };
}

/** The place itself, however it is reached: for people, and to know one from another. Holds no login. */
export function placeOf({ store }: Pick<BackupLocation, "store">): string {
  switch (store.kind) {
    case "s3":
      return at(store, joined("s3://", store.bucket, store.prefix));
    case "gcs":
      return at(store, joined("gs://", store.bucket, store.prefix));
    case "azure":
      return at(store, joined("azure://", store.account, store.container, store.prefix));
    case "pvc":
      return joined("pvc://", store.claimName, store.path);
  }
}

function at({ endpoint }: { readonly endpoint: string | undefined }, place: string): string {
  return endpoint === undefined ? place : `${place} at ${endpoint}`;
}

function root(store: Store): string {
  switch (store.kind) {
    case "s3":
    case "gcs":
      return joined("store:", store.bucket, store.prefix);
    case "azure":
      return joined("store:", store.container, store.prefix);
    case "pvc":
      return joined("", backupsMount, store.path);
  }
}

function joined(remote: string, ...parts: readonly string[]): string {
  return `${remote}${parts.filter((part) => part !== "").join("/")}`;
}

const setting = (name: string, value: string): object => ({ name: `RCLONE_CONFIG_STORE_${name}`, value });

interface Key {
  readonly secret: string;
  readonly key: string;
  /** May be missing. */
  readonly optional?: boolean;
}

/** A setting that is a secret: the kubelet puts it into the environment, and nobody else sees it. */
const login = (name: string, { secret, ...from }: Key): object => ({
  name: `RCLONE_CONFIG_STORE_${name}`,
  valueFrom: { secretKeyRef: { name: secret, ...from } },
});

const common: readonly object[] = [
  { name: "HOME", value: "/tmp" },
  { name: "RCLONE_CACHE_DIR", value: "/tmp" },
];

function environment(store: Store): readonly object[] {
  if (store.kind === "pvc") return common;
  const ca = store.caSecret === undefined ? [] : [{ name: "RCLONE_CA_CERT", value: `${caMount}/ca.crt` }];
  return [...common, ...remoteEnvironment(store), ...ca];
}

/** Whoever may only write into a bucket may not make or look for it: hence `NO_CHECK_…`. */
function remoteEnvironment(store: Exclude<Store, { kind: "pvc" }>): readonly object[] {
  switch (store.kind) {
    case "s3":
      return s3Environment(store);
    case "gcs":
      return [
        setting("TYPE", "google cloud storage"),
        // Taken as it is when it has a scheme, so with the path that all requests begin with (google-api-go-client, `option.WithEndpoint`).
        ...ifGiven("ENDPOINT", store.endpoint === undefined ? undefined : `${store.endpoint}/storage/v1/`),
        setting("BUCKET_POLICY_ONLY", "true"),
        setting("NO_CHECK_BUCKET", "true"),
        ...gcsLogin(store),
      ];
    case "azure":
      return [
        setting("TYPE", "azureblob"),
        setting("ACCOUNT", store.account),
        ...ifGiven("ENDPOINT", store.endpoint),
        setting("NO_CHECK_CONTAINER", "true"),
        ...azureLogin(store),
      ];
  }
}

function ifGiven(name: string, value: string | undefined): readonly object[] {
  return value === undefined ? [] : [setting(name, value)];
}

function s3Environment(store: Extract<Store, { kind: "s3" }>): readonly object[] {
  const { endpoint, region, forcePathStyle, credentialsSecret } = store;
  return [
    setting("TYPE", "s3"),
    setting("PROVIDER", endpoint === undefined ? "AWS" : "Other"),
    ...ifGiven("ENDPOINT", endpoint),
    ...ifGiven("REGION", region),
    setting("FORCE_PATH_STYLE", String(forcePathStyle)),
    setting("NO_CHECK_BUCKET", "true"),
    ...(credentialsSecret === undefined
      ? [setting("ENV_AUTH", "true")]
      : [
          login("ACCESS_KEY_ID", { secret: credentialsSecret, key: "accessKeyId" }),
          login("SECRET_ACCESS_KEY", { secret: credentialsSecret, key: "secretAccessKey" }),
          login("SESSION_TOKEN", { secret: credentialsSecret, key: "sessionToken", optional: true }),
        ]),
  ];
}

function gcsLogin({ credentialsSecret }: Extract<Store, { kind: "gcs" }>): readonly object[] {
  if (credentialsSecret === undefined) return [setting("ENV_AUTH", "true")];
  return [login("SERVICE_ACCOUNT_CREDENTIALS", { secret: credentialsSecret, key: "serviceAccount.json" })];
}

function azureLogin({ credentialsSecret }: Extract<Store, { kind: "azure" }>): readonly object[] {
  if (credentialsSecret === undefined) return [setting("ENV_AUTH", "true")];
  return [
    login("KEY", { secret: credentialsSecret, key: "accountKey", optional: true }),
    login("SAS_URL", { secret: credentialsSecret, key: "sasUrl", optional: true }),
  ];
}

function volumes(store: Store): readonly object[] {
  if (store.kind === "pvc") return [{ name: "backups", persistentVolumeClaim: { claimName: store.claimName } }];
  if (store.caSecret === undefined) return [];
  return [{ name: "store-ca", secret: { secretName: store.caSecret, items: [{ key: "ca.crt", path: "ca.crt" }] } }];
}

function mounts(store: Store): readonly object[] {
  if (store.kind === "pvc") return [{ name: "backups", mountPath: backupsMount }];
  return store.caSecret === undefined ? [] : [{ name: "store-ca", mountPath: caMount, readOnly: true }];
}

/** What a location needs to be there, to be told before a pod waits for it for ever: Secrets with their keys, and a claim. */
export function needsOf({ store }: BackupLocation): readonly Need[] {
  if (store.kind === "pvc") return [{ kind: "PersistentVolumeClaim", name: store.claimName }];
  const named = (name: string | undefined, anyOf: readonly string[]): readonly Need[] =>
    name === undefined ? [] : [{ kind: "Secret", name, anyOf }];
  return [
    ...loginKeys[store.kind].flatMap((anyOf) => named(store.credentialsSecret, anyOf)),
    ...named(store.caSecret, ["ca.crt"]),
  ];
}

/** Of each the Secret must have one. */
const loginKeys: Readonly<Record<Exclude<Store["kind"], "pvc">, readonly (readonly string[])[]>> = {
  s3: [["accessKeyId"], ["secretAccessKey"]],
  gcs: [["serviceAccount.json"]],
  azure: [["accountKey", "sasUrl"]],
};

export type Need =
  | { readonly kind: "Secret"; readonly name: string; readonly anyOf: readonly string[] }
  | { readonly kind: "PersistentVolumeClaim"; readonly name: string };
