import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import type { SeedTotals, StepTotals } from "@automatosx/simulation";
import { everyStep } from "@automatosx/workflow";
import type { Output } from "../Output.js";
import { type Cell, table } from "./table.js";
import { count } from "./words.js";
import { wrap } from "./wrap.js";

/** What happened to a step in the simulated runs, as `--json` prints it. */
export interface SimulatedStep extends Omit<StepTotals, "gainedRunCount"> {
  readonly stepId: string;
  readonly retries: number;
  /** Absent if the step already has the most retries. */
  readonly oneMoreRetry?: {
    /** How many more runs complete in the same worlds; negative if fewer do. */
    readonly gainedRunCount: number;
    /** The share of the completed runs, from 0 to 1. */
    readonly completedShare: number;
  };
}

type Totals = Pick<SeedTotals, "steps" | "endings" | "runCount">;

export function simulatedSteps(
  { steps }: Pick<WorkflowDefinition, "steps">,
  totals: Totals,
): readonly SimulatedStep[] {
  return performedSteps(steps).map(({ id, retries }) => {
    const { gainedRunCount, ...counts } = totals.steps[id] ?? NEVER_STARTED;
    if (gainedRunCount === undefined) return { stepId: id, retries, ...counts };
    const completedShare = shareOf(totals.endings.completed + gainedRunCount, totals.runCount);
    return { stepId: id, retries, ...counts, oneMoreRetry: { gainedRunCount, completedShare } };
  });
}

/** The steps that an agent or a program performs, inner ones included, in the order of the file. */
export const performedSteps = (steps: readonly StepDefinition[]): readonly StepDefinition[] =>
  [...everyStep(steps)].filter((step) => step.steps === undefined);

const NEVER_STARTED: StepTotals = {
  runCount: 0,
  attemptCount: 0,
  failedAttemptCount: 0,
  repeatedAttemptCount: 0,
  failedRunCount: 0,
};

/**
 * The maximum number of steps in the table. Those that ran out of retries most often come first.
 */
const ROW_LIMIT = 40;

const HEADER = ["STEP", "RUNS", "ATTEMPTS", "FAILED", "REPEATED", "RAN OUT", "ONE MORE RETRY"];

/** Prints a table with a row for each step. */
export function renderSimulatedSteps(
  out: Output,
  steps: readonly SimulatedStep[],
  runCount: number,
): void {
  const shown =
    steps.length <= ROW_LIMIT
      ? steps
      : steps.toSorted((a, b) => b.failedRunCount - a.failedRunCount).slice(0, ROW_LIMIT);
  const rows = shown.map((step): Cell[] => [
    step.stepId,
    String(step.runCount),
    String(step.attemptCount),
    step.failedAttemptCount === 0
      ? "0"
      : `${step.failedAttemptCount} (${percent(step.failedAttemptCount, step.attemptCount)})`,
    String(step.repeatedAttemptCount),
    String(step.failedRunCount),
    gainText(step, runCount),
  ]);
  for (const line of table(out, HEADER, rows)) out.line(line);
  if (shown.length < steps.length)
    out.line(`… and ${steps.length - shown.length} more: --json has them all`);
}

function gainText({ oneMoreRetry }: SimulatedStep, runCount: number): string {
  if (oneMoreRetry === undefined) return "it has the most";
  const { gainedRunCount } = oneMoreRetry;
  if (gainedRunCount === 0) return "no change";
  const [sign, size] = gainedRunCount > 0 ? ["+", gainedRunCount] : ["−", -gainedRunCount];
  const points = ((100 * size) / runCount).toFixed(1);
  return `${sign}${count(size, "run")} (${sign}${points} points)`;
}

/** Explains the words of the table and of the lines above it. */
export function renderWords(out: Output, hasRates: boolean): void {
  out.line("words");
  for (const [word, meaning] of wordsFor(hasRates))
    for (const line of wrap(out, `  ${word.padEnd(15)} ${meaning}`, " ".repeat(18))) out.line(line);
}

function wordsFor(hasRates: boolean): readonly (readonly [word: string, meaning: string])[] {
  return [
    ["world", "one seed: simulated agents, processes, storage and clocks, and what goes wrong"],
    ["run", `one execution of the workflow; a world has one${hasRates ? "" : " or two"}`],
    [
      "endings",
      hasRates
        ? "how the runs ended; a run fails when a step has no retry left"
        : "how the runs ended; a run fails when a step has no retry left, and a user cancels some",
    ],
    ["makespan", "the time of a world from the start of its first run to the end of its last"],
    ...(hasRates
      ? []
      : ([
          ["faults", "what the seed makes go wrong; a rival is another engine that looks for work"],
        ] as const)),
    ["RUNS", "the runs in which the step started"],
    ["ATTEMPTS", "how often its agent was called"],
    ["FAILED", "the attempts that failed: an error, a timeout, a result that is not JSON"],
    ["REPEATED", "the attempts that repeat one whose process died; they do not use up a retry"],
    ["RAN OUT", "the runs in which it failed and had no retry left"],
    [
      "ONE MORE RETRY",
      "how many more runs complete, in the same worlds, if `retries` of this step alone is " +
        "one higher; points are percent of all runs",
    ],
    [
      "promise",
      "a rule that the engine keeps in every world, such as not to repeat a recorded result",
    ],
  ];
}

/** `12.5 %`; of nothing, `0.0 %`. */
export function percent(part: number, whole: number): string {
  return `${(100 * shareOf(part, whole)).toFixed(1)} %`;
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
