import { describe, expect, it } from "vitest";
import { jobSeen } from "../../src/backup/take.ts";
import type { KubeObject } from "../../src/kube/objects.ts";

const condition = (type: string, message = ""): object => ({ type, status: "True", message });

/** As a real API server gave it; a condition of a Job that goes on is none. */
function aJob(...conditions: readonly object[]): KubeObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "noon-take", uid: "j1", annotations: { "dbop.dev/backup-uid": "b1" } },
    status: { conditions, startTime: "2026-01-01T00:00:00Z", completionTime: "2026-01-01T00:01:00Z" },
  };
}

const done = { terminated: { exitCode: 0, reason: "Completed" } };
const running = { running: { startedAt: "2026-01-01T00:00:00Z" } };
const initializing = { waiting: { reason: "PodInitializing" } };
const ended = (message: string | undefined, exitCode = 1, reason = "Error"): object => ({
  terminated: { exitCode, reason, ...(message === undefined ? {} : { message }) },
});

type Containers = Readonly<Record<string, object>>;

/** The last container is the one that is no init container. */
function aPod(containers: Containers, more: object = {}): KubeObject {
  const all = Object.entries(containers).map(([name, state]) =>
    "state" in state ? { name, ...state } : { name, state },
  );
  const status = { initContainerStatuses: all.slice(0, -1), containerStatuses: all.slice(-1), ...more };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "noon-take-x" }, status };
}

const failedJob = aJob(condition("FailureTarget"), condition("Failed", "Job has reached the specified backoff limit"));

describe("a Job that goes on", () => {
  const refused = `Back-off pulling image "docker.io/rclone/rclone:1.75.1"`;
  const unschedulable = {
    conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available: 3 Insufficient cpu." }],
  };
  it.each<readonly [string, KubeObject | undefined, string]>([
    ["has no pod yet", undefined, "its pod is not there yet; kubectl describe job noon-take tells why if it stays so"],
    [
      "starts its pod",
      aPod({ prepare: { waiting: { reason: "PodInitializing" } } }),
      "its pod noon-take-x is starting",
    ],
    [
      "makes its first container",
      aPod({ prepare: { waiting: { reason: "ContainerCreating" } }, end: initializing }),
      "its pod noon-take-x is starting",
    ],
    [
      "can't be scheduled",
      aPod({}, unschedulable),
      "its pod can't be scheduled: 0/3 nodes are available: 3 Insufficient cpu.",
    ],
    ["is at work", aPod({ prepare: done, upload: running, compare: initializing }), "upload is running"],
    [
      "asks the sidecar",
      aPod({ restore: done, serve: running, ask: running, compare: initializing }),
      "ask is running",
    ],
    ["starts the sidecar", aPod({ restore: done, serve: running, ask: initializing }), "serve is running"],
    [
      "can't pull an image",
      aPod({ prepare: { waiting: { reason: "ImagePullBackOff", message: refused } }, compare: initializing }),
      `prepare: ${refused}`,
    ],
    [
      "lacks a Secret",
      aPod({ prepare: { waiting: { reason: "CreateContainerConfigError", message: `secret "login" not found` } } }),
      `prepare: secret "login" not found`,
    ],
  ])("that %s says so", (_name, pod, word) => {
    expect(jobSeen(aJob(), pod)).toMatchObject({ state: "running", word });
  });

  it("has failed when its sidecar keeps ending: nothing else would ever say so", () => {
    const crash = {
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
      lastState: ended('{"level":"info"}\n{"level":"fatal","msg":"failed to recover v3 backend"}\n', 2),
    };
    expect(
      jobSeen(aJob(), aPod({ restore: done, serve: crash, ask: initializing, compare: initializing })),
    ).toMatchObject({
      state: "failed",
      word: 'serve: {"level":"fatal","msg":"failed to recover v3 backend"}',
    });
  });
});

