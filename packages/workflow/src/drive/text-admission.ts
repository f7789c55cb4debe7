/** Whether a schema admits nothing but text, text beside other values, or no text. */
export type TextAdmission = "only" | "also" | "never";

/** Returns whether a JSON Schema admits text. Reads the keywords that decide about the type. */
export function textAdmission(schema: unknown): TextAdmission {
  if (typeof schema !== "object" || schema === null) return "also";
  const { type, enum: values, const: value, anyOf, oneOf } = schema as Record<string, unknown>;
  const admissions: TextAdmission[] = [];
  if (type !== undefined) admissions.push(ofAll(asList(type).map((name) => ofType(name))));
  if (Array.isArray(values)) admissions.push(ofAll(values.map(ofValue)));
  if (value !== undefined) admissions.push(ofValue(value));
  for (const choices of [anyOf, oneOf])
    if (Array.isArray(choices)) admissions.push(ofAll(choices.map(textAdmission)));
  // All keywords hold at once.
  if (admissions.includes("never")) return "never";
  return admissions.includes("only") ? "only" : "also";
}

function ofAll(choices: readonly TextAdmission[]): TextAdmission {
  const [first = "also"] = choices;
  return choices.every((choice) => choice === first) ? first : "also";
}

function ofType(name: unknown): TextAdmission {
  return name === "string" ? "only" : "never";
}

function ofValue(value: unknown): TextAdmission {
  return typeof value === "string" ? "only" : "never";
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
