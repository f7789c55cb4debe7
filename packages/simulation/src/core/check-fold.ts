import type { WorkflowMachine } from "@automatosx/rescript-core";
import { demand } from "./promises.js";
import type { WorldState } from "./WorldState.js";

/** Everything that can be observed of a machine, as text. */
function describeMachine({ core }: WorldState, machine: WorkflowMachine): string {
  return JSON.stringify([core.snapshot(machine, undefined), core.metrics(machine)]);
}

/** Costly: checks that the machine folded from the journal is the one of the last commit. */
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
