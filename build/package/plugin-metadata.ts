/** plugin.yaml: the one source of what the plugin is called and says of itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const project = join(import.meta.dirname, "../..");

export interface PluginMetadata {
  readonly name: string;
  readonly homepage: string;
  readonly shortDescription: string;
  readonly description: string;
  readonly caveats: string;
}

/** Throws when a field is missing, or when there is one that nobody reads. */
export function pluginMetadata(text = readFileSync(join(project, "plugin.yaml"), "utf8")): PluginMetadata {
  const parsed: unknown = parse(text);
  const given = new Map(Object.entries(parsed ?? {}));
  const read = (field: string): string => {
    const value: unknown = given.get(field);
    given.delete(field);
    if (typeof value !== "string" || value === "") throw new Error(`plugin.yaml: ${field} is not set`);
    return value;
  };
  const [name, homepage] = [read("name"), read("homepage")];
  const [shortDescription, description, caveats] = [read("shortDescription"), read("description"), read("caveats")];
  if (given.size > 0) throw new Error(`plugin.yaml: nothing reads ${[...given.keys()].join(", ")}`);
  return { name, homepage, shortDescription, description, caveats };
}

/** Of package.json: of the program, its archives and its image. */
export function pluginVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  if (typeof parsed !== "object" || parsed === null || !("version" in parsed) || typeof parsed.version !== "string")
    throw new Error("package.json names no version");
  return parsed.version;
}
