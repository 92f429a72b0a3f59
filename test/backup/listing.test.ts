import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { storedBackups } from "../../src/backup/listing.ts";
import { renderManifest } from "../../src/backup/manifest.ts";
import { aManifest } from "../support/backup-model/a-manifest.ts";

const early = renderManifest(aManifest);
const late = renderManifest({ ...aManifest, startedAt: "2026-02-01T00:00:00Z", spec: { config: { x: "}\n{" } } });
const foreign = '{"hello": 1}';

const found = (...files: readonly (readonly [path: string, text: string])[]): string =>
  JSON.stringify(
    files.map(([Path, text]) => ({
      Path,
      Size: text.length,
      Hashes: { sha256: createHash("sha256").update(text).digest("hex") },
    })),
  );

it("knows each manifest by its hash, in whatever order they are printed, and sorts the newest first", () => {
  const listing = found(["demo/etcd/early/manifest.json", early], ["demo/etcd/late/manifest.json", late]);
  for (const printed of [early + late, late + early]) {
    const stored = storedBackups(listing, printed);
    expect(stored.map(({ path, manifest }) => [path, manifest?.startedAt])).toEqual([
      ["demo/etcd/late", "2026-02-01T00:00:00Z"],
      ["demo/etcd/early", "2026-01-01T00:00:01Z"],
    ]);
  }
});

it("shows what is no manifest of ours as such, and a copy as well as what it is a copy of", () => {
  const listing = found(["a/manifest.json", early], ["b/manifest.json", early], ["manifest.json", foreign]);
  const stored = storedBackups(listing, early + foreign + early);
  expect(stored.map(({ path, manifest }) => [path, manifest !== undefined])).toEqual([
    ["a", true],
    ["b", true],
    ["", false],
  ]);
});

it("finds nothing where nothing is", () => {
  expect(storedBackups("[\n]\n", "")).toEqual([]);
  expect(storedBackups("null", "")).toEqual([]);
});
