/**
 * The option of a rule that involves several keys: it also runs on values that failed other checks,
 * so that all problems are reported together.
 */
export const always = { when: () => true };

/** Whether the value is a map that has the key. */
export function has(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}

/** The value of a key of a map, or undefined. */
export function memberOf(value: unknown, key: string): unknown {
  return has(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
