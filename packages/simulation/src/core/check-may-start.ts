import type { StepDef } from "@automatosx/rescript-core";
import { demand } from "./promises.js";
import { checkStart, describeBudget } from "./recount-facts.js";
import type { StepRecount } from "./StepRecount.js";

const dependenciesOf = (def: StepDef | undefined): string =>
  def === undefined ? "the steps around it" : def.dependencies.join(", ");

/** Checks that a step may start now. */
export function checkMayStart(steps: StepRecount, id: string, now: number): void {
  const index = steps.indexOf(id);
  const status = steps.statusOf(index);
  demand(index !== -1, "join", () => `${id} was started, but there is no such step`);
  checkStart(steps, id, now);
  demand(
    status !== "completed",
    "recordedOnce",
    () => `${id} was started again although it has completed`,
  );
  demand(
    status !== "failed",
    "outcomesStay",
    () => `${id} was started again although its failure is an outcome`,
  );
  demand(
    steps.isFree(index),
    "join",
    () => `${id} started before ${dependenciesOf(steps.defOf(index))} were satisfied`,
  );
  demand(
    steps.isDue(index, now),
    "timers",
    () => `${id} started at ${now} while ${status}, due at ${steps.retryAt[index]}`,
  );
  demand(
    steps.isAffordable(index),
    "budgetHolds",
    () => `${id} started although the budget does not admit it: ${describeBudget(steps)}`,
  );
  demand(
    steps.hasSlotFor(index),
    "limits",
    () => `${id} started beside ${steps.runningIds.join(", ")}`,
  );
}
