/** Whether a live object still is as wished. Pure. */

/**
 * Whether everything in `wished` stands in `live`. The API server adds defaults and status, so live may have more keys. Lists of values
 * must agree item by item; lists of objects (ports, containers) may hold more, since server-side apply leaves those of others. Quantities must be written in their canonical form, as the server stores them.
 */
export function contains(live: unknown, wished: unknown): boolean {
  if (Array.isArray(wished)) {
    return Array.isArray(live) && containsAll(live, wished);
  }
  if (typeof wished === "object" && wished !== null) {
    if (typeof live !== "object" || live === null) return isEmpty(wished);
    const fields: Readonly<Record<string, unknown>> = { ...live };
    return Object.entries(wished).every(([key, value]) => value === undefined || contains(fields[key], value));
  }
  return live === wished;
}

function containsAll(live: readonly unknown[], wished: readonly unknown[]): boolean {
  if (wished.every((item) => typeof item === "object")) {
    return wished.every((item) => live.some((candidate) => contains(candidate, item)));
  }
  return live.length === wished.length && wished.every((item, index) => contains(live[index], item));
}

/** The API server drops empty maps and lists. */
function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
