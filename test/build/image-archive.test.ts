import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { imageArchive, type Image } from "../../build/image/archive.ts";
import { tar } from "../../build/image/tar.ts";

const image: Image = {
  tags: ["example.test/a:1", "example.test/a:latest"],
  files: [
    { kind: "folder", path: "bin", mode: 0o755 },
    { kind: "file", path: "bin/a", content: Buffer.from("a".repeat(700)), mode: 0o755 },
    { kind: "link", path: "bin/b", target: "a" },
  ],
  config: { Cmd: ["/bin/a"] },
};

function listed(archive: Buffer): string {
  return execFileSync("tar", ["-tvf", "-"], { input: archive, encoding: "utf8" });
}

describe("tar", () => {
  it("writes files, folders and links that tar itself reads", () => {
    const lines = listed(tar(image.files)).trim().split("\n");
    expect(lines.map((line) => line.split(/\s+/).slice(0, 3).join(" "))).toEqual([
      expect.stringMatching(/^drwxr-xr-x \S+ 0$/),
      expect.stringMatching(/^-rwxr-xr-x \S+ 700$/),
      expect.stringMatching(/^lrwxrwxrwx \S+ 0$/),
    ]);
    expect(lines.at(-1)).toContain("bin/b -> a");
  });

  it("refuses a path that its header cannot hold", () => {
    expect(() => tar([{ kind: "folder", path: "x".repeat(100), mode: 0o755 }])).toThrow("too long");
  });
});

describe("imageArchive", () => {
  it("names every image with all its tags in the manifest", () => {
    const archive = imageArchive([image], "amd64");
    const manifest = execFileSync("tar", ["-xOf", "-", "manifest.json"], { input: archive, encoding: "utf8" });
    expect(JSON.parse(manifest)).toEqual([
      expect.objectContaining({ RepoTags: ["example.test/a:1", "example.test/a:latest"] }),
    ]);
  });

  it("makes the same bytes of the same images", () => {
    expect(imageArchive([image], "amd64").equals(imageArchive([image], "amd64"))).toBe(true);
  });
});
