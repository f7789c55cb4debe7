import { Context, Machine, RunQueries, type WorkflowEvent } from "@automatosx/rescript-core";
import { checkFold } from "./check-fold.js";
import { checkRecount } from "./check-quiet.js";
import { isSame } from "./check-transition.js";
import { expectedEnd, expectedTreeEnd } from "./expected-end.js";
import { foldFromCheckpoint, foldWhole } from "./fold.js";
import { demand } from "./promises.js";
import type { TreeAgents } from "./TreePlan.js";
import type { WorldState } from "./WorldState.js";

/**
 * Checks an ended run's results, and that the run refuses every event. `deep` adds checks that take
 * as long as the run itself.
 */
export function checkEnd(world: WorldState, deep: boolean): void {
  checkResults(world);
  checkEndMetrics(world);
  checkRefusals(world);
  if (deep) checkDeeply(world);
}

function checkResults(world: WorldState): void {
  const { machine, recount, plan, scripts } = world;
  const context = Machine.context(machine);
  const results = Context.results(context);
  for (const id of recount.steps.batches.flat()) {
    const index = recount.steps.indexOf(id);
    const wanted =
      recount.steps.status[index] === "completed" ? recount.steps.resultOf(index) : undefined;
    demand(
      isSame(results[id], wanted),
      "sameResults",
      () => `the result of ${id} is ${JSON.stringify(results[id])}, not ${JSON.stringify(wanted)}`,
    );
  }
  if (recount.steps.run !== undefined) checkRecount(world);
  if (recount.phase === "cancelled" || plan.isOpenEnded === true) return;
  if (plan.tree !== undefined) {
    checkTree(world, plan.tree);
    return;
  }
  const expected = expectedEnd(plan, scripts);
  const statuses = Context.steps(context).map(({ status }) => status);
  const actual = [Machine.state(machine), ...statuses].join(" ");
  const wanted = [expected.state, ...expected.statuses].join(" ");
  demand(actual === wanted, "sameResults", () => `the run ended as ${actual}, not ${wanted}`);
}

/** Every instance, its status and its result, against the interpreter of the language. */
function checkTree(world: WorldState, tree: TreeAgents): void {
  const { machine, plan, recount } = world;
  const end = expectedTreeEnd(plan, {
    ...tree,
    scriptOf: (path) => {
      const index = recount.steps.indexOf(path);
      return index === -1 ? tree.scriptOf(path) : world.scriptOf(index);
    },
  });
  const lineOf = (path: string, status: string, result: unknown): string =>
    status === "completed" ? `${path} ${JSON.stringify(result)}` : `${path} ${status}`;
  const steps = Context.steps(Machine.context(machine));
  const actual = steps.map(({ id, status, result }) => lineOf(id, status, result)).sort();
  const wanted = [...end.statuses]
    .map(([path, status]) => lineOf(path, status, end.results.get(path)))
    .sort();
  const state = Machine.state(machine);
  demand(state === end.state, "sameResults", () => `the run is ${state}, not ${end.state}`);
  const outputs = state === "completed" ? RunQueries.outputs(machine) : undefined;
  demand(
    isSame(outputs, end.outputs),
    "sameResults",
    () => `the outputs are ${JSON.stringify(outputs)}, not ${JSON.stringify(end.outputs)}`,
  );
  demand(
    isSame(actual, wanted),
    "sameResults",
    () =>
      `the run has ${differing(actual, wanted).join(", ")}; ` +
      `wanted is ${differing(wanted, actual).join(", ")}`,
  );
}

function differing(list: readonly string[], other: readonly string[]): string[] {
  const known = new Set(other);
  return list.filter((line) => !known.has(line));
}

function checkEndMetrics({ core, machine, recount }: WorldState): void {
  const { currentBatch, startTime, endTime = Number.NaN } = core.metrics(machine);
  const wanted = recount.steps.currentBatch;
  demand(
    currentBatch === wanted,
    "metricsRecount",
    () => `the current batch is ${currentBatch}, not ${wanted}`,
  );
  demand(
    endTime === recount.now && endTime >= startTime,
    "time",
    () =>
      `the metrics say that the run began at ${startTime} and ended at ${endTime}; ` +
      `its last event was at ${recount.now}`,
  );
}

function checkRefusals({ core, machine, recount, plan, clock }: WorldState): void {
  const events: WorkflowEvent[] = [
    { type: "cancel_workflow" },
    { type: "pause_workflow" },
    { type: "resume_workflow" },
    { type: "create_checkpoint" },
    { type: "workflow_failed", error: "late" },
    ...plan.defs.map(({ id }, index): WorkflowEvent => {
      const attemptNumber = recount.steps.attempt[index] ?? 0;
      return { type: "step_completed", stepId: id, attemptNumber, result: "late" };
    }),
  ];
  for (const event of events) {
    const { ok } = core.transition(machine, event, clock);
    demand(!ok, "oneEnd", () => `${event.type} was accepted after the run was ${recount.phase}`);
  }
}

function checkDeeply(world: WorldState): void {
  const { core, journal, checkpoints } = world;
  checkFold(world, foldWhole(world, journal));
  if (checkpoints.length > 0) checkFold(world, foldFromCheckpoint(world, journal));
  for (const [index, { data, snapshot, text, machine }] of checkpoints.entries()) {
    const now = JSON.stringify([data, snapshot]);
    demand(
      now === text,
      "checkpointsStay",
      () => `checkpoint ${data.checkpointId} was ${text}\nand is ${now}`,
    );
    const again = JSON.stringify(core.snapshot(machine, checkpoints[index - 1]?.machine));
    demand(
      again === JSON.stringify(snapshot),
      "checkpointsStay",
      () => `the machine of checkpoint ${data.checkpointId} has changed`,
    );
  }
}
