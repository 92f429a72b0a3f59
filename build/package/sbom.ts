/** What is inside the executables, as a CycloneDX 1.6 document (ECMA-424). */
import type { BundledPackage } from "./bundled-packages.ts";
import type { PackagedArchive } from "./krew-manifest.ts";
import { archiveName } from "./krew-manifest.ts";
import { nodeVersion, targetName, targets } from "./targets.ts";

/** The same release makes the same document: it has no time and no serial number. */
export function sbom(
  version: string,
  packages: readonly BundledPackage[],
  archives: readonly PackagedArchive[],
): Readonly<Record<string, unknown>> {
  const program = {
    type: "application",
    "bom-ref": "kubectl-dbop",
    name: "kubectl-dbop",
    version,
    licenses: licensed("Apache-2.0"),
  };
  const libraries = packages.map(library);
  const carriers = targets
    .filter((target) => archives.some((archive) => targetName(archive.target) === targetName(target)))
    .map(({ carrier, integrity }) => ({
      ...library({ name: carrier, version: nodeVersion, integrity, license: "MIT" }),
      type: "platform",
      description: "Node.js, as this npm package carries it",
    }));
  const refs = [...libraries, ...carriers].map((component) => component["bom-ref"]);
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { ...program, components: archives.map((archive) => archiveFile(archive)) } },
    components: [...libraries, ...carriers],
    dependencies: [{ ref: program["bom-ref"], dependsOn: [...new Set(refs)] }],
  };
}

function library({ name, version, integrity, license }: Omit<BundledPackage, "folder">) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const [, scope, short = name] = /^(@[^/]+)\/(.+)$/u.exec(name) ?? [];
  return {
    type: "library",
    "bom-ref": purl,
    ...(scope !== undefined && { group: scope }),
    name: short,
    version,
    purl,
    licenses: licensed(license),
    hashes: [{ alg: "SHA-512", content: Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex") }],
  };
}

function archiveFile({ target, sha256 }: PackagedArchive) {
  const name = archiveName("dbop", target);
  return { type: "file", "bom-ref": name, name, hashes: [{ alg: "SHA-256", content: sha256 }] };
}

function licensed(expression: string): readonly unknown[] {
  return [{ license: { id: expression } }];
}
