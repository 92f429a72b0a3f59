/** Server-side apply: an intent over a live object, with the ownership of every field. */
import { applyConflict } from "./api-errors.ts";
import { leavesOf, printPath, type FieldSet } from "./field-set.ts";
import { at, equal, fieldsOf, put, type Draft, type Fields } from "./json.ts";
import { ownershipsOf, sameManager, type Manager, type Ownership } from "./managed-fields.ts";
import { merge, without } from "./merge.ts";
import type { Shapes } from "./shapes.ts";

export interface Applied {
  /** The merged object, still to be completed and checked. */
  readonly merged: Fields;
  readonly ownerships: readonly Ownership[];
}

/**
 * Applies the full `intent` of `manager`: fields it owned and no longer sends go, unless somebody else owns them too.
 * Throws `Conflict` when it would change a field that another manager owns and `force` is not set.
 */
export function applyIntent(
  live: Draft | undefined,
  intent: Draft,
  options: {
    readonly manager: Manager;
    readonly force: boolean;
    readonly now: string;
    readonly shapes: Shapes;
    readonly custom: boolean;
  },
): Applied {
  const { manager, force, now, shapes } = options;
  const all = ownershipsOf(live);
  const mine = all.find((one) => sameManager(one.manager, manager));
  const others = all.filter((one) => one !== mine);
  const wanted = leavesOf(intent, shapes);
  const before: ReadonlyMap<string, unknown> = live === undefined ? new Map() : leavesOf(live, shapes);
  const contested = (path: string): boolean => wanted.has(path) && !equal(wanted.get(path), before.get(path));
  const conflicts = others.flatMap((other) =>
    [...other.fields].filter(contested).map((path) => ({ manager: printManager(other), field: printPath(path) })),
  );
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const kept = others.map((other) => ({
    ...other,
    fields: new Set([...other.fields].filter((path) => !contested(path))),
  }));
  const dropped = [...(mine?.fields ?? [])].filter((path) => !wanted.has(path));
  const merged = prune(fieldsOf(merge(live ?? {}, intent, shapes)), dropped, kept, shapes);
  if (options.custom) nullEmptied(merged, wanted);
  const fields: FieldSet = new Set(wanted.keys());
  const unchanged = mine !== undefined && equal([...mine.fields].sort(), [...fields].sort());
  return { merged, ownerships: [...kept, { manager, fields, time: unchanged ? mine.time : now }] };
}

/** The API server tells version and time only of managers that did not apply. */
function printManager({ manager, time }: Ownership): string {
  const subresource = manager.subresource === undefined ? "" : ` with subresource "${manager.subresource}"`;
  const using = manager.operation === "Update" ? ` using ${manager.apiVersion} at ${time}` : "";
  return `"${manager.name}"${subresource}${using}`;
}

function prune(object: Fields, dropped: readonly string[], others: readonly Ownership[], shapes: Shapes): Fields {
  // Items before their fields: an item that has lost its key could not be found any more.
  const shallowFirst = [...dropped].sort((left, right) => left.split("\n").length - right.split("\n").length);
  return shallowFirst.reduce<Fields>((left, path) => {
    const shared = others.some(({ fields }) =>
      [...fields].some((field) => field === path || field.startsWith(`${path}\n`)),
    );
    return shared ? left : fieldsOf(without(left, path.split("\n"), shapes));
  }, object);
}

/**
 * A map that is sent empty and loses its last member to pruning becomes null, which a custom resource's schema then refuses.
 * The real API server does this: built-in kinds drop the null when they are decoded, custom ones don't.
 */
function nullEmptied(merged: Fields, wanted: ReadonlyMap<string, unknown>): void {
  for (const [path, value] of wanted) {
    const [first, ...rest] = path.split("\n").map((element) => element.slice(2));
    const isEmptyMap = equal(value, {}) && !path.includes("k:") && first !== undefined;
    if (isEmptyMap && at(merged, first, ...rest) === undefined) put(merged, [first, ...rest], null);
  }
}

/** The part of `intent` that may be applied through this path: the status alone, or everything else. */
export function intentFor(intent: Draft, hasStatus: boolean, subresource: "status" | undefined): Draft {
  const { status, ...rest } = intent;
  if (subresource === undefined) return hasStatus ? { ...rest } : intent;
  const { apiVersion, kind, metadata } = intent;
  const bare = {
    name: metadata.name,
    ...(at(metadata, "namespace") !== undefined &&
      metadata.namespace !== undefined && { namespace: metadata.namespace }),
  };
  return { apiVersion, kind, metadata: bare, ...(status !== undefined && { status }) };
}