describe("a Job that failed", () => {
  // Last lines of rclone 1.75 against an S3 server that was made to fail so.
  const url = "https://s3.shop.svc/backups/demo/db";
  const said: readonly (readonly [string, string])[] = [
    [
      `2026/11/21 09:33:01 ERROR : db: Failed to copy\n2026/11/21 09:33:01 NOTICE: Failed to moveto: operation error S3: PutObject, https response error StatusCode: 403, RequestID: 1, api error SignatureDoesNotMatch: The request signature\n`,
      "upload: the store refuses these credentials: Failed to moveto: operation error S3: PutObject, https response error StatusCode: 403, api error SignatureDoesNotMatch: The request signature",
    ],
    [
      "2026/11/21 10:39:23 ERROR : Attempt 2/2 failed with 1 errors and: operation error S3: PutObject, exceeded maximum number of attempts, 1, https response error StatusCode: 404, RequestID: 4D4FCD36, HostID: NEQ0RkNEMz==, api error NoSuchBucket: The specified bucket does not exist\n",
      "upload: there is no such bucket: Attempt 2/2 failed with 1 errors and: operation error S3: PutObject, https response error StatusCode: 404, api error NoSuchBucket: The specified bucket does not exist",
    ],
    [
      "2026/11/21 09:33:01 NOTICE: Failed to rcat: NoSuchBucket: the bucket is not there\n",
      "upload: there is no such bucket: Failed to rcat: NoSuchBucket: the bucket is not there",
    ],
    [
      `2026/11/21 09:33:01 NOTICE: Failed to copy: request send failed, Put "${url}": dial tcp 10.0.0.1:443: connect: connection refused\n`,
      `upload: the store can't be reached: Failed to copy: request send failed, Put "${url}": dial tcp 10.0.0.1:443: connect: connection refused`,
    ],
    [
      `2026/11/21 09:33:01 NOTICE: Failed to copy: request send failed, Put "${url}": net/http: TLS handshake timeout\n`,
      `upload: the store can't be reached: Failed to copy: request send failed, Put "${url}": net/http: TLS handshake timeout`,
    ],
    [
      `Failed to copy: Put "${url}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      `upload: the store's certificate is not trusted: Failed to copy: Put "${url}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    ],
    [
      "2026/11/21 09:33:01 NOTICE: Failed to moveto: open /backups/db: no space left on device\n",
      "upload: the store is full: Failed to moveto: open /backups/db: no space left on device",
    ],
    [
      "2026/11/21 09:33:01 NOTICE: Failed to moveto: S3: PutObject, StatusCode: 500, api error InternalError: We encountered an internal error\n",
      "upload: the store failed: Failed to moveto: S3: PutObject, StatusCode: 500, api error InternalError: We encountered an internal error",
    ],
    [
      `2026/11/21 09:33:01 NOTICE: Fatal error: unknown command "move" for "rclone"\n\nDid you mean this?\n\tmoveto\n`,
      `upload: Fatal error: unknown command "move" for "rclone"`,
    ],
    [
      "ERROR : db: Failed to copy: no space left on device\nERROR : db: Not deleting source as copy failed: no space left on device\n",
      "upload: the store is full: ERROR : db: Failed to copy: no space left on device",
    ],
    [
      `ODY0==, api error InternalError\n2026/11/21 10:42:30 ERROR : db: Failed to copy: request send failed, Put "${url}": net/http: timeout awaiting response headers\n2026/11/21 10:42:30 ERROR : Attempt 2/2 failed with 1 errors and: operation `,
      `upload: the store can't be reached: db: Failed to copy: request send failed, Put "${url}": net/http: timeout awaiting response headers`,
    ],
    [
      "Error: snapshot file integrity check failed: expected 1, got 2\n",
      "upload: Error: snapshot file integrity check failed: expected 1, got 2",
    ],
    ["\n\n", "upload: exit code 1"],
  ];

  // Last lines of rclone 1.75 against fake-gcs-server and Azurite, and of Google's documentation.
  const gcs = "https://gcs.shop.svc/upload/storage/v1/b/backups/o?alt=json";
  const azure = "https://azure.shop.svc/a/backups/demo%2Fdb";
  const rule = "-".repeat(80);
  const at = "2026/11/27 09:11:36";
  const saidElsewhere: readonly (readonly [string, string])[] = [
    [
      `${at} NOTICE: Failed to move with 2 errors: last error was: Post "${gcs}": oauth2: cannot fetch token: 400 Bad Request\nResponse: {"error":"invalid_grant","error_description":"Invalid grant: account not found"}\n`,
      `upload: the store refuses these credentials: Failed to move with 2 errors: last error was: Post "${gcs}": oauth2: cannot fetch token: 400 Bad Request: {"error":"invalid_grant","error_description":"Invalid grant: account not found"}`,
    ],
    [
      `${at} NOTICE: Failed to move: Post "${gcs}": oauth2: cannot fetch token: Post "https://oauth2.shop.svc/token": dial tcp: lookup oauth2.shop.svc: no such host\n`,
      `upload: the store can't be reached: Failed to move: Post "${gcs}": oauth2: cannot fetch token: Post "https://oauth2.shop.svc/token": dial tcp: lookup oauth2.shop.svc: no such host`,
    ],
    [
      `${at} NOTICE: Failed to create file system for "store:b": error processing credentials: invalid character 'x' looking for beginning of value\n`,
      `upload: these credentials are not of the form that this store's are: Failed to create file system for "store:b": error processing credentials: invalid character 'x' looking for beginning of value`,
    ],
    [
      `${at} ERROR : db: Not deleting source as copy failed: googleapi: Error 404: Not Found, notFound\n${at} NOTICE: Failed to move: googleapi: Error 404: Not Found, notFound\n`,
      "upload: there is no such bucket: Failed to move: googleapi: Error 404: Not Found, notFound",
    ],
    [
      `${at} NOTICE: Failed to move: googleapi: Error 404: The specified bucket does not exist., notFound\n`,
      "upload: there is no such bucket: Failed to move: googleapi: Error 404: The specified bucket does not exist., notFound",
    ],
    [
      `${at} NOTICE: Failed to move: googleapi: Error 403: keeper@shop.iam does not have storage.objects.create access, forbidden\n`,
      "upload: the store refuses these credentials: Failed to move: googleapi: Error 403: keeper@shop.iam does not have storage.objects.create access, forbidden",
    ],
    [
      `${at} NOTICE: Failed to create file system for "store:backups/demo/": HEAD ${azure}\n${rule}\nRESPONSE 403: 403 Server failed to authenticate the request.\nERROR CODE: AuthorizationFailure\n${rule}\nResponse contained no body\n${rule}\n`,
      `upload: the store refuses these credentials: Failed to create file system for "store:backups/demo/": HEAD ${azure} AuthorizationFailure: 403 Server failed to authenticate the request.`,
    ],
    [
      `${at} ERROR : db: Failed to copy: PUT ${azure}\n${rule}\nRESPONSE 404: 404 The specified container does not exist.\nERROR CODE: ContainerNotFound\n${rule}\n<?xml version="1.0"?>\n<Error>\n  <Code>ContainerNotFound</Code>\n</Error>\n${rule}\n\n${at} NOTICE: Failed to move: PUT ${azure}?sig=CANARY\n${rule}\nRESPONSE 404: 404 The specified container does not exist.\nERROR CODE: ContainerNotFound\n${rule}\n<?xml version="1.0"?>\n<Error>\n  <Code>ContainerNotFound</Code>\n</Error>\n${rule}\n\n`,
      `upload: there is no such bucket: Failed to move: PUT ${azure}?sig=… ContainerNotFound: 404 The specified container does not exist.`,
    ],
    [
      `${at} NOTICE: Failed to move: PUT ${azure}\n${rule}\nRESPONSE 503: 503 Service Unavailable\nERROR CODE UNAVAILABLE\n${rule}\nResponse contained no body\n${rule}\n`,
      `upload: the store failed: Failed to move: PUT ${azure} UNAVAILABLE: 503 Service Unavailable`,
    ],
    [
      `${at} NOTICE: Failed to create file system for "store:b": failed to create new shared key credential: decode account key: illegal base64 data at input byte 3\n`,
      `upload: these credentials are not of the form that this store's are: Failed to create file system for "store:b": failed to create new shared key credential: decode account key: illegal base64 data at input byte 3`,
    ],
  ];

  it.each([...said, ...saidElsewhere])("tells the last line, and what it means: %j", (message, word) => {
    const pod = aPod({ take: done, upload: ended(message), fetch: initializing });
    expect(jobSeen(failedJob, pod)).toMatchObject({ state: "failed", word });
  });

  it.each<readonly [string, KubeObject | undefined, string]>([
    ["without a last line", aPod({ take: ended(undefined, 7), end: initializing }), "take: exit code 7"],
    [
      "for want of memory",
      aPod({ serve: ended(undefined, 137, "OOMKilled"), end: initializing }),
      "serve: it was killed for using more memory than its limit",
    ],
    ["and whose pod is gone", undefined, "Job has reached the specified backoff limit"],
  ])("%s says what is known", (_name, pod, word) => {
    expect(jobSeen(failedJob, pod)).toMatchObject({ state: "failed", word });
  });

  it("tells nothing of a login that an address holds", () => {
    const text =
      "Failed to copy: Put https://a.blob.core.windows.net/c/db?sv=2024&sig=CANARY%3D&se=2030: 403 AuthenticationFailed";
    const { word } = jobSeen(failedJob, aPod({ upload: ended(text), end: initializing }));
    expect(word).toContain("sig=…");
    expect(word).not.toContain("CANARY");
  });
});

it("a Job that has done its work says when, and whose it is", () => {
  expect(jobSeen(aJob(condition("SuccessCriteriaMet"), condition("Complete")), undefined)).toMatchObject({
    state: "complete",
    backupUid: "b1",
    startedAt: "2026-01-01T00:00:00Z",
    completedAt: "2026-01-01T00:01:00Z",
  });
});
