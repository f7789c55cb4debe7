import type { RunEnding, StepInfo } from "@automatosx/workflow";
import { type DbOptions } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { type CliIo, talkOf } from "../io.js";
import { shortError, shortResult } from "../progress/describe-event.js";
import { type IsSimulated, SIMULATED } from "../progress/ProgressView.js";
import { cleanLine } from "./clean-text.js";
import { renderNext } from "./error.js";
import { statusWord } from "./status.js";
import { type Cell, table } from "./table.js";
import { duration, shellWord, shortId } from "./words.js";

/** Rows of a summary; of a larger workflow, those that did not complete come first. */
const MOST_ROWS = 40;

export interface Summary {
  readonly ending: RunEnding;
  readonly steps: readonly StepInfo[];
  readonly database: string;
  readonly flags: DbOptions & { readonly json?: boolean };
  readonly agents: { readonly isSimulated: IsSimulated; readonly flag: string };
}

/** How a run ended: its steps, the counts, where it is kept, and what to type next. */
export function renderSummary(
  io: CliIo,
  { ending, steps, database, flags, agents }: Summary,
): void {
  const [out, talk] = flags.json === true ? [io.stderr, io.stderr] : [io.stdout, talkOf(io)];
  if (flags.json !== true)
    for (const line of stepTable(out, steps, agents.isSimulated)) out.line(line);
  const { metrics, runId, status, error } = ending;
  const counts = [
    `${metrics.completedSteps} of ${metrics.totalSteps} completed`,
    ...(metrics.failedSteps > 0 ? [`${metrics.failedSteps} failed`] : []),
    ...(metrics.skippedSteps > 0 ? [`${metrics.skippedSteps} skipped`] : []),
    ...(metrics.cancelledSteps > 0 ? [`${metrics.cancelledSteps} cancelled`] : []),
  ];
  const took = metrics.duration === undefined ? "" : ` in ${duration(metrics.duration)}`;
  out.line(
    `${statusWord(out, status)}  run ${shortId(runId)}${took}: ${counts.join(", ")}${steps.some((step) => agents.isSimulated(step.agentId)) ? `  ${SIMULATED}` : ""}`,
  );
  if (error !== undefined) out.line(`why    ${shortError(error)}`);
  talk.line(`kept   ${database}  (run ${runId})`);
  const failed = failedStep(steps);
  const db = dbFlag(flags);
  if (failed !== undefined)
    talk.line(`logs   ${talk.asTyped(`axw logs ${shortId(runId)} ${shellWord(failed.id)}${db}`)}`);
  renderNext(talk, nextAfter(ending, `${agents.flag}${db}`, db));
}

/** The step whose logs tell most: one that stopped the run, rather than one that may fail. */
export function failedStep(steps: readonly StepInfo[]): StepInfo | undefined {
  const failed = steps.filter(({ status }) => status === "failed");
  return failed.find(({ continueOnError }) => !continueOnError) ?? failed[0];
}

function nextAfter({ status, runId }: RunEnding, resumeFlags: string, db: string): string {
  if (status === "completed") return `axw show ${shortId(runId)}${db}`;
  return status === "cancelled"
    ? `axw show ${shortId(runId)}${db}`
    : `axw resume ${shortId(runId)}${resumeFlags}`;
}

/** Every step with status, attempts, time and the beginning of its result. */
export function stepTable(
  out: CliIo["stdout"],
  steps: readonly StepInfo[],
  isSimulated: IsSimulated,
): string[] {
  const rows =
    steps.length <= MOST_ROWS
      ? steps
      : [...steps.filter(isOpen), ...steps.filter((step) => !isOpen(step))].slice(0, MOST_ROWS);
  const cells = rows.map((step): Cell[] => [
    step.id,
    { status: step.status },
    String(step.attemptNumber),
    timeOf(step),
    noteOf(step, isSimulated),
  ]);
  const lines = table(out, ["STEP", "STATUS", "ATTEMPTS", "TIME", "RESULT"], cells);
  return steps.length > rows.length
    ? [...lines, `… and ${steps.length - rows.length} more`]
    : lines;
}

function isOpen(step: StepInfo): boolean {
  return step.status !== "completed";
}

function timeOf({ startedAt, finishedAt }: StepInfo): string {
  return startedAt === undefined || finishedAt === undefined
    ? ""
    : duration(Math.max(0, finishedAt - startedAt));
}

function noteOf(step: StepInfo, isSimulated: IsSimulated): string {
  const simulated = isSimulated(step.agentId) ? `  ${SIMULATED}` : "";
  if (step.status === "completed") return `${shortResult(step.result)}${simulated}`;
  return `${cleanLine(shortError(step.error ?? ""))}${simulated}`.trim();
}
