import { listOpenQuestions, type OpenQuestion, RunReader } from "@automatosx/workflow/observe";
import { questionText, questionWithTime } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { announceFoundDatabase, type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { lineAfterShow } from "../next/run-lines.js";
import type { Output } from "../Output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { table } from "../render/table.js";
import { duration } from "../render/words.js";
import { questionLine } from "../waiting/question-line.js";
import { formLines, shownLines } from "../waiting/question-text.js";

/**
 * Lists what runs wait for: gates, signals, and steps of unknown outcome. For a single run, also
 * prints what each gate shows and asks.
 */
export async function gates(
  io: CliIo,
  id: string | undefined,
  options: DbOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const only = id === undefined ? undefined : findRun(storage, id);
  const questions = listOpenQuestions(storage, only?.runId, {
    onDamaged: ({ runId }, problem) =>
      io.stderr.line(`Run ${shortId(runId)} cannot be read: ${cleanLine(problem)}`),
  });
  if (options.json === true) {
    for (const question of questions)
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...question });
    return ExitCode.ok;
  }
  const { stdout } = io;
  const [first] = questions;
  if (first === undefined) {
    const out = messages(io);
    out.line(
      only === undefined
        ? "No run waits for an answer."
        : `Run ${shortId(only.runId)} does not wait for an answer.`,
    );
    const line =
      only === undefined
        ? next("list_runs", "other_statuses", undefined)
        : lineAfterShow(storage, only, RunReader.open(storage, only.runId).catchUp().view);
    renderNext(out, line, options);
    return ExitCode.ok;
  }
  const header = ["RUN", "STEP", "KIND", "WAITS FOR", "SINCE"];
  const rows = questions.map((question) => [
    shortId(question.runId),
    question.stepId,
    question.kind,
    questionWithTime(question),
    question.openedAt === undefined
      ? ""
      : `${duration(Math.max(0, Date.now() - question.openedAt))} ago`,
  ]);
  for (const line of table(stdout, header, rows, { dropped: ["SINCE", "KIND"] })) stdout.line(line);
  if (only !== undefined) for (const question of questions) renderQuestion(stdout, question);
  renderNext(messages(io), questionLine(shortId(first.runId), first), options);
  return ExitCode.ok;
}

/** Prints a question in full: what it shows, and the values that it asks for. */
function renderQuestion(out: Output, question: OpenQuestion): void {
  const { stepId, show, form, to, editable } = question;
  const shown = show === undefined ? [] : shownLines(show, "--json");
  const fields = formLines(form);
  const isPlain = to === undefined && editable === undefined;
  if (shown.length === 0 && fields.length === 0 && isPlain) return;
  out.line(`${out.paint("bold", cleanLine(stepId))}  ${questionText(question)}`);
  if (to !== undefined) out.line(`  to    ${to.map(cleanLine).join(", ")}`);
  for (const [index, line] of shown.entries())
    out.line(`  ${index === 0 ? "shows" : "     "} ${line}`);
  for (const [index, line] of fields.entries())
    out.line(`  ${index === 0 ? "asks " : "     "} ${line}`);
  if (editable !== undefined) out.line(`  edits ${cleanLine(editable)} (approve --edit FILE)`);
}
