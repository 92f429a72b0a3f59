/** Laying a partial object over a whole one, and taking single fields out again. */
import { equal, fieldsOf, isFields, listOf, type Fields } from "./json.ts";
import { itemElement } from "./field-set.ts";
import type { Shapes } from "./shapes.ts";

/** `intent` over `live`: granular maps and keyed lists member by member, everything else whole. */
export function merge(live: unknown, intent: unknown, shapes: Shapes, names: readonly string[] = []): unknown {
  const shape = shapes(names);
  if (isFields(live) && isFields(intent) && shape !== "atomic") {
    const merged: Fields = { ...live };
    for (const [name, member] of Object.entries(intent))
      merged[name] = merge(live[name], member, shapes, [...names, name]);
    return merged;
  }
  if (!Array.isArray(live) || !Array.isArray(intent) || shape === "atomic" || shape === "granular") return intent;
  if (shape === "set")
    return [...listOf(live), ...listOf(intent).filter((item) => !live.some((other) => equal(item, other)))];
  return mergeKeyed(
    listOf(live).map(fieldsOf),
    listOf(intent).map(fieldsOf),
    (item) => itemElement(item, shape.keys),
    (a, b) => merge(a, b, shapes, names),
  );
}

function mergeKeyed(
  live: readonly Fields[],
  intent: readonly Fields[],
  keyOf: (item: Fields) => string,
  mergeItem: (live: unknown, intent: unknown) => unknown,
): unknown[] {
  const wanted = new Map(intent.map((item) => [keyOf(item), item]));
  const kept = live.map((item) => {
    const over = wanted.get(keyOf(item));
    return over === undefined ? item : mergeItem(item, over);
  });
  const known = new Set(live.map(keyOf));
  return [...kept, ...intent.filter((item) => !known.has(keyOf(item)))];
}

/** `value` without what `path` names; a map or list that is left empty goes too. */
export function without(
  value: unknown,
  path: readonly string[],
  shapes: Shapes,
  names: readonly string[] = [],
): unknown {
  const [element, ...rest] = path;
  if (element === undefined) return undefined;
  if (element.startsWith("f:")) return withoutField(value, element.slice(2), rest, shapes, names);
  if (!Array.isArray(value)) return value;
  const shape = shapes(names);
  const isIt = (item: unknown): boolean =>
    element.startsWith("v:")
      ? JSON.stringify(item) === element.slice(2)
      : typeof shape === "object" && itemElement(fieldsOf(item), shape.keys) === element;
  const items = listOf(value).flatMap((item) => {
    if (!isIt(item)) return [item];
    const left = without(item, rest, shapes, names);
    return left === undefined ? [] : [left];
  });
  return items.length === 0 ? undefined : items;
}

function withoutField(
  value: unknown,
  name: string,
  rest: readonly string[],
  shapes: Shapes,
  names: readonly string[],
): unknown {
  if (!isFields(value) || value[name] === undefined) return value;
  const { [name]: member, ...others } = value;
  const left = without(member, rest, shapes, [...names, name]);
  if (left !== undefined) return { ...value, [name]: left };
  return Object.keys(others).length === 0 && names.length > 0 ? undefined : others;
}
