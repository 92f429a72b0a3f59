/** The manifest that Krew installs by. Its rules: krew's `internal/index/validation` and `cmd/validate-krew-manifest`. */
import { stringify } from "yaml";
import type { PluginMetadata } from "./plugin-metadata.ts";
import { executableName, targetName, targets, type Target } from "./targets.ts";

/** An archive that lies ready for a release. */
export interface PackagedArchive {
  readonly target: Pick<Target, "os" | "arch">;
  /** Lower-case hexadecimal digits, as Krew demands. */
  readonly sha256: string;
}

export const archiveName = (name: string, target: Pick<Target, "os" | "arch">): string =>
  `${name}_${targetName(target)}.tar.gz`;

interface Platform {
  readonly target: Pick<Target, "os" | "arch">;
  readonly uri: string;
  readonly sha256: string;
}

/** As YAML. The archives are those of the release `vVERSION` at the plugin's home page. */
export function krewManifest(plugin: PluginMetadata, version: string, archives: readonly PackagedArchive[]): string {
  const tag = `v${version}`;
  return rendered(
    plugin,
    tag,
    archives.map(({ target, sha256 }) => ({ target, uri: archiveUri(plugin, tag, target), sha256 })),
  );
}

/** The same as a template for krew-release-bot, which fills in the tag of a release and the checksums of its archives. */
export function krewBotTemplate(plugin: PluginMetadata): string {
  const tag = "{{ .TagName }}";
  const platforms = targets.map((target) => ({ target, uri: archiveUri(plugin, tag, target), sha256: "" }));
  return rendered(plugin, tag, platforms)
    .replace(`version: "${tag}"`, `version: ${tag}`)
    .replaceAll(/uri: (.+)\n +sha256: ""/gu, (_, uri: string) => `{{addURIAndSha "${uri}" .TagName }}`);
}

function archiveUri({ name, homepage }: PluginMetadata, tag: string, target: PackagedArchive["target"]): string {
  return `${homepage}/releases/download/${tag}/${archiveName(name, target)}`;
}

function rendered(plugin: PluginMetadata, version: string, platforms: readonly Platform[]): string {
  const { name, homepage, shortDescription, description, caveats } = plugin;
  const manifest = {
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name },
    spec: {
      version,
      homepage,
      shortDescription,
      description,
      caveats,
      platforms: platforms.map(({ target, uri, sha256 }) => ({
        selector: { matchLabels: { os: target.os, arch: target.arch } },
        uri,
        sha256,
        bin: executableName(target),
      })),
    },
  };
  return stringify(manifest, { lineWidth: 0, blockQuote: "literal", indentSeq: false });
}
