import { Context, Machine, type PreparedWorkflow, RunReader } from "@automatosx/workflow";
import { resultOf } from "./HostTeam.js";
import type { HostsView } from "./hosts-view.js";

/**
 * Checks a run after the end of the world: its hash chain is whole, its journal folds to the state
 * in its row, and its results are those that its agents return.
 */
export function checkHostRun(world: HostsView, runId: string, workflow: PreparedWorkflow): void {
  const wrong = (what: string): void => world.report(`${runId} ${what}`);
  const row = world.rows.getRun(runId);
  if (row === undefined) return wrong("was never stored");
  if (row.status !== "completed") wrong(`is ${row.status}`);
  if (row.owner !== undefined) wrong(`has ended, but ${row.owner.ownerId} owns it`);
  try {
    const reader = RunReader.open(world.rows, runId);
    for (const _ of reader.advance());
    const state = Machine.state(reader.machine);
    if (state !== row.state) wrong(`is ${row.state}; its journal folds to ${state}`);
    const results = JSON.stringify(Context.results(Machine.context(reader.machine)));
    const expected = JSON.stringify(expectedResults(workflow));
    if (results !== expected) wrong(`has the results ${results}; its agents return ${expected}`);
  } catch (error) {
    wrong(error instanceof Error ? error.message : String(error));
  }
}

function expectedResults({ definition }: PreparedWorkflow): Readonly<Record<string, unknown>> {
  const results: Record<string, string> = {};
  for (const { id, dependencies } of definition.steps)
    results[id] = resultOf(id, Object.fromEntries(dependencies.map((of) => [of, results[of]])));
  return results;
}
