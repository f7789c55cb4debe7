import { RunQueries, type WorkflowMachine } from "../core/workflow-state-machine.js";
import { renderTemplate } from "../definition/render-template.js";

/** What an attempt was asked and given, for people to read. It contains no secrets. */
export interface ShownRequest {
  /** The id of the agent. */
  readonly agentId: string;
  /**
   * The task with its templates replaced, as written if one of them cannot be; for a program, how
   * it is written.
   */
  readonly task: unknown;
  /** The inputs of the run, or of the included workflow. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The results of the steps that it depends on, by step id. */
  readonly steps: Readonly<Record<string, unknown>>;
  /** The item of a fan-out. */
  readonly item?: unknown;
  /** The options for its agent, or the inputs of a child run, as written. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** Why it was asked again. */
  readonly feedback?: unknown;
}

/**
 * Returns what an attempt was asked. `machine` is the state right after it began; undefined if it
 * was not in flight then.
 */
export function shownRequest(
  machine: WorkflowMachine,
  stepId: string,
  attemptNumber: number,
): ShownRequest | undefined {
  const request = RunQueries.request(machine, stepId, attemptNumber);
  if (request === undefined) return undefined;
  const { agentId, task, results, values, item, feedback, run, with: given } = request;
  const rendered = renderTemplate(task, values);
  return {
    agentId,
    task: run ?? (rendered.ok ? rendered.text : task),
    inputs: request.inputs ?? RunQueries.inputs(machine),
    steps: results,
    ...(item !== undefined && { item }),
    ...(given !== undefined && { with: given }),
    ...(feedback !== undefined && { feedback }),
  };
}
