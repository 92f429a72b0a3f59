// npm run package [-- --targets linux_amd64,darwin_arm64] [--out FOLDER] [--dist FOLDER]: archives for every platform in release/, each the
// executable and its licences, with their checksums, a list of what is inside (SBOM), and krew-manifest/dbop.yaml. Everything comes from the
// npm registry; any machine can make all of them, but only archives for its own processor hold code that V8 need not compile again.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { tar } from "../image/tar.ts";
import { bundledPackages, thirdPartyLicenses } from "./bundled-packages.ts";
import { programBlob, writeExecutable } from "./executable.ts";
import { archiveName, krewManifest, type PackagedArchive } from "./krew-manifest.ts";
import { nodeLicense } from "./node-binary.ts";
import { pluginMetadata, pluginVersion } from "./plugin-metadata.ts";
import { executableName, hostTarget, targetName, targets, type Target } from "./targets.ts";
import { sbom } from "./sbom.ts";

const project = join(import.meta.dirname, "../..");
const { values: flags } = parseArgs({
  options: {
    targets: { type: "string", default: targets.map(targetName).join(",") },
    out: { type: "string", default: project },
    dist: { type: "string", default: join(project, "dist") },
  },
});

const release = join(flags.out, "release");
const work = mkdtempSync(join(tmpdir(), "dbop-package-"));
try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function main(): Promise<void> {
  rmSync(release, { recursive: true, force: true });
  mkdirSync(release, { recursive: true });
  const { name } = pluginMetadata();
  const archives: PackagedArchive[] = [];
  const blobs = new Map<boolean, Buffer>();
  for (const target of wanted()) {
    const own = target === hostTarget();
    const blob = blobs.get(own) ?? (await programBlob({ dist: flags.dist, work }, target));
    blobs.set(own, blob);
    const file = join(release, archiveName(name, target));
    const bytes = archive(target, await writeExecutable(blob, target, work));
    writeFileSync(file, bytes);
    archives.push({ target, sha256: createHash("sha256").update(bytes).digest("hex") });
    process.stdout.write(`${file}: ${(bytes.length / 1e6).toFixed(1)} MB\n`);
  }
  writeRelease(archives);
}

function wanted(): readonly Target[] {
  return flags.targets.split(",").map((name) => {
    const target = targets.find((one) => targetName(one) === name);
    if (target === undefined)
      throw new Error(`no such target: ${name}; there are ${targets.map(targetName).join(", ")}`);
    return target;
  });
}

/** Files at its top, no links: what Krew unpacks. */
function archive(target: Target, executable: string): Buffer {
  const licenses = thirdPartyLicenses(bundledPackages(), nodeLicense());
  const entries = [
    { path: executableName(target), content: readFileSync(executable), mode: 0o755 },
    { path: "LICENSE", content: readFileSync(join(project, "LICENSE")), mode: 0o644 },
    { path: "LICENSE-third-party", content: Buffer.from(licenses), mode: 0o644 },
  ];
  return gzipSync(tar(entries.map((entry) => ({ kind: "file", ...entry }))), { level: 9 });
}

function writeRelease(archives: readonly PackagedArchive[]): void {
  const [plugin, version] = [pluginMetadata(), pluginVersion()];
  const sums = archives.map(({ target, sha256 }) => `${sha256}  ${archiveName(plugin.name, target)}\n`);
  writeFileSync(join(release, "checksums.txt"), sums.join(""));
  writeFileSync(
    join(release, "sbom.cdx.json"),
    `${JSON.stringify(sbom(version, bundledPackages(), archives), undefined, 2)}\n`,
  );
  mkdirSync(join(flags.out, "krew-manifest"), { recursive: true });
  writeFileSync(join(flags.out, "krew-manifest", `${plugin.name}.yaml`), krewManifest(plugin, version, archives));
}
