/** What a pod's spec refers to: Secrets, ConfigMaps, and the pod's own fields. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, textOf, type Fields } from "../json.ts";
import { configMapType, secretType } from "../types.ts";
import type { World } from "../world.ts";

/** Something referred to is not there: the kubelet waits for it. In its words. */
export class MissingReference extends Error {
  override readonly name = "MissingReference";
}

export type Source = "secret" | "configMap";
export type Values = Readonly<Record<string, string>>;

/** The values of a Secret, decoded, or of a ConfigMap. Absent: none when it is `optional`, else throws `MissingReference`. */
export function valuesOf(
  { server }: World,
  source: Source,
  {
    namespace = "",
    name,
    optional,
  }: { readonly namespace?: string; readonly name: string; readonly optional: boolean },
): Values {
  const object = server.store.read({ type: source === "secret" ? secretType : configMapType, namespace, name });
  if (object === undefined && !optional)
    throw new MissingReference(`${source.toLowerCase()} ${JSON.stringify(name)} not found`);
  const decode = (value: unknown): string =>
    source === "secret" ? Buffer.from(String(value), "base64").toString() : String(value);
  return Object.fromEntries(Object.entries(fieldsOf(object?.["data"])).map(([key, value]) => [key, decode(value)]));
}

/** The text of a `fieldRef`: one label or annotation, all of them line by line, or a plain field. */
export function fieldValue(pod: KubeObject, path: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (map !== undefined && key !== undefined) return textOf(fieldsOf(at(pod, "metadata", map))[key]) ?? "";
  const value = at(pod, ...path.split("."));
  return typeof value === "object" ? lines(fieldsOf(value)) : (textOf(value) ?? "");
}

const lines = (map: Fields): string =>
  Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}\n`)
    .join("");
