/** Results that are not JSON, by name. */
export const ODDITIES = {
  function: () => () => 1,
  symbol: () => Symbol("no JSON"),
  bigint: () => 1n,
  infinity: () => ({ size: Number.POSITIVE_INFINITY }),
  cycle: () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    return cycle;
  },
  map: () => new Map([["a", 1]]),
  hole: () => ({ list: [undefined] }),
} as const satisfies Readonly<Record<string, () => unknown>>;

/** What an agent throws that is no error, by name. */
const THROWN = {
  "throws-null": () => null,
  "throws-text": () => "a text that was thrown",
  "throws-object": () => ({ message: "an object that was thrown", code: "ODD" }),
  "throws-surrogate": () => new Error("half of a pair: \ud83d, and \u0000"),
} as const satisfies Readonly<Record<string, () => unknown>>;

/** An answer that cannot be used. */
export type Oddity = keyof typeof ODDITIES | keyof typeof THROWN;

/** The names of the results that are not JSON. */
export const ODD_RESULTS = Object.keys(ODDITIES) as readonly (keyof typeof ODDITIES)[];

/** The names of what is thrown. */
export const ODD_ERRORS = Object.keys(THROWN) as readonly (keyof typeof THROWN)[];

/** Throws, if that is the oddity. */
export function throwOddly(odd: Oddity): void {
  if (Object.hasOwn(THROWN, odd)) throw THROWN[odd as keyof typeof THROWN]();
}
