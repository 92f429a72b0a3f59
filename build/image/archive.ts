import { createHash } from "node:crypto";
import { tar, type TarEntry } from "./tar.ts";

/** A container image of one layer. */
export interface Image {
  /** Complete references, registry and tag included. */
  readonly tags: readonly string[];
  readonly files: readonly TarEntry[];
  readonly config: ImageConfig;
}

/** The part of Docker's image configuration that says how to start a container. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
}

/**
 * The images as one archive in the format of `docker save`, which `docker load` and `ctr images import` read.
 * The same images make the same bytes.
 */
export function imageArchive(images: readonly Image[], architecture: string): Buffer {
  const parts = images.map((image) => archived(image, architecture));
  const manifest = parts.map((part) => part.manifest);
  return tar([...parts.flatMap((part) => part.entries), file("manifest.json", Buffer.from(JSON.stringify(manifest)))]);
}

function archived(image: Image, architecture: string): { manifest: object; entries: TarEntry[] } {
  const layer = tar(image.files);
  const layerDigest = sha256(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: "linux",
      created: "1970-01-01T00:00:00Z",
      config: image.config,
      rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
      history: [{ created: "1970-01-01T00:00:00Z", created_by: "kubectl-dbop" }],
    }),
  );
  const [configPath, layerPath] = [`${sha256(config)}.json`, `${layerDigest}.tar`];
  return {
    manifest: { Config: configPath, RepoTags: image.tags, Layers: [layerPath] },
    entries: [file(configPath, config), file(layerPath, layer)],
  };
}

function file(path: string, content: Buffer): TarEntry {
  return { kind: "file", path, content, mode: 0o644 };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
