import type { RunEnding, StepInfo } from "@automatosx/workflow";
import {
  type BudgetReport,
  budgetText,
  countsText,
  failedStep,
  type Pause,
  pauseText,
  type ReasonedStep,
  type RunView,
  type ShownStep,
  stepSays,
  stopText,
  type TimeSpent,
  timeText,
  toleratedNote,
} from "@automatosx/workflow/run-view";
import type { ChosenAgents } from "../choose-agents.js";
import { commandText } from "../command.js";
import type { DbOptions } from "../database.js";
import { type CliIo, messages } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { resumeLine } from "../next/run-lines.js";
import type { Output } from "../Output.js";
import { SIMULATED } from "../progress/ProgressView.js";
import { isSimulatedResult, namesOf } from "../simulation-note.js";
import { renderNext } from "./error.js";
import { CELLS, shortError } from "./reason.js";
import { runStatusWord } from "./run-status.js";
import { shortId } from "./short-id.js";
import { stepRows } from "./step-rows.js";
import { type Cell, table, tableWithNotes } from "./table.js";
import { count, duration } from "./words.js";
import { wrap, wrapAfter } from "./wrap.js";

/**
 * The maximum number of steps in a summary. In a larger workflow, steps that did not complete come
 * first.
 */
const ROW_LIMIT = 40;

const HEADER = ["STEP", "STATUS", "ATTEMPTS", "TIME", "RESULT"];

/** A narrower terminal has no room for the attempts, and shows each result below its step. */
const NARROW_COLUMNS = 60;
const NARROW_HEADER = ["STEP", "STATUS", "TIME", "RESULT"];

/** The width of `why    `. */
const INDENT = " ".repeat(7);

export interface Summary {
  readonly ending: RunEnding;
  readonly steps: readonly ReasonedStep[];
  readonly timeSpent: TimeSpent;
  /** The path as the user would type it. */
  readonly database: string;
  readonly options: DbOptions & { readonly json?: boolean; readonly failOnTolerated?: boolean };
  readonly agents: Pick<ChosenAgents, "isSimulated" | "resumeArgs">;
  /** When this process began the run or resumed it, in ms since the epoch; later than any kept
   * result. By default, all results are kept ones. */
  readonly sinceAt?: number;
  /** Whether the agents of a step have written output. */
  readonly hasOutput: (stepId: string) => boolean;
  /** The stop that ended the run, if one did. */
  readonly stopped?: RunView["stopped"];
  /** What the run has used of its budget. */
  readonly budget?: BudgetReport | undefined;
  /** Why the run is paused, if it is. */
  readonly pause?: Pause | undefined;
  /** What must change before the run can continue. */
  readonly hold?: Pause | undefined;
  /** The line that runs the changed workflow file; a resume would fail in the same way. */
  readonly again?: NextLine | undefined;
}

/**
 * Prints how a run ended: its steps, their counts, where the run is stored, and the next command.
 */
export function renderSummary(io: CliIo, summary: Summary): void {
  const { ending, steps, database, options } = summary;
  const { runId, error } = ending;
  const isJson = options.json === true;
  const out = isJson ? io.stderr : io.stdout;
  if (!isJson) for (const line of stepTable(out, steps, madeUpIn(summary))) out.line(line);
  for (const line of endingLines(out, summary)) out.line(line);
  if (error !== undefined)
    for (const line of wrap(out, `why    ${shortError(error)}`, INDENT)) out.line(line);
  const { stopped, budget } = summary;
  const used = budget === undefined ? "" : budgetText(budget);
  if (used !== "") for (const line of wrap(out, `budget ${used}`, INDENT)) out.line(line);
  if (stopped !== undefined)
    for (const line of wrap(out, `stop   ${stopText(stopped)}`, INDENT)) out.line(line);
  const waiting = summary.pause === undefined ? "" : pauseText(summary.pause);
  if (waiting !== "") for (const line of wrap(out, `why    ${waiting}`, INDENT)) out.line(line);
  if (failsOnTolerated(ending, options))
    for (const line of wrap(out, exitReason(steps), INDENT)) out.line(line);
  const about = messages(io, options);
  for (const line of wrap(about, `saved  ${database}  (run ${runId})`, "  ")) about.line(line);
  const failed = failedStep(steps);
  if (failed !== undefined && summary.hasOutput(failed.id)) {
    const logs = next("read_logs", ending.status, { run: shortId(runId), step: failed.id });
    about.line(`logs   ${commandText(logs, about.typedAxw, options)}`);
  }
  const line = ending.status === "failed" ? summary.again : undefined;
  renderNext(about, line ?? lineAfter(summary), options);
}

