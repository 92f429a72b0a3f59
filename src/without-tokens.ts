/** For texts of errors that nobody foresaw: they may quote what was being read. */

/** `text` without anything as long as a token, a key, or a stored Secret. */
export function withoutTokens(text: string): string {
  return text.replaceAll(/[A-Za-z0-9+/_=-]{24,}/gu, "…");
}
