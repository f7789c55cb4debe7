import { ExpressionFailure } from "./ExpressionFailure.js";
import { encodedKey, type Instance } from "./Instance.js";
import { typeName } from "./json-values.js";
import { type RunNames, scopeOf } from "./names.js";
import { evaluateField, fillValue } from "./template.js";

const MAX_ITEMS = 1000;
const MAX_KEY_LENGTH = 256;

export interface Item {
  readonly path: string;
  readonly names: Readonly<Record<string, unknown>>;
}

/** The items of a `foreach`, with the paths that their keys give them. */
export function readItems(step: Instance, run: RunNames): Item[] {
  const { foreach } = step.def;
  const scope = scopeOf(step, run);
  const list =
    typeof foreach?.in === "string"
      ? evaluateField(foreach.in, scope)
      : fillValue(foreach?.in, scope);
  if (!Array.isArray(list))
    throw new ExpressionFailure("type", `foreach needs a list, not ${typeName(list)}`);
  if (list.length > MAX_ITEMS)
    throw new ExpressionFailure("value", `${list.length} items; the limit is ${MAX_ITEMS}`);
  const name = foreach?.as ?? "item";
  const seen = new Set<string>();
  return list.map((item: unknown, index) => {
    const key = keyOf(
      foreach?.key === undefined
        ? item
        : evaluateField(foreach.key, scopeOf(step, run, { [name]: item })),
    );
    if (seen.has(key)) throw new ExpressionFailure("value", `two items have the key \`${key}\``);
    seen.add(key);
    return { path: `${step.path}[${encodedKey(key)}]`, names: { [name]: item, index } };
  });
}

function keyOf(value: unknown): string {
  const key = typeof value === "number" && Number.isInteger(value) ? String(value) : value;
  if (typeof key !== "string")
    throw new ExpressionFailure("type", `a key is text or a whole number, not ${typeName(key)}`);
  if (key === "" || key.length > MAX_KEY_LENGTH)
    throw new ExpressionFailure("value", `a key has 1 to ${MAX_KEY_LENGTH} characters`);
  return key;
}
