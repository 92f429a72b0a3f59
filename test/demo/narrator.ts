/** How the demo speaks: a heading a chapter, the command as one would type it, what it says dimmed, and what that proves. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colour on a terminal, unless NO_COLOR asks for none. */
const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function chapter(title: string, why: string): void {
  say(`\n${styled("bold", `▌ ${title}`)}\n${why}`);
}

export function typed(command: string): void {
  say(`\n${styled("cyan", "$")} ${styled("bold", command)}`);
}

/** One line of what a command says. */
export function heard(line: string): void {
  say(styled("dim", `  ${line}`));
}

export function proved(what: string): void {
  say(`${styled("green", "✓")} ${what}`);
}

export function broke(what: string): void {
  say(`${styled("red", "✗")} ${what}`);
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
