import { isMap } from "./json-values.js";
import { schemaMisfit } from "./schema-misfit.js";

export type ReadAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string };

/** Reads the answer of an agent or a program against the schema of its step. */
export function readAnswer(schema: unknown, answer: unknown): ReadAnswer {
  const value = typeof answer === "string" && !allowsText(schema) ? fromText(answer) : answer;
  if (value === undefined) return { ok: false, error: "the answer holds no JSON" };
  const error = schemaMisfit(schema, value);
  return error === undefined ? { ok: true, value } : { ok: false, error };
}

/** True if a text may be an answer as it stands. */
function allowsText(schema: unknown): boolean {
  if (!isMap(schema)) return true;
  const { type, anyOf, oneOf } = schema;
  if (type !== undefined) return [type].flat().includes("string");
  if (Array.isArray(schema["enum"])) return schema["enum"].some((one) => typeof one === "string");
  if ("const" in schema) return typeof schema["const"] === "string";
  const choices = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? [list] : []));
  return choices.every((list) => list.some(allowsText));
}

/** The first JSON value found: the whole text, a fenced block, the first balanced braces. */
function fromText(text: string): unknown {
  const fenced = /```[^\n]*\n([\s\S]*?)```/.exec(text)?.[1];
  for (const candidate of [text, fenced, firstBalanced(text)]) {
    if (candidate === undefined) continue;
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      // The next candidate may be JSON.
    }
  }
  return undefined;
}

function firstBalanced(text: string): string | undefined {
  const start = text.search(/[{[]/);
  if (start === -1) return undefined;
  let depth = 0;
  let isQuoted = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (isQuoted) {
      if (char === "\\") at += 1;
      else if (char === '"') isQuoted = false;
    } else if (char === '"') isQuoted = true;
    else if ("{[".includes(char)) depth += 1;
    else if ("}]".includes(char)) {
      depth -= 1;
      if (depth === 0) return text.slice(start, at + 1);
    }
  }
  return undefined;
}
