import { JsonLoss, parseExactJson } from "@automatosx/workflow/source";

/** How a text of the command line is read. */
export type TypedValue =
  /** JSON that stays as it was typed. */
  | { readonly kind: "json"; readonly value: unknown }
  /** A text that is not JSON. */
  | { readonly kind: "text" }
  /**
   * JSON that would change; `reason` says how. `written` is how the same value must be typed, if
   * there is a way.
   */
  | {
      readonly kind: "changed";
      readonly reason: string;
      readonly remedy: string;
      readonly written?: string;
    };

/**
 * Reads the text of a value as JSON. A number, `true`, `false` or `null` counts only if writing the
 * value again gives the same text: `1.10`, `1e3`, `-0` and a number of 20 digits are not values but
 * texts. Within an array or an object, a number must keep its value.
 */
export function typedValue(text: string): TypedValue {
  let value: unknown;
  try {
    value = parseExactJson(text, { uniqueKeys: true });
  } catch (error) {
    if (!(error instanceof JsonLoss)) return { kind: "text" };
    const { message, loss, path, remedy } = error;
    return { kind: "changed", reason: path.length === 0 ? `it ${loss}` : message, remedy };
  }
  if (typeof value === "string" || (typeof value === "object" && value !== null))
    return { kind: "json", value };
  const written = JSON.stringify(value);
  if (written === text) return { kind: "json", value };
  const reason = `it would become ${written}`;
  return { kind: "changed", reason, remedy: `Write it as ${written}.`, written };
}
