import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import type { Effect, RunPolicy, WorkflowEvent } from "../core/workflow-state-machine.js";

interface PreparedRun {
  readonly definition: WorkflowDefinition;
  readonly policy: RunPolicy;
  /** Known for a run that starts; a run that was loaded has it in its machine. */
  readonly graph?: DependencyGraph | undefined;
}

/**
 * What the machine asks about its definition, answered from the workflow that was prepared before
 * the run began: the four preparing states last one turn.
 */
export function answerFromDefinition(run: PreparedRun, effect: Effect): WorkflowEvent | undefined {
  switch (effect.type) {
    case "parse_definition":
      return { type: "workflow_parsed", steps: run.definition.steps, policy: run.policy };
    case "validate_definition":
      return { type: "workflow_valid" };
    case "build_dependency_graph":
      return run.graph === undefined
        ? graphOf(run.definition)
        : { type: "graph_built", ...run.graph };
    case "schedule_batches":
      return { type: "steps_scheduled" };
    default:
      return undefined;
  }
}

function graphOf({ steps }: WorkflowDefinition): WorkflowEvent {
  const built = buildDependencyGraph(steps);
  if (built.ok) return { type: "graph_built", ...built.graph };
  const reason = built.problems.map((problem) => JSON.stringify(problem)).join("; ");
  return { type: "graph_invalid", reason };
}
