/** The manifest that Krew installs by. Its rules: krew's `internal/index/validation` and `cmd/validate-krew-manifest`. */
import { stringify } from "yaml";
import type { PluginMetadata } from "./plugin-metadata.ts";
import { executableName, targetName, type Target } from "./targets.ts";

/** An archive that lies ready for a release. */
export interface PackagedArchive {
  readonly target: Pick<Target, "os" | "arch">;
  /** Lower-case hexadecimal digits, as Krew demands. */
  readonly sha256: string;
}

export const archiveName = (name: string, target: Pick<Target, "os" | "arch">): string =>
  `${name}_${targetName(target)}.tar.gz`;

/** As YAML. The archives are those of the release `vVERSION` at the plugin's home page. */
export function krewManifest(
  { name, homepage, shortDescription, description, caveats }: PluginMetadata,
  version: string,
  archives: readonly PackagedArchive[],
): string {
  const manifest = {
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name },
    spec: {
      version: `v${version}`,
      homepage,
      shortDescription,
      description,
      caveats,
      platforms: archives.map(({ target, sha256 }) => ({
        selector: { matchLabels: { os: target.os, arch: target.arch } },
        uri: `${homepage}/releases/download/v${version}/${archiveName(name, target)}`,
        sha256,
        bin: executableName(target),
      })),
    },
  };
  return stringify(manifest, { lineWidth: 0, blockQuote: "literal" });
}
