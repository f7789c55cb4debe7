/** The names of instants and durations, in every document that `--json` prints. */
const TIME_NAME = /^at$|At$|Ms$/;

/** Where a document contains values of users or agents, which are printed as they are. */
const USER_VALUES: ReadonlySet<string> = new Set(["inputs", "context", "result", "results"]);

/**
 * Returns a document for `--json` with its instants and durations as whole milliseconds, which
 * consumers with integer types can read. The engine counts in fractions of a millisecond. A value
 * is recognised by its name: `at`, `…At`, `…Ms`.
 */
export function withWholeMs(document: unknown): unknown {
  return rounded(document, false);
}

function rounded(value: unknown, isTime: boolean): unknown {
  if (typeof value === "number") return isTime ? Math.round(value) : value;
  if (Array.isArray(value)) return value.map((item: unknown) => rounded(item, isTime));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      USER_VALUES.has(name) ? member : rounded(member, isTime || TIME_NAME.test(name)),
    ]),
  );
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
