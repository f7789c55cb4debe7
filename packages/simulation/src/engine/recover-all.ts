import type { WorkflowError } from "@automatosx/workflow";
import { mustBeExpected } from "./expected-errors.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { WorldView } from "./world-view.js";

/** After this many recoveries in a row without a recorded outcome, `recover` skips a run. */
const MAX_RECOVERIES = 3;

/** Has a process recover every run that it can, and checks the problems that it reports. */
export async function recoverAll(world: WorldView, process: SimulatedProcess): Promise<void> {
  const { handles, problems } = (await process.engine?.recover()) ?? { handles: [], problems: [] };
  for (const problem of problems) {
    if (problem.code === "run_quarantined") {
      checkQuarantine(world, problem, process);
      continue;
    }
    mustBeExpected(world, problem, `${process.name} recovers`);
    // If no run was claimed before, no time has passed in which another process could have claimed
    // this one.
    const isWrong =
      problem.code === "run_owned_elsewhere" && problem === problems[0] && handles.length === 0;
    if (isWrong && !process.isDead)
      world.report(`${process.name} recovers a run with a living owner: ${problem.message}`);
  }
}

// The run stays quarantined until it is resumed by its id, which always happens eventually.
function checkQuarantine(
  world: WorldView,
  { runId, message }: WorkflowError,
  process: SimulatedProcess,
): void {
  const run = world.runs.find(({ id }) => id === runId);
  world.log(`${process.name} skips ${run?.name}, which is quarantined`);
  if (run === undefined || run.recoveries < MAX_RECOVERIES)
    world.report(`${process.name}: ${message} It has been recovered ${run?.recoveries} times.`);
}
