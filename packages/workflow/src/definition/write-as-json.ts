export type JsonText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "deep" | "foreign"; readonly message: string };

class ForeignValue extends Error {}

/**
 * Returns the JSON text of a definition passed as data, so that its issues have line numbers too.
 * Keys whose value is `undefined` are omitted. Anything else that JSON would drop or change is
 * refused.
 */
export function writeAsJson(value: unknown): JsonText {
  try {
    const text = JSON.stringify(value, refuseForeign, 2) as string | undefined;
    return text === undefined
      ? { ok: false, reason: "foreign", message: "the definition is undefined" }
      : { ok: true, text };
  } catch (error) {
    if (error instanceof RangeError)
      return { ok: false, reason: "deep", message: "the definition is nested too deeply" };
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: "foreign", message: (message.split("\n")[0] ?? "").slice(0, 200) };
  }
}

function refuseForeign(this: unknown, key: string, value: unknown): unknown {
  const where = key === "" ? "the definition" : `the value of \`${key.slice(0, 60)}\``;
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    throw new ForeignValue(`${where} is a ${typeof value}`);
  }
  if (typeof value === "number" && !Number.isFinite(value))
    throw new ForeignValue(`${where} is ${value}`);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    // A plain object from another realm has that realm's `Object.prototype`, which has no prototype
    // itself.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
      throw new ForeignValue(`${where} is not a plain object`);
  }
  return value;
}
