import { JsonLoss, parseExactJson } from "@automatosx/source";
import { jsonCandidates } from "./json-candidates.js";
import { textAdmission } from "./output-schema.js";

/** A value that fits a schema, or why an answer does not. */
export type ReadAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string };

/** Checks a JSON value against the schema of a step's output. */
export interface OutputSchema {
  /** The JSON Schema as written. */
  readonly schema: unknown;
  /** Returns why the value does not fit; undefined if it does. */
  misfit(value: unknown): string | undefined;
}

/**
 * Reads the answer of an agent or a program by the schema of its step. An answer that is not text
 * is the value. A text is the value if the schema admits nothing but text. Otherwise the value is
 * the first JSON in it: the whole text, else a fenced block, else the first balanced `{}` or `[]`.
 * A schema that admits text and other values takes the whole text as JSON if that fits, else as
 * text.
 */
export function readAnswer(answer: unknown, output: OutputSchema): ReadAnswer {
  if (typeof answer !== "string") return checked(answer ?? null, output);
  switch (textAdmission(output.schema)) {
    case "only":
      return checked(answer, output);
    case "also": {
      const whole = parse(answer.trim());
      const isFit = whole.kind === "value" && output.misfit(whole.value) === undefined;
      return isFit ? { ok: true, value: whole.value } : checked(answer, output);
    }
    case "never":
      return readJsonIn(answer, output);
  }
}

function readJsonIn(text: string, output: OutputSchema): ReadAnswer {
  if (text.trim() === "")
    return { ok: false, error: "the answer is empty; a JSON value was expected" };
  let loss: string | undefined;
  for (const candidate of jsonCandidates(text)) {
    const parsed = parse(candidate);
    if (parsed.kind === "value") return checked(parsed.value, output);
    if (parsed.kind === "loss") loss ??= parsed.error;
  }
  return { ok: false, error: loss ?? "the answer is text without a JSON value in it" };
}

type Parsed =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "loss"; readonly error: string }
  | { readonly kind: "none" };

function parse(text: string): Parsed {
  try {
    return { kind: "value", value: parseExactJson(text) };
  } catch (error) {
    return error instanceof JsonLoss
      ? { kind: "loss", error: `the answer cannot be stored unchanged: ${error.message}` }
      : { kind: "none" };
  }
}

function checked(value: unknown, output: OutputSchema): ReadAnswer {
  const error = output.misfit(value);
  return error === undefined ? { ok: true, value } : { ok: false, error };
}
