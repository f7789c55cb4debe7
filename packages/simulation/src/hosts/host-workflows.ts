import { type PreparedWorkflow, prepareWorkflow } from "@automatosx/workflow";

interface Written {
  readonly id: string;
  readonly dependencies?: readonly string[];
}

const step = (id: string, ...dependencies: readonly string[]): Written => ({ id, dependencies });

const SHAPES: Readonly<Record<string, readonly Written[]>> = {
  one: [step("a")],
  chain: [step("a"), step("b", "a"), step("c", "b"), step("d", "c")],
  fan: [step("a"), step("b", "a"), step("c", "a"), step("d", "a"), step("e", "b", "c", "d")],
  apart: [step("a"), step("b"), step("c", "a"), step("d", "b")],
};

let prepared: readonly PreparedWorkflow[] | undefined;

/** The workflows that hosts execute. They are prepared once in each thread. */
export function hostWorkflows(): readonly PreparedWorkflow[] {
  prepared ??= Object.entries(SHAPES).map(([id, steps]) =>
    prepareWorkflow(
      JSON.stringify({
        id,
        name: id,
        steps: steps.map((written) => ({
          ...written,
          agentId: "any",
          task: `do ${written.id}`,
          retry: { max: 2, backoff: 500, jitter: "full" },
        })),
      }),
      { format: "json" },
    ),
  );
  return prepared;
}
