/** Every interval the client waits or gives up by. Tests pass smaller ones; nothing else should need to. */
export interface Timing {
  /** For one attempt of anything but a watch or exec, when `--request-timeout` says nothing. */
  readonly requestTimeoutMs: number;
  /** No retry starts later than this after the first attempt: an API server restart of a few seconds is survived. */
  readonly retryBudgetMs: number;
  /** The same until this client has had its first answer: a cluster that is down is reported soon. */
  readonly firstContactBudgetMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** Asked of the server, which then ends the watch by itself (client-go's reflector asks for 300 to 600). */
  readonly watchSeconds: number;
  /** A watch without a byte for this long is taken for dead: the watch cache sends a bookmark about every 60 s. */
  readonly watchIdleMs: number;
  readonly watchRetryMinMs: number;
  readonly watchRetryMaxMs: number;
  /** How long 401, 403 or 404 must last before a watch that once worked gives up: a starting API server answers them for a moment. */
  readonly refusedForGoodMs: number;
  /** Between lists where watching is refused, and how long until watching is tried again. */
  readonly pollMs: number;
  readonly pollSpellMs: number;
  /** Between pings of an exec connection, and the silence after which it is taken for dropped. */
  readonly pingMs: number;
  readonly silenceMs: number;
  /** What is left to the server to close an exec connection after the exit status. */
  readonly closeMs: number;
}

export const defaultTiming: Timing = {
  requestTimeoutMs: 30_000,
  retryBudgetMs: 10_000,
  firstContactBudgetMs: 1_500,
  retryMinMs: 100,
  retryMaxMs: 2_000,
  watchSeconds: 290,
  watchIdleMs: 75_000,
  watchRetryMinMs: 100,
  watchRetryMaxMs: 5_000,
  refusedForGoodMs: 5_000,
  pollMs: 1_000,
  pollSpellMs: 30_000,
  pingMs: 5_000,
  silenceMs: 20_000,
  closeMs: 500,
};
