/** Reading parsed JSON or YAML field by field, so that a wrong type is an error that names the field instead of a surprise later. */
import { DbopError } from "../errors.ts";

/** One map of a parsed file. Absent and null fields read as empty, as Go's zero values do. */
export interface Fields {
  text(name: string): string;
  flag(name: string): boolean;
  /** Base64 decoded, one character a byte; "" when absent. */
  data(name: string): string;
  texts(name: string): readonly string[];
  child(name: string): Fields | undefined;
  children(name: string): readonly Fields[];
  names(): readonly string[];
  raw(name: string): unknown;
}

/** A view of `value`, which `path` names in errors. Throws `Usage` when it is not a map; null and undefined are an empty one. */
export function fieldsOf(value: unknown, path = ""): Fields {
  const map = value ?? {};
  if (!isMap(map)) throw wrongType(path === "" ? "the file" : path, "a map", map);
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const children = (name: string): readonly Fields[] =>
    listAt(map[name], at(name)).map((item, index) => fieldsOf(item, `${at(name)}[${String(index)}]`));
  return {
    text: (name) => textAt(map[name], at(name)),
    flag: (name) => flagAt(map[name], at(name)),
    data: (name) => dataAt(map[name], at(name)),
    texts: (name) => listAt(map[name], at(name)).map((item, index) => textAt(item, `${at(name)}[${String(index)}]`)),
    child: (name) => (map[name] === undefined || map[name] === null ? undefined : fieldsOf(map[name], at(name))),
    children,
    names: () => Object.keys(map),
    raw: (name) => map[name],
  };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textAt(value: unknown, path: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw wrongType(path, "a string", value);
  return value;
}

function flagAt(value: unknown, path: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw wrongType(path, "true or false", value);
  return value;
}

function listAt(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(path, "a list", value);
  return value;
}

function dataAt(value: unknown, path: string): string {
  const text = textAt(value, path).replace(/[\r\n]/g, "");
  // Node decodes whatever it can; Go, and so kubectl, refuses what is not base64.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new DbopError("Usage", `${path}: illegal base64 data`);
  }
  return Buffer.from(text, "base64").toString("latin1");
}

/** Names the type found, never the value: it may be a secret. */
function wrongType(path: string, expected: string, found: unknown): DbopError {
  const kind = Array.isArray(found) ? "list" : typeof found === "object" ? "map" : typeof found;
  return new DbopError("Usage", `${path}: expected ${expected}, found a ${kind}`);
}
