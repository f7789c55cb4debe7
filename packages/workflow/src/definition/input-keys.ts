import { Suggester } from "@automatosx/source";
import { entriesOf } from "./steps/own-value.js";

/** The keys of an input that are not keywords of its schema, and `type`. */
const INPUT_KEYS = ["default", "description", "required", "type"];

/** A longer key resembles none of them. */
const MAX_LENGTH = 20;

/**
 * Whether an unknown key of an input is a misspelt key of ours. Any other is a keyword, and the
 * check of the input's schema reports it.
 */
export function isMisspeltInputKey(key: string): boolean {
  return key.length <= MAX_LENGTH && new Suggester().nearest(key, INPUT_KEYS) !== undefined;
}

/** The keys of an input that are not keywords of its schema. */
const OWN_KEYS: ReadonlySet<string> = new Set(["default", "description"]);

/** Returns the keywords of an input's schema, with their values. */
export function inputKeywords(declared: unknown): (readonly [string, unknown])[] {
  return entriesOf(declared).filter(
    ([key, value]) =>
      !OWN_KEYS.has(key) &&
      !key.startsWith("x-") &&
      // A list of names is the schema's own `required`.
      !(key === "required" && typeof value === "boolean"),
  );
}
