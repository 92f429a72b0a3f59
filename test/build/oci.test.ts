import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ociArchive, type OciImage } from "../../build/image/oci.ts";

const image: OciImage = {
  reference: "registry.example/a/b:1.2",
  architecture: "amd64",
  files: [{ kind: "file", path: "bin/a", content: Buffer.from("a".repeat(700)), mode: 0o755 }],
  config: { User: "10001:10001", Entrypoint: ["/bin/a"], Env: [], WorkingDir: "/tmp", Labels: {} },
};

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: unknown;
}

function read(archive: Buffer, path: string): Buffer {
  return execFileSync("tar", ["-xOf", "-", path], { input: archive });
}

/** Follows a descriptor as image-spec demands: the content must have its size and its hash. */
function follow(archive: Buffer, { digest, size }: Descriptor): Buffer {
  const content = read(archive, `blobs/${digest.replace(":", "/")}`);
  expect(content.length).toBe(size);
  expect(`sha256:${createHash("sha256").update(content).digest("hex")}`).toBe(digest);
  return content;
}

const parsed = (bytes: Buffer): Record<string, unknown> => JSON.parse(bytes.toString()) as Record<string, unknown>;

describe("ociArchive", () => {
  const archive = ociArchive(image);
  const [entry] = parsed(read(archive, "index.json"))["manifests"] as Descriptor[];
  const manifest = parsed(follow(archive, entry ?? { digest: "", size: 0 })) as unknown as {
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
  };

  it("is a layout whose every descriptor fits what it points at", () => {
    expect(parsed(read(archive, "oci-layout"))).toEqual({ imageLayoutVersion: "1.0.0" });
    const config = parsed(follow(archive, manifest.config));
    expect(config).toMatchObject({ architecture: "amd64", os: "linux", config: image.config });
    const [layer] = manifest.layers;
    const content = gunzipSync(follow(archive, layer ?? { digest: "", size: 0 }));
    expect(config["rootfs"]).toEqual({
      type: "layers",
      diff_ids: [`sha256:${createHash("sha256").update(content).digest("hex")}`],
    });
    expect(execFileSync("tar", ["-xOf", "-", "bin/a"], { input: content, encoding: "utf8" })).toBe("a".repeat(700));
  });

  it("is named, for containerd and for an older Docker", () => {
    expect(entry?.annotations).toEqual({
      "io.containerd.image.name": image.reference,
      "org.opencontainers.image.ref.name": "1.2",
    });
    const [forDocker] = JSON.parse(read(archive, "manifest.json").toString()) as Record<string, unknown>[];
    expect(forDocker).toMatchObject({ RepoTags: [image.reference] });
  });

  it("is the same for the same image", () => {
    expect(ociArchive(image).equals(archive)).toBe(true);
  });
});
