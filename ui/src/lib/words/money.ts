import { locale } from "./locale";

/**
 * Decimal text as a person reads it: grouped, with the locale's decimal sign and a real minus.
 * The text never becomes a number, so no cent can be lost.
 */
export function formatDecimal(value: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value.trim());
  if (!match) return value;
  const [, sign, whole = "0", fraction] = match;
  const grouped = new Intl.NumberFormat(locale(), { useGrouping: true }).format(BigInt(whole));
  const digits = fraction ? decimalSign() + fraction : "";
  const isZero = /^0*$/.test(whole) && /^0*$/.test(fraction ?? "");
  return (sign && !isZero ? "\u2212" : "") + grouped + digits;
}

function decimalSign(): string {
  const parts = new Intl.NumberFormat(locale(), { minimumFractionDigits: 1 }).formatToParts(0.5);
  return parts.find((part) => part.type === "decimal")?.value ?? ".";
}

/** Whether decimal text is nothing, whatever its number of decimals. */
export function isZero(value: string): boolean {
  return /^-?0*(\.0*)?$/.test(value.trim());
}

export function isNegative(value: string): boolean {
  return value.trim().startsWith("-") && !isZero(value);
}

/** Decimal text without its sign. */
export function magnitude(value: string): string {
  return value.trim().replace(/^-/, "");
}

/**
 * What part each value is of the way from the lowest to the highest, nothing among them: for the height
 * of a bar, never for a sum. What is less than nothing stays so.
 */
export function shares(values: string[]): number[] {
  const sizes = values.map((value) => Number.parseFloat(value));
  const range = Math.max(0, ...sizes) - Math.min(0, ...sizes);
  return sizes.map((size) => (range > 0 ? size / range : 0));
}
