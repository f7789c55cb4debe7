import type { WorkflowDefinition } from "@automatosx/schemas";
import { SeededRandom } from "../SeededRandom.js";
import { textHash } from "../text-hash.js";
import type { Fault } from "./Fault.js";
import { templatesOf } from "./templates-of.js";

/** The probability that an attempt of a step fails, from 0 to 1, by step id; `*` for all others. */
export type FailureRates = Readonly<Record<string, number>>;

/**
 * Plans how often each step fails before it succeeds or has no retry left: every attempt fails with
 * the step's probability. Whether an attempt fails depends on the seed, the id of the step and the
 * number of the attempt, so a world with more retries has the same failures.
 */
export function planFailures(
  seed: number,
  { steps }: Pick<WorkflowDefinition, "steps">,
  rates: FailureRates,
): Fault[] {
  return templatesOf(steps).flatMap(({ id, retries }) => {
    const rate = (Object.hasOwn(rates, id) ? rates[id] : rates["*"]) ?? 0;
    const random = new SeededRandom(textHash(`${seed} fails ${id}`));
    const faults: Fault[] = [];
    while (faults.length <= retries && random.chance(rate))
      faults.push({ kind: "agent", run: 0, stepId: id, does: "error" });
    return faults;
  });
}
