import type { StepDefinition } from "@automatosx/schemas";
import {
  criticalPath,
  launchBounds,
  type PreparedWorkflow,
  previewStored,
} from "@automatosx/workflow";
import { findRun, type StoredRun } from "@automatosx/workflow/observe";
import { RerunPlan, type RunView, rootOf, shortId } from "@automatosx/workflow/run-view";
import type { Plan } from "../../api/workflow.schema.js";
import type { Reading } from "../Reading.js";
import type { KnownWorkflow } from "./KnownWorkflow.js";
import { type StepMeasure, stepMeasures } from "./step-measures.js";

type PlannedStep = Plan["steps"][number];

/** What is known of the run that a plan is compared with. */
interface Compared {
  readonly run: StoredRun;
  readonly view: RunView;
}

/**
 * Returns what the workflow would do if it ran now; compared with a run, which steps would keep
 * their results, as `axw plan --run` says. Starts nothing.
 */
export function planWorkflow(
  reading: Reading,
  known: KnownWorkflow,
  runPart: string | undefined,
): Plan {
  const workflow = known.current();
  const compared = runPart === undefined ? undefined : comparedRun(reading, runPart);
  const measures = measuresOf(reading, known, compared?.run);
  const planned =
    compared === undefined ? newSteps(workflow) : rerunSteps(reading, workflow, compared);
  const steps = planned.map((step) => ({ ...step, ...measures.get(step.step) }));
  const { definition } = workflow;
  const performed = steps.filter(isPerformed);
  const roots = new Set(performed.map(({ step }) => rootOf(step)));
  const limit = definition.budget?.launches;
  const usd = costOf(performed);
  const words = ["plan", known.file?.name ?? "FILE"];
  const about = compared === undefined ? [] : ["--run", shortId(compared.run.runId)];
  return {
    ...(compared !== undefined && { runId: compared.run.runId }),
    steps,
    launches: {
      ...launchesOf(workflow, roots, performed.length, compared !== undefined),
      ...(limit !== undefined && { limit }),
    },
    ...(usd !== undefined && { usd }),
    longestPath: longestPath(workflow, roots, measures),
    command: reading.options.control.typed([...words, ...about]),
  };
}

function comparedRun({ storage, readers }: Reading, part: string): Compared {
  const run = findRun(storage, part);
  const { view } = readers.latest(run.runId);
  return { run, view };
}

/** What the steps took in a run, and in the last completed one where they were not completed. */
function measuresOf(
  { storage, readers }: Reading,
  known: KnownWorkflow,
  run: StoredRun | undefined,
): ReadonlyMap<string, StepMeasure> {
  const completed = known.runs.find(({ status }) => status === "completed");
  const runs = [completed, run].filter((each) => each !== undefined);
  return new Map(
    [...new Set(runs)].flatMap(({ runId }) => [
      ...stepMeasures(storage, runId, readers.latest(runId).view),
    ]),
  );
}

function rerunSteps(
  reading: Reading,
  workflow: PreparedWorkflow,
  { run, view }: Compared,
): readonly PlannedStep[] {
  const previews = previewStored(reading.storage, run.runId, workflow, { now: reading.now() });
  const plan = new RerunPlan(previews, view);
  return plan.steps.map((step) => ({
    step: step.stepId,
    verdict: step.verdict,
    why: plan.reason(step),
  }));
}

function newSteps({ definition }: PreparedWorkflow): readonly PlannedStep[] {
  const planned = (step: StepDefinition, place: string, from: string): PlannedStep[] => {
    const path = `${place}${step.id}`;
    const why = [from, whyOf(step)].filter(Boolean).join(", ");
    if (step.steps !== undefined)
      return step.steps.flatMap((inner) => planned(inner, `${path}.`, why));
    const isQuestion = step.gate !== undefined || step.wait?.signal !== undefined;
    return [{ step: path, verdict: isQuestion ? "asks" : "run", why }];
  };
  return definition.steps.flatMap((step) => planned(step, "", ""));
}

function whyOf({ if: condition, foreach, loop }: StepDefinition): string {
  return [
    ...(condition === undefined ? [] : [`if ${condition}`]),
    ...(foreach === undefined ? [] : ["for each item"]),
    ...(loop === undefined ? [] : [`up to ${loop.max} rounds`]),
  ].join(", ");
}

function isPerformed({ verdict }: PlannedStep): boolean {
  return verdict !== "kept" && verdict !== "dropped";
}

/** What the steps to perform cost before; undefined if no step has reported a price. */
function costOf(performed: readonly PlannedStep[]): Plan["usd"] {
  const amounts = performed.flatMap(({ usd }) => usd ?? []);
  if (amounts.length === 0) return undefined;
  return {
    amount: amounts.reduce((sum, each) => sum + each, 0),
    isAtLeast: amounts.length < performed.filter(({ verdict }) => verdict !== "asks").length,
  };
}

/**
 * How often agents are called. Of a run that keeps results, only the steps with something to
 * perform count, and a step that keeps a part may need fewer calls than a whole one.
 */
function launchesOf(
  { definition }: PreparedWorkflow,
  roots: ReadonlySet<string>,
  performedCount: number,
  isRerun: boolean,
): { least: number; most: number | null } {
  const { steps, on } = definition;
  const performed = isRerun ? steps.filter(({ id }) => roots.has(id)) : steps;
  const bounds = launchBounds({ steps: performed, ...(on !== undefined && { on }) });
  const least = isRerun ? Math.min(bounds.least, performedCount) : bounds.least;
  return { least, most: bounds.most ?? null };
}

/** The chain of steps that takes longest; steps that keep their results take no time. */
function longestPath(
  { definition, graph }: PreparedWorkflow,
  roots: ReadonlySet<string>,
  measures: ReadonlyMap<string, StepMeasure>,
): Plan["longestPath"] {
  const { steps } = definition;
  const took = ({ id, estimate }: StepDefinition): number | undefined =>
    measures.get(id)?.tookMs ?? estimate;
  const known = steps.flatMap((step) => took(step) ?? []);
  const mean = known.reduce((sum, ms) => sum + ms, 0) / Math.max(1, known.length) || 1;
  const weights = Object.fromEntries(
    steps.map((step) => [step.id, roots.has(step.id) ? (took(step) ?? mean) : 0]),
  );
  const { path, length } = criticalPath(graph, weights);
  const toPerform = path.filter((id) => roots.has(id));
  return { steps: toPerform, ...(known.length > 0 && { ms: length }) };
}
