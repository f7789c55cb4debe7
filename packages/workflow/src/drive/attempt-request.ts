import type { RunDefinition } from "@automatosx/schemas";
import type { AgentRequest } from "../agents/AgentPort.js";
import { RunQueries, type WorkflowMachine } from "../core/workflow-state-machine.js";
import { parseTask } from "../definition/task-template.js";
import { attemptKey } from "../journal/attempt-key.js";
import type { RequestValues } from "./RequestValues.js";
import type { RunStart } from "./RunStart.js";

/**
 * One attempt at one step, as plain data that can be sent to another process. It contains
 * everything that the performing process needs. The task is a template, which the performer
 * renders.
 */
export interface AttemptRequest
  extends Omit<
    AgentRequest,
    | "task"
    | "previousResults"
    | "signal"
    | "log"
    | "recordProcess"
    | "attemptToken"
    | "runDirectory"
    | "run"
  > {
  /** The step's task as written, with its `${{ … }}`. */
  readonly task: string;
  /** The step's program as written. */
  readonly run?: RunDefinition;
  /** The values that the templates of the step name. */
  readonly values?: RequestValues;
  /** Ids of the steps whose results are passed to the agent. */
  readonly dependencies: readonly string[];
  /**
   * The results of `dependencies` and of the steps that the task refers to; null for a step without
   * a result.
   */
  readonly results: Readonly<Record<string, unknown>>;
  /** How long the attempt may take, in ms. */
  readonly timeoutMs?: number | undefined;
}

/** Returns the request for a running attempt; undefined if the machine no longer waits for it. */
export function requestOf(
  start: RunStart,
  machine: WorkflowMachine,
  stepId: string,
  attemptNumber: number,
): AttemptRequest | undefined {
  const step = RunQueries.request(machine, stepId, attemptNumber);
  if (step === undefined) return undefined;
  const results: Record<string, unknown> = {};
  for (const id of resultsNeeded(step)) results[id] = RunQueries.result(machine, id) ?? null;
  const { directory } = start;
  return {
    runId: start.runId,
    workflowId: start.definition.id,
    stepId,
    stepName: step.stepName,
    agentId: step.agentId,
    attemptNumber,
    idempotencyKey: attemptKey(start, stepId, attemptNumber),
    task: step.task,
    inputs: start.inputs,
    context: start.context,
    dependencies: step.dependencies,
    results,
    timeoutMs: step.timeout,
    ...(directory !== undefined && { directory }),
  };
}

// A task may refer to any upstream step, not only to direct dependencies.
function resultsNeeded({
  task,
  dependencies,
}: {
  readonly task: string;
  readonly dependencies: readonly string[];
}): readonly string[] {
  if (!task.includes("${{")) return dependencies;
  const named = parseTask(task).parts.flatMap((part) =>
    typeof part === "object" && part.source === "steps" ? [part.name] : [],
  );
  return [...new Set([...dependencies, ...named])];
}
