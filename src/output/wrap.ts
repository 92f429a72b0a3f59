/** Text as wide as a terminal. */

export interface WrapOptions {
  readonly columns: number;
  /** Before every line. */
  readonly indent: string;
}

/** At spaces; what holds none is left whole, so that it can be copied. Later lines are indented by two more. */
export function wrap(text: string, { columns, indent }: WrapOptions): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/u).filter((one) => one !== "")) {
    const blank = line.trim() === "";
    if (!blank && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = `${indent}  ${word}`;
    } else line = blank ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}
