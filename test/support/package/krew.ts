/**
 * Krew as far as it handles one plugin: the rules of `internal/index/validation/validate.go`, `internal/download/downloader.go`,
 * `internal/installation/{install,move,platform}.go` and `cmd/validate-krew-manifest`, each with its point in docs/krew.md.
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { archiveEntries } from "./unpacked.ts";

export interface KrewPlatform {
  readonly uri: string;
  readonly sha256: string;
  readonly bin: string;
  readonly files?: readonly { readonly from: string; readonly to: string }[];
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
}

export interface KrewManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly version: string;
    readonly homepage: string;
    readonly shortDescription: string;
    readonly description: string;
    readonly caveats: string;
    readonly platforms: readonly KrewPlatform[];
  };
}

/** The pairs that `validate-krew-manifest` knows. */
export const knownPlatforms: readonly (readonly [os: string, arch: string])[] = [
  ...["amd64", "arm64", "arm", "386", "ppc64le"].map((arch) => ["linux", arch] as const),
  ...["amd64", "arm64", "386"].map((arch) => ["darwin", arch] as const),
  ...["amd64", "arm64", "386"].map((arch) => ["windows", arch] as const),
];

export function readManifest(text: string): KrewManifest {
  return parse(text) as KrewManifest;
}

export function matching(manifest: KrewManifest, os: string, arch: string): readonly KrewPlatform[] {
  return manifest.spec.platforms.filter(({ selector: { matchLabels } }) =>
    Object.entries(matchLabels).every(([key, value]) => (key === "os" ? os : arch) === value),
  );
}

/**
 * `kubectl krew install --manifest --archive` below `root`: checks the sum, unpacks, links the one executable. Returns the link. Throws
 * where Krew would refuse.
 */
export function install(manifest: KrewManifest, archive: Buffer, { root, os, arch }: Place): string {
  const [platform] = matching(manifest, os, arch);
  if (platform === undefined) throw new Error(`no platform for ${os}/${arch}`);
  if (!/^[a-f0-9]{64}$/u.test(platform.sha256)) throw new Error("sha256 is not 64 lower-case hexadecimal digits");
  if (createHash("sha256").update(archive).digest("hex") !== platform.sha256)
    throw new Error("checksum does not match");
  const store = join(root, "store", manifest.metadata.name, manifest.spec.version);
  unpack(archive, store);
  mkdirSync(join(root, "bin"), { recursive: true });
  const link = join(
    root,
    "bin",
    `kubectl-${manifest.metadata.name.replaceAll("-", "_")}${os === "windows" ? ".exe" : ""}`,
  );
  symlinkSync(join(store, platform.bin), link);
  return link;
}

export interface Place {
  readonly root: string;
  readonly os: string;
  readonly arch: string;
}

function unpack(archive: Buffer, store: string): void {
  for (const { path, type, mode, content } of archiveEntries(archive)) {
    if (path.startsWith("/") || path.includes("..")) throw new Error(`suspicious path ${path}`);
    if (type !== "0" && type !== "5") throw new Error(`${path} is neither a file nor a folder`);
    const file = join(store, path);
    mkdirSync(type === "5" ? file : dirname(file), { recursive: true });
    if (type === "5") continue;
    writeFileSync(file, content);
    chmodSync(file, mode);
  }
}
