/** The 24 points of Krew: what `krew install` and the index demand of a plugin. Each point is one `describe`, by its number. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { krewBotTemplate } from "../../build/package/krew-manifest.ts";
import { hostTarget, targetName, targets } from "../../build/package/targets.ts";
import { install, knownPlatforms, matching, type KrewManifest } from "../support/package/krew.ts";
import { archiveOf, plugin, version, wholeManifest } from "../support/package/packages.ts";
import { archiveEntries, type ArchiveEntry } from "../support/package/unpacked.ts";

const project = join(import.meta.dirname, "../..");
const host = hostTarget();
let text = "";
let manifest: KrewManifest;
const entries = new Map<string, readonly ArchiveEntry[]>();
let root = "";

beforeAll(() => {
  ({ text, manifest } = wholeManifest());
  for (const target of targets) entries.set(targetName(target), archiveEntries(archiveOf(target)));
  root = mkdtempSync(join(tmpdir(), "dbop-krew-"));
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const names = targets.map(targetName);
const entriesOf = (name: string): readonly ArchiveEntry[] => entries.get(name) ?? [];

describe("the manifest", () => {
  it("1: lies in dbop.yaml, which is the plugin's name", () => {
    expect(existsSync(join(inject("packages").own, "krew-manifest/dbop.yaml"))).toBe(true);
    expect(manifest.metadata.name).toBe("dbop");
  });

  it("2: is a Plugin of Krew's API", () => {
    expect(manifest).toMatchObject({ apiVersion: "krew.googlecontainertools.github.com/v1alpha2", kind: "Plugin" });
  });

  it("3: has a name that Krew and its index take", () => {
    expect(plugin.name).toMatch(/^[\w-]+$/u);
    expect(plugin.name).toBe(plugin.name.toLowerCase());
    expect(plugin.name).not.toMatch(/^(kube|kubectl)-/u);
    expect(plugin.name).not.toMatch(/^(con|prn|aux|nul|(com|lpt)[0-9])$/u);
  });

  it("4: has the version that the program tells", () => {
    expect(manifest.spec.version).toMatch(/^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[\w.-]+)?$/u);
    const link = install(manifest, archiveOf(host), { root: join(root, "4"), ...host });
    expect(execFileSync(link, ["version", "--client"], { encoding: "utf8" })).toContain(
      `Client Version: ${manifest.spec.version}\n`,
    );
  });

  it("5: has a short description in one line of at most 50 characters", () => {
    expect(manifest.spec.shortDescription).toMatch(/^[^\r\n]{1,50}$/u);
  });

  it("6: has a description of 80 columns without commands to type, and a home page", () => {
    const { description, caveats, homepage } = manifest.spec;
    expect([...description.split("\n"), ...caveats.split("\n")].filter((line) => line.length > 80)).toEqual([]);
    expect(description).not.toMatch(/kubectl dbop|krew install/u);
    expect(homepage).toMatch(/^https:\/\//u);
  });

  it("7: has platforms, each with all that Krew asks for", () => {
    expect(manifest.spec.platforms).toHaveLength(targets.length);
    for (const platform of manifest.spec.platforms) {
      expect(Object.keys(platform.selector.matchLabels).toSorted()).toEqual(["arch", "os"]);
      expect(platform.uri).toMatch(/^https:\/\/.+\.tar\.gz$/u);
      expect(platform.bin).not.toBe("");
    }
  });

  it("8: has checksums in lower-case hexadecimal digits", () => {
    for (const { sha256 } of manifest.spec.platforms) expect(sha256).toMatch(/^[a-f0-9]{64}$/u);
  });

  it("9: matches no pair twice, and none that Krew does not know", () => {
    const found = knownPlatforms.map(([os, arch]) => [os, arch, matching(manifest, os, arch).length]);
    const expected = knownPlatforms.map(([os, arch]) => [os, arch, names.includes(`${os}_${arch}`) ? 1 : 0]);
    expect(found).toEqual(expected);
  });

  it("10: leaves the files to Krew's default, and its program lies at the top of the archive", () => {
    for (const platform of manifest.spec.platforms) {
      expect(platform).not.toHaveProperty("files");
      const { os = "", arch = "" } = platform.selector.matchLabels;
      expect(entriesOf(`${os}_${arch}`).map(({ path }) => path)).toContain(platform.bin);
    }
  });
});

describe.each(names)("the archive of %s", (name) => {
  it("11: is a gzip-compressed tar by content", () => {
    const target = targets.find((one) => targetName(one) === name) ?? host;
    expect(archiveOf(target).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(entriesOf(name).length).toBeGreaterThan(0);
  });

  it("12: holds files and folders only, no links", () => {
    expect(entriesOf(name).filter(({ type }) => type !== "0" && type !== "5")).toEqual([]);
  });

  it("13: has no path that is absolute or goes up", () => {
    expect(entriesOf(name).filter(({ path }) => path.startsWith("/") || path.includes(".."))).toEqual([]);
  });

  it("14: has an executable that everybody may run", () => {
    expect(entriesOf(name).find(({ path }) => path.startsWith("kubectl-dbop"))?.mode).toBe(0o755);
  });

  it("15: has our licence and those of what is inside", () => {
    const content = (wanted: string): string =>
      entriesOf(name)
        .find(({ path }) => path === wanted)
        ?.content.toString() ?? "";
    expect(content("LICENSE")).toBe(readFileSync(join(project, "LICENSE"), "utf8"));
    for (const inside of ["Node.js", "commander", "ws", "yaml"])
      expect(content("LICENSE-third-party")).toContain(inside);
  });

  it("16: has an executable that ends in .exe on Windows only", () => {
    const program = entriesOf(name).find(({ path }) => path.startsWith("kubectl-dbop"))?.path;
    expect(program).toBe(name.startsWith("windows") ? "kubectl-dbop.exe" : "kubectl-dbop");
  });

  it("17: is installed by Krew's own steps", () => {
    const target = targets.find((one) => targetName(one) === name) ?? host;
    const link = install(manifest, archiveOf(target), { root: join(root, name), ...target });
    expect(statSync(link).mode & 0o777).toBe(0o755);
  });
});

describe("what Krew refuses, the extractor refuses", () => {
  it("17: another checksum", () => {
    const other = {
      ...manifest,
      spec: { ...manifest.spec, platforms: manifest.spec.platforms.map((one) => ({ ...one, sha256: "0".repeat(64) })) },
    };
    expect(() => install(other, archiveOf(host), { root: join(root, "refused"), ...host })).toThrow("checksum");
  });

  it("17: another platform", () => {
    expect(() => install(manifest, archiveOf(host), { root, os: "linux", arch: "386" })).toThrow("no platform");
  });
});

describe("the installed plugin", () => {
  it("18, 19, 21: runs through Krew's link with nothing around it, and writes nothing", () => {
    const link = install(manifest, archiveOf(host), { root: join(root, "18"), ...host });
    const store = join(root, "18", "store");
    const before = execFileSync("find", [store, "-type", "f"], { encoding: "utf8" });
    execFileSync("chmod", ["-R", "a-w", store]);
    try {
      expect(execFileSync(link, ["--help"], { encoding: "utf8", env: {} })).toContain("kubectl dbop install");
      expect(execFileSync(link, ["scale", "--help"], { encoding: "utf8", env: {} })).toContain("kubectl dbop scale");
    } finally {
      execFileSync("chmod", ["-R", "u+w", store]);
    }
    expect(execFileSync("find", [store, "-type", "f"], { encoding: "utf8" })).toBe(before);
  });

  it("20: prints completion itself, and the caveats say so", () => {
    const link = install(manifest, archiveOf(host), { root: join(root, "20"), ...host });
    expect(execFileSync(link, ["completion", "bash"], { encoding: "utf8", env: {} })).toContain("complete ");
    expect(manifest.spec.caveats).toContain("kubectl dbop completion");
  });
});

describe("the release", () => {
  it("22: has a template for krew-release-bot that says what the manifest says", () => {
    const template = readFileSync(join(project, ".krew.yaml"), "utf8");
    expect(template).toBe(krewBotTemplate(plugin));
    const filled = template
      .replaceAll(/\{\{ ?addURIAndSha "([^"]+)" \.TagName ?\}\}/gu, (_, uri: string) => {
        const sum = manifest.spec.platforms.find((one) => one.uri === uri.replaceAll("{{ .TagName }}", `v${version}`));
        return `uri: ${sum?.uri ?? ""}\n    sha256: ${sum?.sha256 ?? ""}`;
      })
      .replaceAll("{{ .TagName }}", `v${version}`);
    expect(filled).toBe(text);
  });

  it("23: does not depend on the index, which may take long: the manifest is a file of the release", () => {
    expect(readFileSync(join(project, ".github/workflows/release.yaml"), "utf8")).toContain("krew-manifest/dbop.yaml");
    expect(readFileSync(join(project, "LICENSE"), "utf8")).toContain("Apache License");
  });

  it("24: brings trust of its own: checksums of all archives, and provenance", () => {
    const { own } = inject("packages");
    const checksums = readFileSync(join(own, "release/checksums.txt"), "utf8");
    expect(
      execFileSync("sha256sum", ["--check", "--strict"], {
        cwd: join(own, "release"),
        input: checksums,
        encoding: "utf8",
      }),
    ).toContain(`dbop_${targetName(host)}.tar.gz: OK`);
    expect(readFileSync(join(project, ".github/workflows/release.yaml"), "utf8")).toContain("attest-build-provenance");
  });
});
