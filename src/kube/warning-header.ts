/** The texts of `Warning: 299 - "…"` headers, which the API server uses for deprecations and admission warnings (KEP-1693; RFC 7234 §5.5). */
export function warningTexts(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  const found = header.matchAll(/(?:^|,)\s*299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, quoted]) => (quoted ?? "").replace(/\\(.)/g, "$1"));
}
