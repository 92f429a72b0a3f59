import { describe, expect, it } from "vitest";
import { readLocation, type BackupLocation } from "../../src/api/backup-location.ts";
import { moverFor, needsOf, placeOf } from "../../src/backup/mover.ts";
import { field, textField } from "../../src/kube/fields.ts";

function aLocation(spec: object): BackupLocation {
  const read = readLocation({
    apiVersion: "dbop.dev/v1alpha1",
    kind: "BackupLocation",
    metadata: { name: "nightly", namespace: "shop" },
    spec,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

/** `NAME=value`, or `NAME<Secret/key` for what only the kubelet reads; `?` where it may be missing. */
function environmentOf(spec: object): readonly string[] {
  const container = moverFor(aLocation(spec)).container("upload", ["copy"], []);
  const env: unknown = container["env"];
  return (Array.isArray(env) ? env : []).map((one: unknown) => {
    const from = field(field(one, "valueFrom"), "secretKeyRef");
    if (from === undefined) return `${textField(one, "name")}=${textField(one, "value")}`;
    const optional = field(from, "optional") === true ? "?" : "";
    return `${textField(one, "name")}<${textField(from, "name")}/${textField(from, "key")}${optional}`;
  });
}

const common = ["HOME=/tmp", "RCLONE_CACHE_DIR=/tmp"];
const store = (...settings: readonly string[]): readonly string[] => [
  ...common,
  ...settings.map((setting) => (setting.startsWith("RCLONE_") ? setting : `RCLONE_CONFIG_STORE_${setting}`)),
];

describe("the environment of a mover", () => {
  it.each<readonly [string, object, readonly string[]]>([
    [
      "an S3 server of one's own",
      {
        s3: { bucket: "b", prefix: "p", endpoint: "https://s3.shop.svc", credentialsSecret: "login", caSecret: "ca" },
      },
      store(
        "TYPE=s3",
        "PROVIDER=Other",
        "ENDPOINT=https://s3.shop.svc",
        "FORCE_PATH_STYLE=true",
        "NO_CHECK_BUCKET=true",
        "ACCESS_KEY_ID<login/accessKeyId",
        "SECRET_ACCESS_KEY<login/secretAccessKey",
        "SESSION_TOKEN<login/sessionToken?",
        "RCLONE_CA_CERT=/etc/store-ca/ca.crt",
      ),
    ],
    [
      "Amazon's S3 by the pod's own rights",
      { s3: { bucket: "b", region: "eu-1", forcePathStyle: false }, serviceAccountName: "mover" },
      store(
        "TYPE=s3",
        "PROVIDER=AWS",
        "REGION=eu-1",
        "FORCE_PATH_STYLE=false",
        "NO_CHECK_BUCKET=true",
        "ENV_AUTH=true",
      ),
    ],
    [
      "Google's",
      { gcs: { bucket: "b", credentialsSecret: "login" } },
      store(
        "TYPE=google cloud storage",
        "BUCKET_POLICY_ONLY=true",
        "NO_CHECK_BUCKET=true",
        "SERVICE_ACCOUNT_CREDENTIALS<login/serviceAccount.json",
      ),
    ],
    [
      "Google's at a private address",
      { gcs: { bucket: "b", endpoint: "https://gcs.shop.svc", caSecret: "ca" } },
      store(
        "TYPE=google cloud storage",
        "ENDPOINT=https://gcs.shop.svc/storage/v1/",
        "BUCKET_POLICY_ONLY=true",
        "NO_CHECK_BUCKET=true",
        "ENV_AUTH=true",
        "RCLONE_CA_CERT=/etc/store-ca/ca.crt",
      ),
    ],
    [
      "Google's by workload identity",
      { gcs: { bucket: "b" } },
      store("TYPE=google cloud storage", "BUCKET_POLICY_ONLY=true", "NO_CHECK_BUCKET=true", "ENV_AUTH=true"),
    ],
    [
      "Azure's",
      { azure: { account: "a", container: "c", credentialsSecret: "login" } },
      store("TYPE=azureblob", "ACCOUNT=a", "NO_CHECK_CONTAINER=true", "KEY<login/accountKey?", "SAS_URL<login/sasUrl?"),
    ],
    [
      "Azure's by managed identity",
      { azure: { account: "a", container: "c" } },
      store("TYPE=azureblob", "ACCOUNT=a", "NO_CHECK_CONTAINER=true", "ENV_AUTH=true"),
    ],
    [
      "Azure's at a private address",
      { azure: { account: "a", container: "c", endpoint: "https://azure.shop.svc/a", caSecret: "ca" } },
      store(
        "TYPE=azureblob",
        "ACCOUNT=a",
        "ENDPOINT=https://azure.shop.svc/a",
        "NO_CHECK_CONTAINER=true",
        "ENV_AUTH=true",
        "RCLONE_CA_CERT=/etc/store-ca/ca.crt",
      ),
    ],
    ["a claim", { pvc: { claimName: "store" } }, common],
  ])("for %s", (_name, spec, expected) => {
    expect(environmentOf(spec)).toEqual(expected);
  });

  it("is all it is told by: no login and no file is in its arguments", () => {
    const spec = { s3: { bucket: "b", credentialsSecret: "login" } };
    const { command } = moverFor(aLocation(spec)).container("upload", ["copy", "/from", "store:b"], []);
    expect(command).toEqual([
      "rclone",
      "copy",
      "/from",
      "store:b",
      "--config=",
      "--stats=0",
      "--contimeout=10s",
      "--timeout=30s",
      "--retries=2",
      "--low-level-retries=1",
      "--retries-sleep=2s",
    ]);
  });
});

describe("a place at a location", () => {
  it.each<readonly [string, object, string, string]>([
    ["S3", { s3: { bucket: "b" } }, "store:b/x", "s3://b"],
    [
      "S3 with a folder",
      { s3: { bucket: "b", prefix: "p/q", endpoint: "https://s3.shop.svc" } },
      "store:b/p/q/x",
      "s3://b/p/q at https://s3.shop.svc",
    ],
    ["GCS", { gcs: { bucket: "b", prefix: "p" } }, "store:b/p/x", "gs://b/p"],
    ["Azure", { azure: { account: "a", container: "c", prefix: "p" } }, "store:c/p/x", "azure://a/c/p"],
    [
      "GCS elsewhere",
      { gcs: { bucket: "b", endpoint: "https://gcs.shop.svc" } },
      "store:b/x",
      "gs://b at https://gcs.shop.svc",
    ],
    [
      "Azure elsewhere",
      { azure: { account: "a", container: "c", endpoint: "https://azure.shop.svc/a" } },
      "store:c/x",
      "azure://a/c at https://azure.shop.svc/a",
    ],
    ["a claim", { pvc: { claimName: "store" } }, "/backups/x", "pvc://store"],
    ["a folder of a claim", { pvc: { claimName: "store", path: "p" } }, "/backups/p/x", "pvc://store/p"],
  ])("in %s is written as rclone has it, and told as people do", (_name, spec, remote, told) => {
    expect(moverFor(aLocation(spec)).remote("x")).toBe(remote);
    expect(placeOf(aLocation(spec))).toBe(told);
  });
});

it.each<readonly [string, object, readonly object[]]>([
  [
    "S3",
    { s3: { bucket: "b", credentialsSecret: "login", caSecret: "ca" } },
    [
      { kind: "Secret", name: "login", anyOf: ["accessKeyId"] },
      { kind: "Secret", name: "login", anyOf: ["secretAccessKey"] },
      { kind: "Secret", name: "ca", anyOf: ["ca.crt"] },
    ],
  ],
  ["S3 without a login", { s3: { bucket: "b" } }, []],
  [
    "GCS",
    { gcs: { bucket: "b", credentialsSecret: "l" } },
    [{ kind: "Secret", name: "l", anyOf: ["serviceAccount.json"] }],
  ],
  [
    "Azure",
    { azure: { account: "a", container: "c", credentialsSecret: "l", caSecret: "ca" } },
    [
      { kind: "Secret", name: "l", anyOf: ["accountKey", "sasUrl"] },
      { kind: "Secret", name: "ca", anyOf: ["ca.crt"] },
    ],
  ],
  ["a claim", { pvc: { claimName: "store" } }, [{ kind: "PersistentVolumeClaim", name: "store" }]],
])("needs of %s", (_name, spec, expected) => {
  expect(needsOf(aLocation(spec))).toEqual(expected);
});

it.each([
  ["no kind", {}, "<none>"],
  ["two kinds", { s3: { bucket: "b" }, pvc: { claimName: "c" } }, "s3, pvc"],
])("a location of %s is none", (_name, spec, value) => {
  const object = { apiVersion: "dbop.dev/v1alpha1", kind: "BackupLocation", metadata: { name: "x" }, spec };
  expect(readLocation(object)).toEqual({
    ok: false,
    problems: [{ field: "spec", value, message: "must have exactly one of s3, gcs, azure, pvc" }],
  });
});
