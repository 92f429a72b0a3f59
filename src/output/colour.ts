/** Colour, where it helps and is wanted. It never carries a meaning that the words don't. */

export type ColourWish = "auto" | "always" | "never";

/** Text styled by meaning, so that callers name no colours. */
export interface Palette {
  readonly good: (text: string) => string;
  readonly caution: (text: string) => string;
  readonly danger: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

const same = (text: string): string => text;

/** Every style leaves the text as it is. */
export const plain: Palette = { good: same, caution: same, danger: same, faint: same, strong: same };

/**
 * Whether a stream gets colour: `always` and `never` decide; else a terminal that is not dumb, with NO_COLOR unset or empty
 * (no-color.org) and outside CI.
 */
export function wantsColour(
  wish: ColourWish,
  isTty: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (wish !== "auto") return wish === "always";
  return isTty && !isSet(env["NO_COLOR"]) && !isSet(env["CI"]) && env["TERM"] !== "dumb";
}

/** Chalk's styles when `colour` is wanted, loaded only then. */
export async function palette(colour: boolean): Promise<Palette> {
  if (!colour) return plain;
  const { Chalk } = await import("chalk");
  const chalk = new Chalk({ level: 1 });
  return {
    good: (text) => chalk.green(text),
    caution: (text) => chalk.yellow(text),
    danger: (text) => chalk.red.bold(text),
    faint: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
