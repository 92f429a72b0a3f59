import { describe, expect, it } from "vitest";
import type { Manifest } from "../../../../src/backup/manifest.ts";
import { refusesBackup } from "../../../../src/engines/valkey/backup/refuses.ts";
import { aManifest } from "../../../support/backup-model/a-manifest.ts";

const shard = { name: "demo-shard-0", file: "data/shard-0.rdb", slots: "0-16383", keys: 1, expiring: 0 };
const three: Manifest = {
  ...aManifest,
  engine: "valkey",
  engineVersion: "9.1.2",
  format: "valkey 9.1.2",
  shards: [shard, shard, shard],
};

describe("a backup of Valkey", () => {
  it.each<[string, Manifest, { version: string; shards?: number }]>([
    ["into its own version", three, { version: "9.1.2" }],
    ["into another patch of it", three, { version: "9.1.0", shards: 3 }],
    ["from an older one", { ...three, format: "valkey 8.1.1" }, { version: "9.1.2" }],
    ["of a Redis that Valkey comes from", { ...three, format: "redis 7.2.4" }, { version: "8.1.1" }],
  ])("is restored %s", (_, manifest, { version, shards }) => {
    expect(refusesBackup({ version, image: undefined, shards }, manifest)).toBeUndefined();
  });

  it.each<[string, Manifest, { version: string; shards?: number }, string]>([
    [
      "of another engine",
      { ...three, engine: "etcd" },
      { version: "9.1.2" },
      "it is a backup of etcd, and this is Valkey",
    ],
    [
      "into an older version",
      three,
      { version: "9.0.1" },
      "Valkey never goes back to an older version: what 9.1.2 has written, 9.0.1 may not read: restore it with --version 9.1.2",
    ],
    [
      "of a Redis of the other way",
      { ...three, format: "redis 7.4.1" },
      { version: "9.1.2" },
      "Valkey 9.1.2 does not read what Redis 7.4.1 has written: from Redis 7.4 on its RDB files have a version that Valkey does not know: restore it with --version 9.1.2",
    ],
    [
      "into more shards",
      three,
      { version: "9.1.2", shards: 4 },
      "it is of 3 shards, and is restored into as many, not 4: make spec.shards 3, and then kubectl dbop reshard NAME --shards 4",
    ],
    [
      "into fewer",
      { ...three, shards: [shard] },
      { version: "9.1.2" },
      "it is of 1 shard, and is restored into as many, not 3: make spec.shards 1, and then kubectl dbop reshard NAME --shards 3",
    ],
  ])("is refused %s", (_, manifest, { version, shards }, message) => {
    expect(refusesBackup({ version, image: undefined, shards }, manifest)).toMatchObject({
      guard: "backup-usable",
      message,
    });
  });

  it("is refused when nobody says which slots are in which file", () => {
    const { shards: _, ...without } = three;
    expect(refusesBackup({ version: "9.1.2", image: undefined, shards: 3 }, without)?.message).toContain(
      "does not say which slots",
    );
  });
});
