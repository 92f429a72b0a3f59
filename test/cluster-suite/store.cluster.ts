/**
 * The stores that backups are tested against are what they are said to be; and what rclone answers when one is not well, since its last line is
 * what a backup's user gets to read. Mind what is no error to it: in a bucket, an object or a folder that is not there.
 */
import { describe, expect, it } from "vitest";
import { poll } from "../cluster/poll.ts";
import { makeClaimLocation } from "../support/real/claim-location.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { startRclone, type Rclone } from "../support/real/rclone.ts";
import { become, fill, startS3, withWrongPassword } from "../support/real/s3-server.ts";
import { flipBit, plant, removeStored, storedFiles, storedText } from "../support/real/store-disk.ts";

const text = "what is to be kept\n";
const object = "store:backups/a/object";

const write = ["rcat", object];
const read = ["cat", object];
const fetch = ["copyto", object, "/work/fetched", "--error-on-no-transfer"];
const list = ["lsjson", "store:backups/a/"];
const purge = ["purge", "store:backups/a/"];
const hash = ["hashsum", "sha256", "--download", object];

interface Failure {
  readonly codes: readonly number[];
  /** Of the last line. */
  readonly words: RegExp;
}

/** All deeds at once, each of which must fail in this way. */
async function fail(rclone: Rclone, deeds: readonly (readonly string[])[], { codes, words }: Failure): Promise<void> {
  await Promise.all(
    deeds.map(async (args) => {
      const { code, stderr, seconds } = await rclone(args, text);
      const told = `${args.join(" ")}: exit code ${String(code)} after ${seconds.toFixed(1)} s\n  ${stderr.join("\n  ")}`;
      expect(codes, told).toContain(code);
      expect(stderr.at(-1), told).toMatch(words);
    }),
  );
}

describe.concurrent("an S3 server for tests", () => {
  it("keeps objects over TLS, also while it hangs and answers nothing", async () => {
    await inNamespace("store", async (namespace) => {
      const server = await startS3({ namespace });
      const rclone = await startRclone(namespace, "client", { s3: server.location });
      expect(await rclone(write, text)).toMatchObject({ code: 0, stderr: [] });
      expect(await rclone(read)).toMatchObject({ code: 0, stdout: text, stderr: [] });

      await become(server, "hanging");
      await fail(rclone, [write, read, fetch, list, purge], {
        codes: [1, 5],
        words: /request send failed, .*(TLS handshake timeout|i\/o timeout|awaiting response)/u,
      });

      await become(server, "serving");
      expect(await storedFiles(server.disk)).toEqual([{ path: "a/object", bytes: text.length }]);
      expect(await rclone(read)).toMatchObject({ code: 0, stdout: text });
    });
  });

  it("cuts what it is being sent when it goes, answers nothing, and never shows a part of it", async () => {
    await inNamespace("store", async (namespace) => {
      const server = await startS3({ namespace });
      const rclone = await startRclone(namespace, "client", { s3: server.location });
      await rclone(["rcat", "/work/large"], text.repeat(200_000));
      const upload = rclone(["copyto", "/work/large", object, "--bwlimit=500K"]);
      await poll({ what: "a part has come", timeoutMs: 120_000 }, async () =>
        (await storedFiles(server.disk)).some(({ bytes }) => bytes > 0) ? true : undefined,
      );
      await become(server, "gone");
      const { code, stderr } = await upload;
      expect([1, 5], stderr.join("\n")).toContain(code);
      expect(stderr.at(-1)).toMatch(/^Failed to copyto: .*request send failed/u);
      await fail(rclone, [write, list], {
        codes: [1, 5],
        words: /request send failed, .*(i\/o timeout|connection refused|network is unreachable)$/u,
      });
      await become(server, "serving");
      expect(await rclone(list)).toMatchObject({ code: 0, stdout: "[\n]\n", stderr: [] });
    });
  });

  it("opens to the right password alone, and is trusted by its CA alone", async () => {
    await inNamespace("store", async (namespace) => {
      const server = await startS3({ namespace });
      const { caSecret: _, ...unknownCa } = server.location;
      const [stranger, doubter] = await Promise.all([
        startRclone(namespace, "wrong-password", { s3: await withWrongPassword(server) }),
        startRclone(namespace, "unknown-ca", { s3: unknownCa }),
      ]);
      // What begins with a HEAD gets no reason: there is no body to tell it in.
      await fail(stranger, [fetch], { codes: [1], words: /^Failed to copyto: .* StatusCode: 403, .*: Forbidden$/u });
      await fail(stranger, [write, read, list, purge], {
        codes: [1],
        words: /^Failed to .* StatusCode: 403, .*SignatureDoesNotMatch: /u,
      });
      await fail(doubter, [write, read, fetch, list, purge], {
        codes: [1],
        words: /x509: certificate signed by unknown authority$/u,
      });
      expect(await storedFiles(server.disk)).toEqual([]);
    });
  });

  it("takes nothing more when it is full, and shows nothing of what it could not take", async () => {
    await inNamespace("store", async (namespace) => {
      const server = await startS3({ namespace, tls: false, capacity: "8Mi" });
      const rclone = await startRclone(namespace, "client", { s3: server.location });
      await fill(server);
      await fail(rclone, [write], { codes: [1], words: /StatusCode: 500, .*InternalError: / });
      expect(await rclone(list)).toMatchObject({ code: 0, stdout: "[\n]\n" });
      expect(await storedFiles(server.disk)).toEqual([]);
    });
  });

  it("shows damage done to its disk; what is missing is nothing to it, not an error", async () => {
    await inNamespace("store", async (namespace) => {
      const server = await startS3({ namespace, tls: false, capacity: "8Mi" });
      const rclone = await startRclone(namespace, "client", { s3: server.location });
      await rclone(write, text);
      const before = await rclone(hash);
      await flipBit(server.disk, "a/object", 5);
      const after = await rclone(hash);
      expect(before.stdout).toMatch(/^[0-9a-f]{64} {2}object\n$/u);
      expect(after.stdout).toMatch(/^[0-9a-f]{64} {2}object\n$/u);
      expect(after.stdout).not.toBe(before.stdout);
      expect(await rclone(read)).toMatchObject({ code: 0, stdout: text.replace("i", "h") });

      await removeStored(server.disk, "a/object");
      expect(await rclone(read)).toMatchObject({ code: 0, stdout: "", stderr: [] });
      expect(await rclone(hash)).toMatchObject({ code: 0, stdout: "", stderr: [] });
      expect(await rclone(list)).toMatchObject({ code: 0, stdout: "[\n]\n", stderr: [] });
      expect(await rclone(fetch)).toMatchObject({ code: 9, stderr: [] });
      const elsewhere = ["rcat", "store:no-such-bucket/object"];
      await fail(rclone, [elsewhere], { codes: [1], words: /NoSuchBucket: / });
    });
  });
});

describe.concurrent("a claim for tests", () => {
  it("can be looked into and damaged", async () => {
    await inNamespace("store", async (namespace) => {
      const { disk } = await makeClaimLocation(namespace);
      expect(await storedFiles(disk)).toEqual([]);
      await plant(disk, "a/object", text);
      await plant(disk, "b/object", text);
      await flipBit(disk, "a/object", 5);
      expect(await storedText(disk, "a/object")).toBe(text.replace("i", "h"));
      await removeStored(disk, "b");
      expect(await storedFiles(disk)).toEqual([{ path: "a/object", bytes: text.length }]);
    });
  });
});
