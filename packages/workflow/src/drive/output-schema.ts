/** Returns why a value does not fit a JSON Schema; undefined if it does. */
export function misfitOf(_schema: unknown, _value: unknown): string | undefined {
  return undefined;
}
