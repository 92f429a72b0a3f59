/** One line at the bottom of a terminal that is drawn over and over, with lasting lines printed above it. */

export interface Terminal {
  /** Width now; it changes when the window does. */
  readonly columns: number;
  write(text: string): void;
}

export interface LiveLine {
  /** Replaces the line. Cut to one column less than the width, so that no terminal wraps it. */
  show(text: string): void;
  /** Prints a lasting line above; the live line is to be shown again. */
  print(text: string): void;
  clear(): void;
}

export function liveLine(out: Terminal): LiveLine {
  let shown = 0;
  const erase = (): string => {
    if (shown === 0) return "";
    // A window made narrower since has wrapped the old line: it stands on that many rows now.
    const rows = Math.ceil(shown / Math.max(1, out.columns));
    shown = 0;
    return `${rows > 1 ? `\u001b[${rows - 1}A` : ""}\r\u001b[J`;
  };
  return {
    show: (text) => {
      const cut = fit(text, Math.max(1, out.columns - 1));
      const before = erase();
      shown = Array.from(cut).length;
      out.write(before + cut);
    },
    print: (text) => {
      out.write(`${erase()}${text}\n`);
    },
    clear: () => {
      const before = erase();
      if (before !== "") out.write(before);
    },
  };
}

function fit(text: string, width: number): string {
  const characters = Array.from(text.replace(/[\n\r\t]+/g, " "));
  return characters.length <= width ? characters.join("") : `${characters.slice(0, width - 1).join("")}…`;
}
