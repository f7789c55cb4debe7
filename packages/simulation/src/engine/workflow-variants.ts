import { type PreparedWorkflow, prepareWorkflow } from "@automatosx/workflow";
import type { SeededRandom } from "../SeededRandom.js";

interface WrittenStep {
  readonly id: string;
  readonly task?: string;
  readonly steps?: readonly WrittenStep[];
}

interface Written {
  readonly steps: readonly WrittenStep[];
  readonly order?: string;
}

/** The workflow of a text as it is, with another task in one of its steps, and with one step more. */
export function variantsOf(
  random: SeededRandom,
  prepared: PreparedWorkflow,
  text: string,
): readonly PreparedWorkflow[] {
  const written = JSON.parse(text) as Written;
  const asked = agentsOf(written.steps);
  const changed = asked.length === 0 ? written.steps : retold(written.steps, random.pick(asked));
  const before = written.steps[0]?.id ?? "";
  const added = {
    id: "added",
    agentId: "red",
    task: "do added",
    timeout: "1s",
    ...(written.order === undefined && { dependencies: [{ [before]: "done" }] }),
  };
  return [
    prepared,
    ...[changed, [...written.steps, added]].map((steps) =>
      prepareWorkflow(JSON.stringify({ ...written, steps }), { format: "json" }),
    ),
  ];
}

const agentsOf = (steps: readonly WrittenStep[]): string[] =>
  steps.flatMap(({ id, task, steps: inner = [] }) =>
    task === undefined ? agentsOf(inner) : [id, ...agentsOf(inner)],
  );

const retold = (steps: readonly WrittenStep[], id: string): WrittenStep[] =>
  steps.map((step) => ({
    ...step,
    ...(step.id === id && { task: `${step.task}, but better` }),
    ...(step.steps !== undefined && { steps: retold(step.steps, id) }),
  }));
