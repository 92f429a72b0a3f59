/** The stores that are neither S3 nor a claim: a backup goes to Google's and to Azure's, is found there, comes back, and makes room. */
import { describe, expect, it } from "vitest";
import { backup, makeLocation } from "../support/real/backups.ts";
import { startAzure, withWrongKey } from "../support/real/azure-server.ts";
import { dbopEnds, install, verb } from "../support/real/dbop.ts";
import { putAll, readAll, someData } from "../support/real/etcd.ts";
import { startGcs, withUnknownAccount } from "../support/real/gcs-server.ts";
import { inNamespace } from "../support/real/namespace.ts";
import type { Rclone } from "../support/real/rclone.ts";

interface Started {
  readonly rclone: Rclone;
  /** Of locations that lead to the server. */
  readonly spec: object;
  readonly wrongLogin: object;
  readonly noBucket: object;
  readonly unknownCa: object;
}

interface Kind {
  readonly kind: string;
  readonly start: (namespace: string) => Promise<Started>;
  /** What is told of a login that is wrong. */
  readonly refused: RegExp;
  readonly none: RegExp;
}

const kinds: readonly Kind[] = [
  {
    kind: "gcs",
    start: async (namespace) => {
      const server = await startGcs(namespace);
      const { caSecret: _, ...unknownCa } = server.location;
      return {
        rclone: server.rclone,
        spec: { gcs: { ...server.location, prefix: "etcd/prod" } },
        wrongLogin: { gcs: await withUnknownAccount(server) },
        noBucket: { gcs: { ...server.location, bucket: "none" } },
        unknownCa: { gcs: unknownCa },
      };
    },
    refused: /credentials: .*"invalid_grant".*account not found/u,
    none: /there is no such bucket: .*googleapi: Error 404.* \(gs:\/\/none at https:\/\/gcs\./u,
  },
  {
    kind: "azure",
    start: async (namespace) => {
      const server = await startAzure(namespace);
      const { caSecret: _, ...unknownCa } = server.location;
      return {
        rclone: server.rclone,
        spec: { azure: { ...server.location, prefix: "etcd/prod" } },
        wrongLogin: { azure: await withWrongKey(server) },
        noBucket: { azure: { ...server.location, container: "none" } },
        unknownCa: { azure: unknownCa },
      };
    },
    refused: /credentials: .*AuthorizationFailure: 403 /u,
    none: /there is no such bucket: .*ContainerNotFound: 404 .* \(azure:\/\/dboptest\/none at https:\/\/azure\./u,
  },
];

describe.concurrent("a backup", () => {
  it.each(kinds)("goes to $kind, is found there, comes back and makes room", async ({ kind, start, refused, none }) => {
    await inNamespace(kind, async (namespace) => {
      const target = { namespace, name: "demo" };
      const [store] = await Promise.all([start(namespace), install(target, { replicas: 1 })]);
      await putAll(target, someData);
      await makeLocation(namespace, "offsite", store.spec);
      await dbopEnds(0, verb("backup", target, "--to", "offsite", "--name", "one"));
      const one = await backup(target, "one");
      expect(one).toMatchObject({ outcome: "succeeded", verified: { grade: "structural" } });

      const again = { namespace, name: "again" };
      const list = ["backup", "list", "-n", namespace, "--location"];
      const from = (path: string): readonly string[] =>
        verb("restore", again, "--from-location", "offsite", "--path", path);
      const nowhere = await dbopEnds(8, from("demo/etcd/none"));
      expect(nowhere.stderr).toContain("manifest.json: <none> is not there: that is no backup");
      const [listed] = await Promise.all([
        dbopEnds(0, [...list, "offsite", "-o", "name"]),
        dbopEnds(0, from(one.path)),
      ]);
      expect(listed.stdout).toBe(`${one.path}\n`);
      expect(await readAll(again, "data/")).toEqual(someData);

      const bad = { login: store.wrongLogin, bucket: store.noBucket, ca: store.unknownCa };
      for (const [name, spec] of Object.entries(bad)) await makeLocation(namespace, name, spec);
      const quick = ["--verify", "integrity"];
      const keep = ["--keep", "1", "--yes"];
      const [, wrongLogin, unknownCa, noBucket] = await Promise.all([
        dbopEnds(0, verb("backup", target, "--to", "offsite", "--name", "two", ...quick, ...keep)),
        dbopEnds(9, [...list, "login"]),
        dbopEnds(9, [...list, "ca"]),
        dbopEnds(9, verb("backup", again, "--to", "bucket", "--name", "three", ...quick)),
      ]);
      const two = await backup(target, "two");
      const { stdout } = await store.rclone(["lsf", "store:backups/etcd/prod/", "--recursive", "--files-only"]);
      expect(stdout.split("\n").toSorted()).toEqual(["", `${two.path}/data/db`, `${two.path}/manifest.json`]);

      expect(wrongLogin.stderr).toMatch(refused);
      expect(unknownCa.stderr).toContain("the store's certificate is not trusted: ");
      expect(noBucket.stderr).toMatch(none);
      expect(await backup(again, "three")).toMatchObject({ outcome: "failed", verified: undefined });
      for (const { stderr } of [wrongLogin, unknownCa, noBucket]) console.log(kind, stderr.trim().split("\n").at(-1));
    });
  });
});
