import type { WorkflowEvent } from "@automatosx/rescript-core";
import type { Refusal, Run } from "../language/index.js";
import { demand } from "./promises.js";
import type { StepRecount } from "./StepRecount.js";

/** What a fact is to a copy of the run: why it changes nothing; undefined if it counts. */
function refusalOf(run: Run, event: WorkflowEvent): Refusal | undefined {
  switch (event.type) {
    case "gate_answered":
      return run.answer(event.stepId, event.attemptNumber, event);
    case "signal_received":
      return run.signal(event.name, event.data, event.signalId);
    default:
      return undefined;
  }
}

const FACTS = new Set<WorkflowEvent["type"]>([
  "gate_answered",
  "signal_received",
  "budget_changed",
]);

/** True if a fact must be accepted by a run that takes facts. */
export function mustAcceptFact(steps: StepRecount, event: WorkflowEvent): boolean {
  const { run } = steps;
  if (run === undefined || !FACTS.has(event.type)) return false;
  return event.type === "gate_answered" && event.edits !== undefined
    ? steps.clone().goBack(event, { now: run.now, hasFailed: false }) === undefined
    : refusalOf(run.clone({}), event) === undefined;
}

/** Counts a fact that was accepted. */
export function applyFact(steps: StepRecount, event: WorkflowEvent, now: number): void {
  const { run } = steps;
  if (run === undefined || !FACTS.has(event.type)) return;
  if (event.type === "gate_answered" && event.edits !== undefined) {
    const refusal = steps.goBack(event, { now, hasFailed: false });
    demand(
      refusal === undefined,
      "contentHolds",
      () => `${JSON.stringify(event)} was accepted; the recount refuses it: ${refusal}`,
    );
    return;
  }
  run.now = now;
  if (event.type === "budget_changed") run.spending.change(event.budget);
  const refusal = refusalOf(run, event);
  const isResolution = event.type === "gate_answered" && run.tree.at(event.stepId)?.form !== "gate";
  demand(
    refusal === undefined,
    isResolution ? "unknownStays" : "gatesOnce",
    () => `${JSON.stringify(event)} was accepted; the recount refuses it: ${refusal}`,
  );
  steps.releaseFree(now);
}

/** Checks what must hold of every start besides edges, slots and the budget. */
export function checkStart({ run }: StepRecount, id: string, now: number): void {
  const leaf = run?.tree.at(id);
  if (run === undefined || leaf === undefined) return;
  const { phase, tree, quotas } = run;
  const [, handler] = /^:(failure|always)\./.exec(id) ?? [];
  demand(
    (handler ?? "main") === phase,
    tree.stopped !== undefined && handler === undefined ? "stopHolds" : "handlersOnce",
    () => `${id} started in the phase ${phase}`,
  );
  demand(
    leaf.status !== "unknown",
    "unknownStays",
    () => `${id} started although its outcome is unknown`,
  );
  const freeAt = quotas.freeAt(leaf);
  demand(
    freeAt <= now,
    "parkHolds",
    () => `${id} started at ${now}; its agent ${leaf.agentId} is free at ${freeAt}`,
  );
}

/** Checks that a run that pauses itself has a reason. */
export function checkPause(steps: StepRecount, reason: "waiting" | "budget" | undefined): void {
  const { run } = steps;
  if (reason === undefined) return;
  const isHeld = steps.heldByBudget(run?.now ?? 0) !== undefined;
  demand(
    run !== undefined && steps.runningCount === 0 && run.timers.length === 0,
    "restsForAReason",
    () => `the run paused for ${reason} although something was to happen`,
  );
  demand(
    reason === "budget" ? isHeld : !isHeld && run.waitsFor.length > 0,
    "restsForAReason",
    () =>
      `the run paused for ${reason}; it waits for ` +
      `[${run.waitsFor.map(({ path }) => path).join(", ")}], ${describeBudget(steps)}`,
  );
}

/** Checks that a run that fails has a reason. Returns false if its handlers have to run first. */
export function checkFailure(steps: StepRecount, code: string | undefined): boolean {
  const { run } = steps;
  if (run === undefined) return true;
  if (code === "budget_exceeded" && run.end === undefined) {
    const isHeld = steps.heldByBudget(run.now) !== undefined;
    demand(
      isHeld && steps.runningCount === 0 && run.spending.threshold.action === "fail",
      "budgetHolds",
      () => `the run failed for its budget; it has used ${describeBudget(steps)}`,
    );
    if (!run.exceedBudget()) return false;
  }
  const { end } = run;
  demand(
    end?.status === "failed" && (code === undefined || end.error?.code === code),
    "sameResults",
    () => `the run failed with ${code}; wanted is ${JSON.stringify(end)}`,
  );
  return true;
}

export const describeBudget = ({ run }: StepRecount): string =>
  run === undefined
    ? "no budget"
    : `${JSON.stringify(run.spending.state)} of ${JSON.stringify(run.spending.limits ?? {})}`;
