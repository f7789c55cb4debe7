import type { WorkflowMachine } from "@automatosx/rescript-core";
import { demand } from "./promises.js";
import type { WorldState } from "./WorldState.js";

/** All observable state of a machine, as text. */
function describeMachine({ core }: WorldState, machine: WorkflowMachine): string {
  return JSON.stringify([core.snapshot(machine, undefined), core.metrics(machine)]);
}

/**
 * Checks that the machine folded from the journal equals the machine at the last commit. Expensive.
 */
export function checkFold(world: WorldState, folded: WorkflowMachine): void {
  if (world.journal.length === 0) return;
  const committed = describeMachine(world, world.committed);
  const again = describeMachine(world, folded);
  demand(
    again === committed,
    "memoryIsFold",
    () => `in memory: ${committed}\nfrom the journal: ${again}`,
  );
}
