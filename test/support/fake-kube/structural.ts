/** Structural schemas of CRDs: unknown fields, types, bounds and defaults. Not CEL: for rules give the fake a validator. */
import { copyOf, fieldsOf, isFields, listOf, numberOf, textOf, type Fields } from "./json.ts";

/** Paths of fields that the schema does not know: `spec.sise`. */
export function unknownFields(value: unknown, schema: Fields, path = ""): string[] {
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) return [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => unknownFields(item, fieldsOf(schema["items"]), `${path}[${i}]`));
  if (!isFields(value) || schema["type"] !== "object") return [];
  const properties = fieldsOf(schema["properties"]);
  return Object.entries(value).flatMap(([name, member]) => {
    const here = path === "" ? name : `${path}.${name}`;
    if (path === "" && ["apiVersion", "kind", "metadata"].includes(name)) return [];
    const child = properties[name] ?? schema["additionalProperties"];
    if (child === true) return [];
    return isFields(child) ? unknownFields(member, child, here) : [here];
  });
}

/** `value` with the schema's defaults in it. */
export function withDefaults(value: unknown, schema: Fields): unknown {
  if (Array.isArray(value)) return value.map((item) => withDefaults(item, fieldsOf(schema["items"])));
  if (!isFields(value)) return value;
  const completed: Fields = { ...value };
  for (const [name, child] of Object.entries(fieldsOf(schema["properties"]))) {
    const fallback = fieldsOf(child)["default"];
    if (completed[name] === undefined && fallback !== undefined) completed[name] = copyOf(fallback);
    if (completed[name] !== undefined) completed[name] = withDefaults(completed[name], fieldsOf(child));
  }
  return completed;
}

/** Every violation: `spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1`. */
export function violations(value: unknown, schema: Fields, path = ""): string[] {
  const problem = (text: string): string => `${path === "" ? "<nil>" : path}: ${text}`;
  if (!hasType(value, schema)) return [problem(wrongType(value, schema, path))];
  const bounds = boundsOf(value, schema).map((text) =>
    problem(`Invalid value: ${JSON.stringify(value)}: ${path} in body ${text}`),
  );
  const allowed = listOf(schema["enum"]);
  const choices = allowed.map((one) => JSON.stringify(one)).join(", ");
  const chosen =
    allowed.length === 0 || allowed.includes(value)
      ? []
      : [problem(`Unsupported value: ${JSON.stringify(value)}: supported values: ${choices}`)];
  if (Array.isArray(value))
    return [...bounds, ...value.flatMap((item, i) => violations(item, fieldsOf(schema["items"]), `${path}[${i}]`))];
  return [...bounds, ...chosen, ...(isFields(value) ? memberViolations(value, schema, path) : [])];
}

function memberViolations(value: Fields, schema: Fields, path: string): string[] {
  const inner = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const missing = listOf(schema["required"])
    .map(String)
    .filter((name) => value[name] === undefined)
    .map((name) => `${inner(name)}: Required value`);
  const properties = fieldsOf(schema["properties"]);
  const wrong = Object.entries(value)
    .filter(([name]) => path !== "" || !["apiVersion", "kind", "metadata"].includes(name))
    .flatMap(([name, member]) =>
      violations(member, fieldsOf(properties[name] ?? schema["additionalProperties"]), inner(name)),
    );
  return [...missing, ...wrong];
}

function hasType(value: unknown, schema: Fields): boolean {
  if (schema["x-kubernetes-int-or-string"] === true) return typeof value === "string" || Number.isInteger(value);
  switch (schema["type"]) {
    case "object":
      return isFields(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
    case "string":
    case "boolean":
      return typeof value === schema["type"];
    default:
      return true;
  }
}

function wrongType(value: unknown, schema: Fields, path: string): string {
  const found =
    value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  return `Invalid value: ${JSON.stringify(found)}: ${path} in body must be of type ${String(schema["type"])}: ${JSON.stringify(found)}`;
}

function boundsOf(value: unknown, schema: Fields): string[] {
  const limit = (name: string): number | undefined => numberOf(schema[name]);
  const size =
    typeof value === "string" || Array.isArray(value) ? value.length : isFields(value) ? Object.keys(value).length : 0;
  const sizes =
    typeof value === "string"
      ? ["minLength", "maxLength"]
      : Array.isArray(value)
        ? ["minItems", "maxItems"]
        : ["minProperties", "maxProperties"];
  const [least, most] = [limit(sizes[0] ?? ""), limit(sizes[1] ?? "")];
  const amount = typeof value === "number" ? value : undefined;
  const pattern = textOf(schema["pattern"]);
  const [minimum, maximum] = [limit("minimum"), limit("maximum")];
  return [
    typeof value !== "number" && least !== undefined && size < least && `should be at least ${least} long`,
    typeof value !== "number" && most !== undefined && size > most && `may not be more than ${most} long`,
    amount !== undefined &&
      minimum !== undefined &&
      amount < minimum &&
      `should be greater than or equal to ${minimum}`,
    amount !== undefined && maximum !== undefined && amount > maximum && `should be less than or equal to ${maximum}`,
    typeof value === "string" &&
      pattern !== undefined &&
      !new RegExp(pattern, "u").test(value) &&
      `should match '${pattern}'`,
  ].filter((text) => text !== false);
}
