/** Which npm packages are inside the program: those of package-lock.json that running it takes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const project = join(import.meta.dirname, "../..");

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As in package-lock.json: `sha512-…` in base64. */
  readonly integrity: string;
  /** An SPDX expression. */
  readonly license: string;
  /** Its folder. */
  readonly folder: string;
}

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** Sorted by name. What is optional is the Node that builds and tests run on, not the one in the archives. */
export function bundledPackages(): readonly BundledPackage[] {
  const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockEntry>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional }]) => path !== "" && dev !== true && optional !== true)
    .filter(([path]) => !isTypesOnly(path))
    .map(([path, entry]) => ({
      name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      version: entry.version ?? "",
      integrity: entry.integrity ?? "",
      license: entry.license ?? "",
      folder: join(project, path),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function isTypesOnly(path: string): boolean {
  return path.includes("node_modules/@types/") || path.endsWith("node_modules/undici-types");
}

/** The licences of all that is in the executable beside our own code, as one text. */
export function thirdPartyLicenses(packages: readonly BundledPackage[], ofNode: string): string {
  const parts = packages.map((one) => `${one.name} ${one.version} (${one.license})\n\n${licenseText(one)}`);
  const rule = `\n${"=".repeat(80)}\n\n`;
  return ["kubectl-dbop contains the following software.\n", ...parts, `Node.js\n\n${ofNode}`].join(rule);
}

function licenseText({ folder, license }: BundledPackage): string {
  if (!existsSync(folder)) throw new Error(`${folder} is not there: npm ci installs it`);
  const file = readdirSync(folder).find((name) => /^licen[cs]e/iu.test(name));
  return file === undefined
    ? `Its package names ${license} and has no text of it.\n`
    : readFileSync(join(folder, file), "utf8");
}
