import type { OpenQuestion } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import { asCoded } from "../render/error.js";
import { wrap } from "../render/wrap.js";
import { type FormField, fieldsOf, isOfKind, kindOfField } from "./form-fields.js";
import { questionWithTime, shownLines } from "./question-text.js";
import { readValue } from "./read-values.js";

/** The answer of a person to a question. */
export type Reply =
  | {
      readonly approved: boolean;
      readonly values: Readonly<Record<string, unknown>>;
      readonly note?: string;
    }
  | { readonly done: boolean; readonly result?: unknown };

/** Whether a person can answer the question on the terminal. Signals come from programs. */
export function isForPerson({ kind }: OpenQuestion): boolean {
  return kind !== "signal";
}

/**
 * Asks a person a question on the terminal. Undefined if it is left for later, at the end of the
 * input, or once the signal is aborted.
 */
export async function askPerson(
  io: CliIo,
  question: OpenQuestion,
  signal: AbortSignal,
): Promise<Reply | undefined> {
  const { stdout } = io;
  const title = `${stdout.paint("bold", `? ${cleanLine(question.stepId)}`)}  `;
  for (const line of wrap(stdout, title + questionWithTime(question), "  ")) stdout.line(line);
  return question.kind === "gate" ? askGate(io, question, signal) : askOutcome(io, signal);
}

async function askGate(
  io: CliIo,
  { show, form }: OpenQuestion,
  signal: AbortSignal,
): Promise<Reply | undefined> {
  if (show !== undefined)
    for (const line of shownLines(show, "axw gates shows it")) io.stdout.line(`  ${line}`);
  const choice = await choose(io, "approve, reject, or later? [a/r/l] ", ["a", "r", "l"], signal);
  if (choice !== "a" && choice !== "r") return undefined;
  const fields = fieldsOf(form);
  if (choice === "r") {
    const note = await io.ask("  note (optional): ", signal);
    return note === undefined
      ? undefined
      : { approved: false, values: {}, ...(note !== "" && { note }) };
  }
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const value = await askField(io, field, signal);
    if (value === undefined) return undefined;
    if (value !== NOTHING) values[field.name] = value;
  }
  return { approved: true, values };
}

async function askOutcome(io: CliIo, signal: AbortSignal): Promise<Reply | undefined> {
  const prompt = "did it take effect? done, not done, or later? [d/n/l] ";
  const choice = await choose(io, prompt, ["d", "n", "l"], signal);
  if (choice === "n") return { done: false };
  if (choice !== "d") return undefined;
  const result = await io.ask("  result, JSON or text (optional): ", signal);
  if (result === undefined) return undefined;
  return { done: true, ...(result !== "" && { result: readValue(undefined, "result", result) }) };
}

/** Stands for a value that a person leaves out. */
const NOTHING = Symbol("nothing");

/** Asks for the value of a field until it is valid. Undefined if the question is left for later. */
async function askField(io: CliIo, field: FormField, signal: AbortSignal): Promise<unknown> {
  const optional = field.isRequired ? "" : ", optional";
  const prompt = `  ${cleanLine(field.name)} (${cleanLine(kindOfField(field))}${optional}): `;
  for (;;) {
    const text = await io.ask(prompt, signal);
    if (text === undefined) return undefined;
    if (text === "" && !field.isRequired) return NOTHING;
    if (text === "") continue;
    try {
      const value = readValue(field, field.name, text);
      if (isOfKind(field, value)) return value;
      io.stdout.line(`  It must be ${cleanLine(kindOfField(field))}.`);
    } catch (error) {
      io.stdout.line(`  ${cleanLine(asCoded(error).message)}`);
    }
  }
}

/** Asks until one of the words is typed, or a word that begins with one. */
async function choose(
  io: CliIo,
  prompt: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    const text = await io.ask(`  ${prompt}`, signal);
    if (text === undefined) return undefined;
    const typed = text.trim().charAt(0).toLowerCase();
    if (words.includes(typed)) return typed;
  }
}
