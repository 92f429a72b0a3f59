/** Kubernetes quantities: `1024Mi` is stored as `1Gi`, `0.5` as `500m`. */

const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

interface Quantity {
  /** In thousandths, so that `500m` is whole. */
  readonly milli: bigint;
  readonly binary: boolean;
}

function parse(text: string): Quantity | undefined {
  const match = /^([+-]?\d+)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = "0", fraction = "", suffix = ""] = match;
  const digits = BigInt(whole + fraction);
  const power = binary.indexOf(suffix);
  if (power > 0)
    return { milli: (digits * 1000n * 1024n ** BigInt(power)) / 10n ** BigInt(fraction.length), binary: true };
  const exponent = (decimal[suffix] ?? Number(suffix.slice(1))) + 3 - fraction.length;
  const milli = exponent >= 0 ? digits * 10n ** BigInt(exponent) : digits / 10n ** BigInt(-exponent);
  return { milli, binary: false };
}

/** The form the API server stores; the text itself when it is no quantity. */
export function canonicalQuantity(value: unknown): unknown {
  const quantity = parse(String(value));
  if (quantity === undefined) return value;
  if (quantity.milli === 0n) return "0";
  return quantity.binary ? shortestBinary(quantity.milli) : shortestDecimal(quantity.milli);
}

function shortestBinary(milli: bigint): string {
  if (milli % 1000n !== 0n) return shortestDecimal(milli);
  let amount = milli / 1000n;
  let power = 0;
  while (amount % 1024n === 0n && power < binary.length - 1) {
    amount /= 1024n;
    power += 1;
  }
  return `${amount.toString()}${binary[power] ?? ""}`;
}

function shortestDecimal(milli: bigint): string {
  const suffixes = ["m", "", "k", "M", "G", "T", "P", "E"];
  let amount = milli;
  let power = 0;
  while (amount % 1000n === 0n && power < suffixes.length - 1) {
    amount /= 1000n;
    power += 1;
  }
  return `${amount.toString()}${suffixes[power] ?? ""}`;
}

/** Negative when `left` is less than `right`. What is no quantity counts as 0. */
export function compareQuantities(left: unknown, right: unknown): number {
  const difference = (parse(String(left))?.milli ?? 0n) - (parse(String(right))?.milli ?? 0n);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
