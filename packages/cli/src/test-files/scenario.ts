import { basename } from "node:path";
import type { Scenario } from "@automatosx/schemas/test-files";
import type { Action, Case, Expected } from "./Case.js";

/**
 * Returns a scenario as a case. Its answers become actions: the run continues until it is paused,
 * the gate of the next answer must be open, and it is answered.
 */
export function caseOfScenario(
  scenario: Scenario,
  path: string,
  place: (file: string) => string,
): Case {
  const { title, workflow, readings = [], includes = {}, agents, answers = [] } = scenario;
  const files = Object.entries(includes).map(([written, file]) => [written, place(file)]);
  return {
    id: basename(path).replace(/\.expect\.json$/u, ""),
    construct: readings.join(", "),
    title,
    workflow: place(workflow),
    files: Object.fromEntries(files) as Record<string, string>,
    inputs: scenario.inputs ?? {},
    context: scenario.context ?? {},
    secrets: {},
    agents,
    actions: actionsOf(answers),
    expected: expectedOf(scenario.expect),
  };
}

function actionsOf(answers: NonNullable<Scenario["answers"]>): Action[] {
  const gates = answers.map(({ step }) => step);
  const isOpen = (gate: string | undefined): Pick<Action, "expect"> =>
    gate === undefined ? {} : { expect: { openGate: gate } };
  return [
    { run: true, ...isOpen(gates[0]) },
    ...answers.flatMap(({ step, values }, index): Action[] => [
      { answer: { step, values } },
      { resume: true, ...isOpen(gates[index + 1]) },
    ]),
  ];
}

function expectedOf(expect: Scenario["expect"]): Expected {
  const { status, reason, steps, launches, order, tasks, sessions, mostAtOnce, outputs } = expect;
  return {
    status,
    steps,
    allSteps: Object.keys(steps),
    launches,
    ...(reason === undefined ? { hasNoReason: true } : { reason }),
    ...(order !== undefined && { endedBefore: order }),
    ...(tasks !== undefined && { tasks }),
    ...(sessions !== undefined && { sessions }),
    ...(mostAtOnce !== undefined && { atMostAtOnce: mostAtOnce }),
    ...(outputs === undefined ? { hasNoOutputs: true } : { outputs }),
  };
}
