import { isDeepStrictEqual } from "node:util";

/**
 * Whether the metadata has every value in the filter. A filter value of `undefined` matches
 * anything.
 */
export function matches(metadata: unknown, filter: Readonly<Record<string, unknown>>): boolean {
  if (typeof metadata !== "object" || metadata === null) return false;
  const values = new Map(Object.entries(metadata));
  return Object.entries(filter).every(
    ([key, value]) => value === undefined || isDeepStrictEqual(values.get(key), value),
  );
}
