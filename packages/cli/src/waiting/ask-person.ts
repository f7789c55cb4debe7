import type { OpenQuestion } from "@automatosx/workflow/observe";
import { questionWithTime } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import { asCoded } from "../render/error.js";
import { wrap } from "../render/wrap.js";
import { editResult } from "./edit-result.js";
import { type FormField, fieldsOf, isOfKind, kindOfField } from "./form-fields.js";
import { shownLines } from "./question-text.js";
import { readValue } from "./read-values.js";

/** The answer of a person to a question. */
export type Reply =
  | {
      readonly approved: boolean;
      readonly values: Readonly<Record<string, unknown>>;
      readonly note?: string;
      /** The result in place of that of the step that may be edited. */
      readonly edits?: unknown;
    }
  | { readonly done: boolean; readonly result?: unknown };

type GateReply = Extract<Reply, { readonly approved: boolean }>;

/** The step whose result the answer to a gate may replace. */
export interface Editable {
  readonly stepId: string;
  readonly result: unknown;
}

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
  editable?: Editable,
): Promise<Reply | undefined> {
  const { stdout } = io;
  const title = `${stdout.paint("bold", `? ${cleanLine(question.stepId)}`)}  `;
  for (const line of wrap(stdout, title + questionWithTime(question), "  ")) stdout.line(line);
  return question.kind === "gate"
    ? askGate(io, question, signal, editable)
    : askOutcome(io, signal);
}

async function askGate(
  io: CliIo,
  { show, form }: OpenQuestion,
  signal: AbortSignal,
  editable: Editable | undefined,
): Promise<Reply | undefined> {
  if (show !== undefined)
    for (const line of shownLines(show, "axw gates shows it")) io.stdout.line(`  ${line}`);
  const prompt =
    editable === undefined
      ? "approve, reject, or later? [a/r/l] "
      : `approve, edit ${cleanLine(editable.stepId)} and approve, reject, or later? [a/e/r/l] `;
  const words = editable === undefined ? ["a", "r", "l"] : ["a", "e", "r", "l"];
  for (;;) {
    const choice = await choose(io, prompt, words, signal);
    if (choice === "r") return askRejection(io, signal);
    if (choice === "a") return askApproval(io, form, signal);
    if (choice !== "e" || editable === undefined) return undefined;
    const edited = await editResult(io, editable, signal);
    if (signal.aborted) return undefined;
    if (edited === undefined) {
      io.stdout.line(`  ${cleanLine(editable.stepId)} stays as it is.`);
      continue;
    }
    const approval = await askApproval(io, form, signal);
    return approval && { ...approval, edits: edited.value };
  }
}

async function askRejection(io: CliIo, signal: AbortSignal): Promise<GateReply | undefined> {
  const note = await io.ask("  note (optional): ", signal);
  return note === undefined
    ? undefined
    : { approved: false, values: {}, ...(note !== "" && { note }) };
}

async function askApproval(
  io: CliIo,
  form: unknown,
  signal: AbortSignal,
): Promise<GateReply | undefined> {
  const values: Record<string, unknown> = {};
  for (const field of fieldsOf(form)) {
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
