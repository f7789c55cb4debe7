import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { readJsonObject } from "../read-json-file.js";
import { typedValue } from "../typed-value.js";
import { UsageError } from "../UsageError.js";
import { type FormField, fieldsOf, isText, kindOfField } from "./form-fields.js";

/** The flags that give the values of an answer. */
export interface ValueOptions {
  readonly set?: readonly string[];
  readonly values?: string;
}

/**
 * Returns the values from `--values FILE` and from each `--set NAME=VALUE`, which takes precedence.
 * The form decides how a value is read: as text, or as JSON.
 *
 * @throws UsageError `invalid_argument`
 */
export async function readValues(
  io: CliIo,
  { set = [], values: file }: ValueOptions,
  form: unknown,
  verb: string,
): Promise<Record<string, unknown>> {
  const source = { what: `The values file ${file}`, code: "invalid_argument", verb } as const;
  const inFile = file === undefined ? {} : await readJsonObject(io, file, source);
  const values = new Map<string, unknown>(Object.entries(inFile));
  const fields = fieldsOf(form);
  for (const pair of set) {
    const at = pair.indexOf("=");
    if (at <= 0)
      throw new UsageError(`--set must be NAME=VALUE; \`${pair}\` is not.`, {
        remedy: `Write, for example, --set ${fields[0]?.name ?? "note"}=text.`,
        next: next("read_help", "wrong_usage", { args: [verb] }),
      });
    const name = pair.slice(0, at);
    const field = fields.find((one) => one.name === name);
    values.set(name, readValue(field, name, pair.slice(at + 1)));
  }
  return Object.fromEntries(values);
}

/**
 * Reads what a person typed for a field. A value of an unknown field is read as JSON if it is valid
 * JSON.
 *
 * @throws UsageError `invalid_argument`
 */
export function readValue(field: FormField | undefined, name: string, text: string): unknown {
  if (field !== undefined && isText(field)) return text;
  const read = typedValue(text);
  if (read.kind === "json") return read.value;
  if (field === undefined || Object.keys(field.schema).length === 0) return text;
  const why = read.kind === "changed" ? `: ${read.reason}` : "";
  throw new UsageError(`\`${name}\` must be ${kindOfField(field)}; \`${text}\` is not${why}.`, {
    remedy: read.kind === "changed" ? read.remedy : `Write it as JSON: ${name}=${example(field)}.`,
  });
}

function example({ schema, choices }: FormField): string {
  if (choices !== undefined) return JSON.stringify(choices[0]);
  return EXAMPLES[String(schema["type"])] ?? '"text"';
}

const EXAMPLES: Readonly<Record<string, string>> = {
  number: "0.5",
  integer: "3",
  boolean: "true",
  array: '["a"]',
  object: '{"key": 1}',
};
