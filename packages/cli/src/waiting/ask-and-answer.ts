import type { WorkflowEngine } from "@automatosx/workflow";
import type { OpenQuestion } from "@automatosx/workflow/observe";
import { editableStep, type RunView } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Interrupts } from "../Interrupts.js";
import type { CliIo } from "../io.js";
import { asCoded } from "../render/error.js";
import { askPerson, isForPerson, type Reply } from "./ask-person.js";
import { signer } from "./signer.js";

/** A run at rest that waits for a person. */
interface AskedRun {
  readonly engine: WorkflowEngine;
  readonly runId: string;
  readonly questions: readonly OpenQuestion[];
  /** The run at rest, which has the results that an answer may replace. */
  readonly view: Pick<RunView, "step">;
  readonly interrupts: Interrupts;
}

/**
 * Asks the person at the terminal every question of a run that is paused because it waits, and
 * records each answer at once. Returns how many were answered. Ctrl-C leaves the others open.
 */
export async function askAndAnswer(io: CliIo, asked: AskedRun): Promise<number> {
  const { questions, interrupts } = asked;
  const stop = new AbortController();
  const release = interrupts.whileAsking(() => stop.abort());
  let answerCount = 0;
  try {
    for (const question of questions.filter(isForPerson)) {
      if (stop.signal.aborted) break;
      if (await answerOne(io, asked, question, stop.signal)) answerCount += 1;
    }
  } finally {
    release();
  }
  return answerCount;
}

/** Asks until the answer is accepted or left for later. Returns whether the step is answered. */
async function answerOne(
  io: CliIo,
  asked: AskedRun,
  question: OpenQuestion,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const source = editableStep(asked.view, question);
    const editable = source && { stepId: source.id, result: source.result ?? null };
    const reply = await askPerson(io, question, signal, editable);
    if (reply === undefined) {
      // The cursor is still on the line of the prompt.
      if (signal.aborted) io.stdout.line("");
      return false;
    }
    try {
      await record(io, asked, question, reply);
      return true;
    } catch (error) {
      const { code, message } = asCoded(error);
      io.stdout.line(`  ${cleanLine(message)}`);
      // It was answered elsewhere, or it has expired.
      if (code !== "invalid_answer") return false;
    }
  }
}

async function record(
  io: CliIo,
  { engine, runId }: AskedRun,
  { stepId, attemptNumber }: OpenQuestion,
  reply: Reply,
): Promise<void> {
  const by = signer(io, undefined);
  const answer = { ...reply, attemptNumber, ...(by !== undefined && { by }) };
  await engine.answer(runId, stepId, answer, { resume: false });
}
