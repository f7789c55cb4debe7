/** A map of a file. */
export type Written = Readonly<Record<string, unknown>>;

/** A key that this reader does not know: the workflow cannot be played. */
export class UnknownKey extends Error {
  override readonly name = "UnknownKey";
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export function durationMs(written: unknown): number {
  if (typeof written === "number") return written;
  const [, amount = "0", unit = "ms"] = /^([\d.]+)(ms|[smh])$/.exec(textOf(written)) ?? [];
  return Number(amount) * (UNITS[unit] ?? 1);
}

/** A scalar of a file as text. */
export const textOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

export const asMap = (value: unknown): Written => (value ?? {}) as Written;

export function refuseUnknown(written: Written, known: ReadonlySet<string>): void {
  const unknown = Object.keys(written).find((key) => !known.has(key) && !key.startsWith("x-"));
  if (unknown !== undefined) throw new UnknownKey(unknown);
}
