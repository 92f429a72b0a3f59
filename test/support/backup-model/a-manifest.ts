/** What a good backup says of itself. */
import type { Manifest } from "../../../src/backup/manifest.ts";

export const aManifest: Manifest = {
  engine: "etcd",
  engineVersion: "3.6.16",
  clusterName: "demo",
  namespace: "shop",
  clusterIdentity: "c1",
  spec: { engine: "etcd", replicas: 3 },
  source: "demo-0",
  method: "snapshot",
  consistencyPoint: "revision 21",
  startedAt: "2026-01-01T00:00:01Z",
  finishedAt: "2026-01-01T00:00:09Z",
  files: [
    { path: "data/db", bytes: 20512, sha256: "5".repeat(64) },
    { path: "data/more", bytes: 8, sha256: "6".repeat(64) },
  ],
  verified: { grade: "structural", at: "2026-01-01T00:00:09Z" },
};
