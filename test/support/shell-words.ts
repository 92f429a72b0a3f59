/** Command lines as people write them in examples: quotes, continued lines, and what the shell does with the rest. */

export interface CommandLine {
  readonly words: readonly string[];
  /** As it was written. */
  readonly text: string;
}

/** Every `kubectl dbop …` of a text, however it is indented, prompted, or continued; up to the first comment, pipe, or redirection. */
export function commandLines(text: string): readonly CommandLine[] {
  const lines = text.replaceAll(/\\\n\s*/gu, " ").split("\n");
  return lines.flatMap((line) => {
    const found = /^\s*(?:\$ )?(?:source <\()?kubectl dbop\b(.*)$/u.exec(line);
    const rest = found?.[1];
    return rest === undefined ? [] : [{ words: shellWords(rest), text: line.trim() }];
  });
}

function shellWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [whole, single, double] of text.matchAll(/'([^']*)'|"([^"]*)"|[^\s'"]+/gu)) {
    if (single === undefined && double === undefined && /^(?:#|\||>|&&|;)/u.test(whole)) break;
    words.push((single ?? double ?? whole).replace(/\)$/u, ""));
  }
  return words;
}
