import { characterCount } from "./functions.js";
import { areEqual, isMap, typeName } from "./json-values.js";

/** Why a value does not fit a JSON Schema, with the path of the place; undefined if it fits. */
export function schemaMisfit(schema: unknown, value: unknown, path = "$"): string | undefined {
  if (!isMap(schema)) return schema === false ? `${path} is not allowed` : undefined;
  const wrong = (message: string) => `${path} ${message}`;
  const { type, anyOf, oneOf } = schema;
  if (type !== undefined && ![type].flat().some((name) => isOfType(name, value)))
    return wrong(
      `is ${typeName(value)}, not ${([type].flat() as unknown as readonly string[]).join(" or ")}`,
    );
  if ("const" in schema && !areEqual(schema["const"], value)) return wrong("is another value");
  if (Array.isArray(schema["enum"]) && !schema["enum"].some((one) => areEqual(one, value)))
    return wrong(`is not one of ${JSON.stringify(schema["enum"])}`);
  const fitting = (list: unknown): number =>
    (list as unknown[]).filter((one) => schemaMisfit(one, value, path) === undefined).length;
  if (anyOf !== undefined && fitting(anyOf) === 0) return wrong("fits no schema of anyOf");
  if (oneOf !== undefined && fitting(oneOf) !== 1) return wrong("does not fit one of oneOf");
  return (
    sizeMisfit(schema, value, path) ??
    itemMisfit(schema, value, path) ??
    propertyMisfit(schema, value, path)
  );
}

function isOfType(name: unknown, value: unknown): boolean {
  if (name === "integer") return Number.isInteger(value);
  return typeName(value) === name;
}

function sizeMisfit(
  schema: Readonly<Record<string, unknown>>,
  value: unknown,
  path: string,
): string | undefined {
  const rules: readonly (readonly [string, string, number | undefined])[] = [
    ["minimum", "maximum", typeof value === "number" ? value : undefined],
    ["minLength", "maxLength", typeof value === "string" ? characterCount(value) : undefined],
    ["minItems", "maxItems", Array.isArray(value) ? value.length : undefined],
  ];
  for (const [least, most, size] of rules) {
    if (size === undefined) continue;
    const [from, to] = [schema[least], schema[most]];
    if (typeof from === "number" && size < from) return `${path} is below ${least} ${from}`;
    if (typeof to === "number" && size > to) return `${path} is above ${most} ${to}`;
  }
  return undefined;
}

function itemMisfit(
  { items }: Readonly<Record<string, unknown>>,
  value: unknown,
  path: string,
): string | undefined {
  if (items === undefined || !Array.isArray(value)) return undefined;
  for (const [index, item] of value.entries()) {
    const misfit = schemaMisfit(items, item, `${path}[${index}]`);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function propertyMisfit(
  schema: Readonly<Record<string, unknown>>,
  value: unknown,
  path: string,
): string | undefined {
  if (!isMap(value)) return undefined;
  const { required = [], additionalProperties } = schema;
  const properties = isMap(schema["properties"]) ? schema["properties"] : {};
  const missing = (required as string[]).find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${path}.${missing} is missing`;
  for (const [name, item] of Object.entries(value)) {
    const rule = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    const misfit = schemaMisfit(rule ?? true, item, `${path}.${name}`);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}
