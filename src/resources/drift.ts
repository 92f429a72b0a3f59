/** Whether a live object still is as wished. Pure. */

/**
 * Whether everything in `wished` stands in `live`. The API server adds defaults and status, so live may have more keys; lists must
 * agree item by item. Quantities must be written in their canonical form, as the server stores them.
 */
export function contains(live: unknown, wished: unknown): boolean {
  if (Array.isArray(wished)) {
    return (
      Array.isArray(live) && live.length === wished.length && wished.every((item, index) => contains(live[index], item))
    );
  }
  if (typeof wished === "object" && wished !== null) {
    if (typeof live !== "object" || live === null) return isEmpty(wished);
    const fields: Readonly<Record<string, unknown>> = { ...live };
    return Object.entries(wished).every(([key, value]) => value === undefined || contains(fields[key], value));
  }
  return live === wished;
}

/** The API server drops empty maps and lists. */
function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
