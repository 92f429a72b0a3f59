/** A value, or everything that stands in its way. */
export type Result<Value, Failure> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problems: Failure };
