import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { buildDependencyGraph } from "../../src/core/dependency-graph.js";
import { PreparedWorkflow } from "../../src/definition/PreparedWorkflow.js";

type StepParts = Partial<StepDefinition> & { readonly after?: readonly string[] };

/** A step in normal form; a list names its dependencies. */
export function normalStep(id: string, given: readonly string[] | StepParts = []): StepDefinition {
  const { after, ...parts } = (Array.isArray(given) ? { after: given } : given) as StepParts;
  const kind =
    parts.gate !== undefined
      ? { agentId: "@gate", task: "" }
      : parts.wait !== undefined
        ? { agentId: "@wait", task: "" }
        : parts.stop !== undefined
          ? { agentId: "@stop", task: "" }
          : parts.workflow !== undefined
            ? { agentId: "@workflow", task: "" }
            : { agentId: "worker", task: `do ${id}` };
  return {
    ...{ id, name: id, ...kind, dependencies: [...(after ?? [])] },
    ...{ parallel: true, retries: 0, continueOnError: false },
    ...parts,
  };
}

/** A gate in normal form whose form accepts any values. */
export function gate(
  ask: string,
  rest: Partial<NonNullable<StepDefinition["gate"]>> = {},
): Pick<StepDefinition, "gate"> {
  return { gate: { ask, form: { type: "object" }, onExpire: "reject", onReject: "fail", ...rest } };
}

/** A prepared workflow from steps in normal form. */
export function normalWorkflow(
  steps: Record<string, readonly string[] | StepParts>,
  rest: Partial<WorkflowDefinition> = {},
  workflows: readonly PreparedWorkflow[] = [],
): PreparedWorkflow {
  const definition = {
    ...{ language: 2, id: "under-test", name: "under test", version: "1" },
    ...{ inputs: {}, context: {}, agents: {}, limits: {} },
    steps: Object.entries(steps).map(([id, given]) => normalStep(id, given)),
    ...rest,
  } as unknown as WorkflowDefinition;
  const built = buildDependencyGraph(definition.steps);
  if (!built.ok) throw new Error(JSON.stringify(built.problems));
  return new PreparedWorkflow({
    definition,
    source: JSON.stringify(definition),
    format: "json",
    warnings: [],
    graph: built.graph,
    references: [],
    children: new Map(workflows.map((child) => [child.hash, child])),
  });
}

/** A step that runs this workflow as a run of its own. */
export function childRun(
  { hash, definition }: PreparedWorkflow,
  given: Readonly<Record<string, unknown>> = {},
): Pick<StepDefinition, "workflow"> {
  return { workflow: { hash, workflowId: definition.id, with: given } };
}
