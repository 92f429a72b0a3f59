import { expect, it } from "vitest";
import { parseManifest, renderManifest, sizeOf } from "../../src/backup/manifest.ts";
import { aManifest as manifest } from "../support/backup-model/a-manifest.ts";

it("is written to the last byte like this, since what is read back is compared with it", () => {
  expect(renderManifest(manifest)).toMatchInlineSnapshot(`
    "{
      "schema": "backup.dbop.dev/v1",
      "engine": "etcd",
      "engineVersion": "3.6.16",
      "clusterName": "demo",
      "namespace": "shop",
      "clusterIdentity": "c1",
      "spec": {
        "engine": "etcd",
        "replicas": 3
      },
      "source": "demo-0",
      "method": "snapshot",
      "consistencyPoint": "revision 21",
      "startedAt": "2026-01-01T00:00:01Z",
      "finishedAt": "2026-01-01T00:00:09Z",
      "files": [
        {
          "path": "data/db",
          "bytes": 20512,
          "sha256": "5555555555555555555555555555555555555555555555555555555555555555"
        },
        {
          "path": "data/more",
          "bytes": 8,
          "sha256": "6666666666666666666666666666666666666666666666666666666666666666"
        }
      ],
      "verified": {
        "grade": "structural",
        "at": "2026-01-01T00:00:09Z"
      },
      "sizeBytes": 20520
    }
    "
  `);
  expect(sizeOf(manifest)).toBe(20520);
});

const file = "data/db";
const shards = [
  { name: "demo-shard-0", file, slots: "0-99 5461", keys: 7, expiring: 2 },
  { name: "demo-shard-1", file: "data/more", slots: "100-5460", keys: 0, expiring: 0 },
];

it("comes back as it was, with shards and without", () => {
  expect(parseManifest(renderManifest(manifest))).toEqual({ ok: true, value: manifest });
  const sharded = { ...manifest, format: "valkey 9.1.2", shards };
  expect(parseManifest(renderManifest(sharded))).toEqual({ ok: true, value: sharded });
});

it.each([
  ["no name", { ...shards[0], name: "" }],
  ["no slots", { ...shards[0], slots: "" }],
  ["a file that is none of the backup's", { ...shards[0], file: "data/other" }],
])("is none when a shard has %s", (_, shard) => {
  const text = JSON.stringify({ schema: "backup.dbop.dev/v1", ...manifest, shards: [shards[1], shard] });
  expect(parseManifest(text)).toMatchObject({ ok: false, problems: [{ field: "shards[1]" }] });
});
