/** Thrown by a hook of `fake.onAwait` in place of kill -9: from then on every call of that client throws it. */
export class KilledError extends Error {
  constructor(where = "killed") {
    super(where);
    this.name = "KilledError";
  }
}
