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
    const stored = storedBackups({ found: listing, stored: listing, manifests: printed });
    expect(stored.map(({ path, manifest }) => [path, manifest?.startedAt])).toEqual([
      ["demo/etcd/late", "2026-02-01T00:00:00Z"],
      ["demo/etcd/early", "2026-01-01T00:00:01Z"],
    ]);
  }
});

it("shows what is no manifest of ours as such, and a copy as well as what it is a copy of", () => {
  const listing = found(["a/manifest.json", early], ["b/manifest.json", early], ["manifest.json", foreign]);
  const stored = storedBackups({ found: listing, stored: listing, manifests: early + foreign + early });
  expect(stored.map(({ path, manifest }) => [path, manifest !== undefined])).toEqual([
    ["a", true],
    ["b", true],
    ["", false],
  ]);
});

it("finds nothing where nothing is", () => {
  for (const nothing of ["[\n]\n", "null"])
    expect(storedBackups({ found: nothing, stored: nothing, manifests: "" })).toEqual([]);
});

it("tells which files of a manifest are not there, or not of the size it says", () => {
  const folder = "demo/etcd/early";
  const listing = found([`${folder}/manifest.json`, early]);
  const [file] = aManifest.files;
  const amissWith = (...there: readonly { readonly Path: string; readonly Size: number }[]): unknown =>
    storedBackups({ found: listing, stored: JSON.stringify(there), manifests: early }).map(({ amiss }) => amiss);
  const whole = aManifest.files.map(({ path, bytes }) => ({ Path: `${folder}/${path}`, Size: bytes }));
  expect(amissWith(...whole)).toEqual([[]]);
  expect(amissWith(...whole.slice(1))).toEqual([[file?.path]]);
  expect(amissWith(...whole.map((one) => ({ ...one, Size: one.Size - 1 })))).toEqual([
    aManifest.files.map(({ path }) => path),
  ]);
  expect(amissWith(...whole.map((one) => ({ ...one, Path: one.Path.replace("early", "late") })))).toEqual([
    aManifest.files.map(({ path }) => path),
  ]);
});
