import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { explore } from "../scripts/transitions/explore.js";
import * as core from "../src/index.js";
import { Machine, type Refusal, RunQueries, State, type WorkflowEvent } from "../src/index.js";
import { readScenario } from "./support/scenarios/read-scenario.js";
import { ScenarioRun, type Transition } from "./support/scenarios/ScenarioRun.js";

const folder = fileURLToPath(new URL("scenarios/", import.meta.url));
const files = globSync("*.txt", { cwd: folder }).toSorted();
const scenarios = files.map((file) => ({
  file,
  scenario: readScenario(readFileSync(`${folder}${file}`, "utf8")),
}));

// `vitest run tests/scenarios.test.ts -u` rewrites the answers.
describe("scenarios", () => {
  for (const { file, scenario } of scenarios) {
    test(scenario.title, async () => {
      await expect(new ScenarioRun(scenario).write()).toMatchFileSnapshot(`scenarios/${file}`);
    });
  }
});

describe("together, the scenarios", () => {
  const told = scenarios.flatMap(({ scenario }) => {
    const run = new ScenarioRun(scenario);
    run.write();
    return run.told;
  });
  const cells = [...explore(core).values()].filter(({ leadsTo }) => leadsTo.size > 0);

  test("reach every state, accept every event and cover every refusal", () => {
    const states = told.flatMap(({ before, outcome }) => [
      RunQueries.state(before),
      ...(outcome.ok ? [RunQueries.state(outcome.machine)] : []),
    ]);
    const events = told.filter(({ outcome }) => outcome.ok).map(({ event }) => event.type);
    const refusals = told.flatMap(({ outcome }) => (outcome.ok ? [] : [outcome.reason]));
    expect({
      states: new Set(states),
      events: new Set(events),
      refusals: new Set(refusals),
    }).toEqual({
      states: new Set(State.all),
      events: new Set(Object.keys(EVERY_EVENT)),
      refusals: new Set(Object.keys(EVERY_REFUSAL)),
    });
  });

  // Whether any scenario's answers change when this transition replaces the machine's.
  const notice = (transition: Transition): boolean =>
    scenarios.some(
      ({ scenario }) =>
        new ScenarioRun(scenario, transition).write() !== new ScenarioRun(scenario).write(),
    );

  test("detect a table cell changed from accepting to refusing", () => {
    const unnoticed = cells.filter(
      ({ state, event: type }) =>
        !notice((machine, event, at) =>
          Machine.state(machine) === state && event.type === type
            ? { ok: false, state, event: type, reason: "wrong_state" }
            : Machine.transition(machine, event, at),
        ),
    );
    expect(unnoticed.map(({ state, event }) => `${event} in ${state}`)).toEqual([]);
  });

  test("detect a table cell that loses its effects", () => {
    const acting = cells.filter(({ effects, tells }) => effects.size + tells.size > 0);
    const unnoticed = acting.filter(
      ({ state, event: type }) =>
        !notice((machine, event, at) => {
          const outcome = Machine.transition(machine, event, at);
          return outcome.ok && Machine.state(machine) === state && event.type === type
            ? { ...outcome, effects: [] }
            : outcome;
        }),
    );
    expect(unnoticed.map(({ state, event }) => `${event} in ${state}`)).toEqual([]);
  });
});

// Records over the unions, so that a new event or refusal is a compile error until it is listed.
const EVERY_EVENT: Readonly<Record<WorkflowEvent["type"], true>> = {
  initiate_workflow: true,
  parse_workflow: true,
  workflow_parsed: true,
  parse_failed: true,
  validate_workflow: true,
  workflow_valid: true,
  workflow_invalid: true,
  build_graph: true,
  graph_built: true,
  graph_invalid: true,
  schedule_steps: true,
  steps_scheduled: true,
  execute_step_batch: true,
  step_completed: true,
  step_failed: true,
  batch_completed: true,
  all_steps_completed: true,
  create_checkpoint: true,
  checkpoint_created: true,
  restore_checkpoint: true,
  checkpoint_restored: true,
  aggregate_results: true,
  results_aggregated: true,
  complete_workflow: true,
  workflow_failed: true,
  pause_workflow: true,
  resume_workflow: true,
  cancel_workflow: true,
  reset: true,
  steps_due: true,
  step_answered: true,
  gate_answered: true,
  signal_received: true,
  budget_changed: true,
  result_edited: true,
  steps_reopened: true,
  definition_changed: true,
};
const EVERY_REFUSAL: Readonly<Record<Refusal, true>> = {
  wrong_state: true,
  no_steps: true,
  unknown_step: true,
  step_not_ready: true,
  no_free_slot: true,
  step_not_running: true,
  older_attempt: true,
  steps_unfinished: true,
  steps_in_flight: true,
  graph_mismatch: true,
  not_due: true,
  gate_not_open: true,
  invalid_answer: true,
  duplicate_signal: true,
  signals_full: true,
  step_not_completed: true,
};