/** Whether a run counts as failed because it completed although steps failed. */
export function failsOnTolerated(
  { status, metrics }: Pick<RunEnding, "status" | "metrics">,
  { failOnTolerated = false }: Pick<Summary["options"], "failOnTolerated">,
): boolean {
  return failOnTolerated && status === "completed" && toleratedNote(metrics) !== "";
}

function exitReason(steps: readonly StepInfo[]): string {
  const failed = steps
    .filter(({ status, kind }) => status === "failed" && kind === undefined)
    .map(({ id }) => id);
  const what = `${count(failed.length, "step")} failed (${namesOf(failed)})`;
  return `exit   1, because of --fail-on-tolerated: ${what}`;
}

function endingLines(out: Output, summary: Summary): string[] {
  const { ending, steps, timeSpent } = summary;
  const { metrics, runId, status } = ending;
  const counts = countsText({
    total: metrics.totalSteps,
    completed: metrics.completedSteps,
    failed: metrics.failedSteps,
    skipped: metrics.skippedSteps,
    cancelled: metrics.cancelledSteps,
  });
  const took = metrics.duration === undefined ? "" : ` in ${timeText(timeSpent)}`;
  // The result of a group follows from those of its steps.
  const leaves = steps.filter((step) => step.kind === undefined && !isWait(step));
  const simulated = leaves.filter(madeUpIn(summary));
  const isPart = simulated.length < leaves.length;
  const mark = simulated.length === 0 ? "" : isPart ? "  (partly simulated)" : `  ${SIMULATED}`;
  const what = `run ${shortId(runId)}${took}: ${counts}${mark}`;
  return wrapAfter(out, runStatusWord(out, status, metrics), `  ${what}`, "  ");
}

function lineAfter({ ending: { status, runId }, steps, hold, agents }: Summary): NextLine {
  return status === "completed" || status === "cancelled"
    ? next("show_run", status, { run: shortId(runId) })
    : resumeLine({ runId, condition: status, steps, hold, args: agents.resumeArgs });
}

/** A table of every step with its status, attempts, time and the beginning of its result. */
export function stepTable(out: Output, steps: readonly ShownStep[], isMadeUp: IsMadeUp): string[] {
  const { rows, omittedCount } = stepRows(steps, ROW_LIMIT);
  const cells = rows.flatMap(({ step, depth, label, progress, heading }): Cell[][] => [
    ...(heading === undefined ? [] : [[heading, "", "", "", ""]]),
    [
      { text: label, depth },
      { status: step.status },
      step.kind === undefined ? String(step.attemptNumber) : "",
      timeOf(step),
      progress !== undefined && step.status !== "failed" ? progress : noteOf(step, isMadeUp),
    ],
  ]);
  const lines =
    out.isTty && out.columns < NARROW_COLUMNS
      ? tableWithNotes(out, NARROW_HEADER, cells.map(withoutAttempts))
      : table(out, HEADER, cells);
  return omittedCount > 0 ? [...lines, `… and ${omittedCount} more`] : lines;
}

function withoutAttempts([step = "", status = "", , ...others]: readonly Cell[]): Cell[] {
  return [step, status, ...others];
}

function timeOf({ startedAt, finishedAt }: ShownStep): string {
  return startedAt === undefined || finishedAt === undefined
    ? ""
    : duration(Math.max(0, finishedAt - startedAt));
}

/** Whether no agent or program performs the step. */
function isWait({ gate, wait, stop }: ShownStep): boolean {
  return gate !== undefined || wait !== undefined || stop !== undefined;
}

/** Whether the outcome of a step is that of a simulated agent. */
type IsMadeUp = (step: ShownStep) => boolean;

/** Whether the result of a step is marked as made up. */
export const isMarked: IsMadeUp = ({ status, result }) =>
  status === "completed" && isSimulatedResult(result);

// A resumed run may keep results of other agents than the ones that it has now. A result has no
// mark if its schema leaves no room for one.
const madeUpIn =
  ({ agents: { isSimulated }, sinceAt = Number.POSITIVE_INFINITY }: Summary): IsMadeUp =>
  (step) => {
    if (isWait(step) || step.kind !== undefined) return isMarked(step);
    const { status, agentId, finishedAt = 0 } = step;
    return (
      isMarked(step) || ((status !== "completed" || finishedAt >= sinceAt) && isSimulated(agentId))
    );
  };

function noteOf(step: ShownStep, isMadeUp: IsMadeUp): Cell {
  const marked = step.mark === undefined ? "" : ` ${step.mark}`;
  const isShown = step.note === undefined && step.because === undefined;
  const suffix = `${isShown && isMadeUp(step) ? `  ${SIMULATED}` : ""}${marked}`;
  return (width) =>
    (stepSays(step, { width: width - suffix.length, ruler: CELLS }) + suffix).trim();
}
