/** Container images as an OCI image layout in one tar archive (image-spec `image-layout.md`), which container engines and registries' tools read. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { tar, type TarEntry } from "./tar.ts";

export interface OciImage {
  /** A complete reference, registry and tag included. */
  readonly reference: string;
  /** As Go names processors. */
  readonly architecture: string;
  readonly files: readonly TarEntry[];
  /** How to start a container, in the words of image-spec `config.md`. */
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Env: readonly string[];
    readonly WorkingDir: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
}

const types = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

/** A piece of content and how others point at it. */
interface Blob {
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly entry: TarEntry;
}

/** One layer. The same image makes the same bytes. `manifest.json` is for a Docker older than 25, which does not read the layout. */
export function ociArchive({ reference, architecture, files, config }: OciImage): Buffer {
  const content = tar(files);
  const layer = blob(types.layer, gzipSync(content, { level: 9 }));
  const settings = json(types.config, {
    created: "1970-01-01T00:00:00Z",
    architecture,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [digestOf(content)] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "kubectl-dbop" }],
  });
  const manifest = json(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: settings.descriptor,
    layers: [layer.descriptor],
  });
  const annotations = {
    "io.containerd.image.name": reference,
    "org.opencontainers.image.ref.name": reference.slice(reference.lastIndexOf(":") + 1),
  };
  const index = { schemaVersion: 2, mediaType: types.index, manifests: [{ ...manifest.descriptor, annotations }] };
  const forDocker = [{ Config: settings.entry.path, RepoTags: [reference], Layers: [layer.entry.path] }];
  return tar([
    text("oci-layout", { imageLayoutVersion: "1.0.0" }),
    text("index.json", index),
    text("manifest.json", forDocker),
    { kind: "folder", path: "blobs", mode: 0o755 },
    { kind: "folder", path: "blobs/sha256", mode: 0o755 },
    ...[manifest, settings, layer].map(({ entry }) => entry),
  ]);
}

function json(mediaType: string, value: unknown): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)));
}

function blob(mediaType: string, content: Buffer): Blob {
  const digest = digestOf(content);
  return {
    descriptor: { mediaType, digest, size: content.length },
    entry: { kind: "file", path: `blobs/${digest.replace(":", "/")}`, content, mode: 0o644 },
  };
}

function text(path: string, value: unknown): TarEntry {
  return { kind: "file", path, content: Buffer.from(JSON.stringify(value)), mode: 0o644 };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
