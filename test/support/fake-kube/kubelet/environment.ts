/** The environment and command line of a container, as the kubelet makes them (https://kubernetes.io/docs/tasks/inject-data-application/). */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, listOf, textOf, type Fields } from "../json.ts";
import type { World } from "../world.ts";
import { fieldValue, MissingReference, valuesOf, type Source, type Values } from "./references.ts";

/** Throws `MissingReference`. */
export function environmentOf(world: World, pod: KubeObject, container: Fields): Values {
  const env: Record<string, string> = {};
  for (const source of listOf(container["envFrom"]).map(fieldsOf)) Object.assign(env, allOf(world, pod, source));
  for (const variable of listOf(container["env"]).map(fieldsOf)) {
    const value = variable["valueFrom"] === undefined ? textOf(variable["value"]) : referred(world, pod, variable);
    if (value !== undefined) env[String(variable["name"])] = expand(value, env);
  }
  return env;
}

/** `command` and `args`. */
export const argvOf = (container: Fields, env: Values): readonly string[] =>
  [...listOf(container["command"]), ...listOf(container["args"])].map((word) => expand(String(word), env));

/** `$(NAME)` of a known variable; `$$` is a dollar sign; anything else stays. */
function expand(text: string, env: Values): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (found, name: string | undefined) =>
    name === undefined ? "$" : (env[name] ?? found),
  );
}

function allOf(world: World, pod: KubeObject, source: Fields): Values {
  const kind: Source = source["secretRef"] === undefined ? "configMap" : "secret";
  const values = valuesOf(world, kind, target(pod, source[`${kind}Ref`]));
  const prefix = textOf(source["prefix"]) ?? "";
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
}

function referred(world: World, pod: KubeObject, variable: Fields): string | undefined {
  const from = fieldsOf(variable["valueFrom"]);
  const path = textOf(at(from, "fieldRef", "fieldPath"));
  if (path !== undefined) return fieldValue(pod, path);
  const source: Source | undefined =
    from["secretKeyRef"] !== undefined ? "secret" : from["configMapKeyRef"] !== undefined ? "configMap" : undefined;
  if (source === undefined) throw new Error(`the fake's kubelet can't resolve ${JSON.stringify(from)}`);
  return keyOf(world, pod, { source, reference: fieldsOf(from[`${source}KeyRef`]) });
}

function keyOf(
  world: World,
  pod: KubeObject,
  { source, reference }: { readonly source: Source; readonly reference: Fields },
): string | undefined {
  const { name, namespace, optional } = target(pod, reference);
  const key = String(reference["key"]);
  const value = valuesOf(world, source, { name, namespace, optional })[key];
  if (value !== undefined || optional) return value;
  const kind = source === "secret" ? "Secret" : "ConfigMap";
  throw new MissingReference(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
}

function target(
  { metadata }: KubeObject,
  reference: unknown,
): { readonly namespace: string; readonly name: string; readonly optional: boolean } {
  const { name, optional } = fieldsOf(reference);
  return { namespace: metadata.namespace ?? "", name: String(name), optional: optional === true };
}
