/** Kubernetes quantities (`10Gi`, `500m`) as numbers. */

const factors: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** The value in base units (bytes, cores), or undefined when `text` is not a quantity. */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m|k|[MGTP]|[KMGTP]i)?$/u.exec(text);
  const factor = factors[match?.[2] ?? ""];
  return match?.[1] === undefined || factor === undefined ? undefined : Number(match[1]) * factor;
}

const binary = ["Pi", "Ti", "Gi", "Mi", "Ki"] as const;
const decimal = ["P", "T", "G", "M", "k"] as const;

/**
 * `text` as the API server stores it: a whole number with the largest suffix that leaves it whole, so `1024Mi` is `1Gi` and `0.5` is
 * `500m` (k8s.io/apimachinery resource.Quantity). What is applied in this form reads back the same. Anything that is not a quantity comes
 * back unchanged.
 */
export function canonicalQuantity(text: string): string {
  const value = parseQuantity(text);
  if (value === undefined) return text;
  if (text.endsWith("i")) return withSuffix(Math.ceil(value), binary);
  const milli = Math.ceil(value * 1000 - 1e-6);
  return milli % 1000 === 0 ? withSuffix(milli / 1000, decimal) : `${String(milli)}m`;
}

function withSuffix(value: number, suffixes: readonly string[]): string {
  const suffix = suffixes.find((each) => value !== 0 && value % (factors[each] ?? 1) === 0) ?? "";
  return `${String(value / (factors[suffix] ?? 1))}${suffix}`;
}
