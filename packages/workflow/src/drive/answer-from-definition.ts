import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import type { Effect, RunPolicy, WorkflowEvent } from "../core/workflow-state-machine.js";

interface PreparedRun {
  readonly definition: WorkflowDefinition;
  readonly policy: RunPolicy;
  /** Present for a new run; the machine of a loaded run already contains it. */
  readonly graph?: DependencyGraph | undefined;
}

/**
 * Answers the machine's requests about its definition from the prepared workflow, so that the run
 * passes through the four preparing states in one turn.
 */
export function answerFromDefinition(run: PreparedRun, effect: Effect): WorkflowEvent | undefined {
  switch (effect.type) {
    case "parse_definition": {
      const { steps, outputs, on: handlers } = run.definition;
      return {
        ...{ type: "workflow_parsed", steps, policy: run.policy },
        ...(outputs !== undefined && { outputs }),
        ...(handlers !== undefined && { handlers }),
      };
    }
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
