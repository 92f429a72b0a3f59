/** Machine-readable output: JSON and YAML of plain objects, and `TYPE/name` lines. */
import { describeObject, type KubeObject } from "../kube/objects.ts";

/** What `-o` may ask for; each verb says which of them it knows. */
export type OutputFormat = "table" | "wide" | "json" | "yaml" | "name" | "scorecard" | "junit";

/** Whether stdout must hold one document and nothing else. */
export function isStructured(format: OutputFormat): format is "json" | "yaml" {
  return format === "json" || format === "yaml";
}

/** One document, ending with a newline: indented by four like kubectl's JSON, or YAML without line folding. */
export async function structured(format: "json" | "yaml", value: unknown): Promise<string> {
  if (format === "json") return `${JSON.stringify(value, undefined, 4)}\n`;
  // JSON first: what JSON drops (undefined) must not appear as YAML's null.
  const { stringify } = await import("yaml");
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return stringify(plain, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** kubectl's envelope for several objects. */
export function listOf(items: readonly unknown[]): unknown {
  return { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items };
}

/** `databasecluster.dbop.dev/demo`, one line each. */
export function names(objects: readonly KubeObject[]): string {
  return objects.map((object) => `${describeObject(object)}\n`).join("");
}
