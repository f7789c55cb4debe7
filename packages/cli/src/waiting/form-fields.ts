import { isRecord } from "../is-record.js";

/** A value that the form of a gate asks for. */
export interface FormField {
  readonly name: string;
  /** The JSON Schema of the value. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly isRequired: boolean;
  /** The allowed values, if they are listed. */
  readonly choices?: readonly unknown[];
}

/** Returns the fields of a form, in the order in which it declares them. */
export function fieldsOf(form: unknown): readonly FormField[] {
  if (!isRecord(form) || !isRecord(form["properties"])) return [];
  const required = Array.isArray(form["required"]) ? (form["required"] as unknown[]) : [];
  return Object.entries(form["properties"]).map(([name, schema]) => {
    const known = isRecord(schema) ? schema : {};
    const choices = known["enum"];
    return {
      name,
      schema: known,
      isRequired: required.includes(name),
      ...(Array.isArray(choices) && { choices: choices as unknown[] }),
    };
  });
}

/** Whether the value of a field is text, so that what a person types is the value itself. */
export function isText({ schema, choices }: FormField): boolean {
  if (choices !== undefined) return choices.every((choice) => typeof choice === "string");
  return schema["type"] === "string";
}

/** The values that a field accepts, in words: `one of small, large`, `a whole number`. */
export function kindOfField({ schema, choices }: FormField): string {
  if (choices !== undefined) return `one of ${choices.map(shortText).join(", ")}`;
  return KINDS[String(schema["type"])] ?? "a JSON value";
}

/** Whether a value has the type of the field. The engine checks the value in full. */
export function isOfKind({ schema, choices }: FormField, value: unknown): boolean {
  if (choices !== undefined)
    return choices.some((choice) => JSON.stringify(choice) === JSON.stringify(value));
  switch (schema["type"]) {
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    default:
      return true;
  }
}

function shortText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list as JSON",
  object: "a map as JSON",
};
