import type { Gate } from "../../api/gate.schema.js";
import { asSchema, type Schema } from "../form/field.js";

/** How a note is written beside the values of a form. */
export interface NoteField {
  /** The most characters that are kept. */
  readonly limit: number;
}

const NOTE_LIMIT = 4096;

/** The note that an answer may have; undefined for answers that keep none. */
export function noteOf({ gate }: Pick<Gate, "gate">): NoteField | undefined {
  return gate.kind === "gate" || gate.kind === "unknown" ? { limit: NOTE_LIMIT } : undefined;
}

/**
 * The schema of the values that a question asks for; undefined if it asks for none. A note that the
 * form declares is not among them if it may be left out, because every answer can have a note.
 */
export function formFor(gate: Pick<Gate, "gate" | "form">): Schema | undefined {
  switch (gate.gate.kind) {
    case "unknown":
      return RESULT_FORM;
    case "signal":
      return gate.form === undefined ? DATA_FORM : asSchema(gate.form);
    case "budget":
      return hasFields(asSchema(gate.form)) ? asSchema(gate.form) : undefined;
    case "gate": {
      const schema = withoutNote(asSchema(gate.form));
      return hasFields(schema) || schema["type"] !== "object" ? schema : undefined;
    }
  }
}

/** Asks for one value, which may be left out, under the name `value`. */
function oneValue(title: string, description: string): Schema {
  return { type: "object", properties: { value: { title, description } } };
}

const RESULT_FORM = oneValue("Result", "empty for no result");
const DATA_FORM = oneValue("Data", "empty for no data");

/** What an answer gives as its result, or as the data of the signal. */
export function resultOf(gate: Pick<Gate, "gate" | "form">, value: unknown): unknown {
  const isOne = gate.gate.kind === "unknown" || gate.form === undefined;
  return isOne ? (value as { readonly value?: unknown } | undefined)?.value : value;
}

function hasFields(schema: Schema): boolean {
  return Object.keys(asSchema(schema["properties"])).length > 0;
}

function withoutNote(schema: Schema): Schema {
  const { note, ...properties } = asSchema(schema["properties"]);
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const isPlain =
    Object.keys(asSchema(note)).join() === "type" && asSchema(note)["type"] === "string";
  if (!isPlain || required.includes("note")) return schema;
  return { ...schema, properties };
}
