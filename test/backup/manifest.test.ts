import { expect, it } from "vitest";
import { renderManifest, sizeOf } from "../../src/backup/manifest.ts";
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
