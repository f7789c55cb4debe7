import type { RunDefinition, StepDefinition } from "@automatosx/schemas";
import type { AgentRequest } from "../agents/AgentPort.js";
import { RunQueries, type WorkflowMachine } from "../core/workflow-state-machine.js";
import { attemptKey } from "../journal/attempt-key.js";
import type { KeptFile } from "../run-directory/kept-files.js";
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
    | "session"
  > {
  /** The workflow that the step runs as a run of its own; its inputs are in `with`, as written. */
  readonly workflow?: NonNullable<StepDefinition["workflow"]>;
  /** The step's task as written, with its `${{ … }}`. */
  readonly task: string;
  /** The step's program as written. */
  readonly run?: RunDefinition;
  /** Ids of the steps whose results are passed to the agent. */
  readonly dependencies: readonly string[];
  /** The results of `dependencies`; null for a step without a result. */
  readonly results: Readonly<Record<string, unknown>>;
  /**
   * What the step's templates refer to, by root name: `steps` has the fields of steps that they
   * name, and no others.
   */
  readonly values: Readonly<Record<string, unknown>>;
  /**
   * The conversation to continue a copy of: its step and its reference. Absent for a new
   * conversation.
   */
  readonly session?: { readonly from: string; readonly reference?: string };
  /** How long the attempt may take, in ms. */
  readonly timeoutMs?: number | undefined;
  /** How long the attempt may write nothing, in ms. */
  readonly idleTimeoutMs?: number | undefined;
  /** Whether other steps check its answer before it is the result. */
  readonly isChecked?: boolean;
  /**
   * The files that completed steps have declared, each in its newest version. Present if the
   * attempt works in a directory, and is sent to a host that does not have that of the run.
   */
  readonly keptFiles?: readonly KeptFile[];
  /** Present if the agent is not the first of its step. */
  readonly substitute?: string;
}

type MutableRequest = { -readonly [Key in keyof AttemptRequest]: AttemptRequest[Key] };

/** Returns the request for a running attempt; undefined if the machine no longer waits for it. */
export function requestOf(
  start: RunStart,
  machine: WorkflowMachine,
  stepId: string,
  attemptNumber: number,
): AttemptRequest | undefined {
  const step = RunQueries.request(machine, stepId, attemptNumber);
  if (step === undefined) return undefined;
  const { directory, traceparent } = start;
  const request: MutableRequest = {
    runId: start.runId,
    workflowId: start.definition.id,
    stepId,
    stepName: step.stepName,
    agentId: step.agentId,
    attemptNumber,
    idempotencyKey: attemptKey(start, stepId, attemptNumber),
    task: step.task,
    inputs: step.inputs ?? start.inputs,
    context: step.context ?? start.context,
    dependencies: step.dependencies,
    results: step.results,
    values: step.values,
    timeoutMs: step.timeout,
  };
  if (directory !== undefined) request.directory = directory;
  if (traceparent !== undefined) request.traceparent = traceparent;
  if (step.with !== undefined) request.with = step.with;
  if (step.files !== undefined) request.files = step.files;
  if (step.run !== undefined) request.run = step.run;
  if (step.workflow !== undefined) request.workflow = step.workflow;
  if (step.output !== undefined) request.schema = step.output;
  if (step.item !== undefined) request.item = step.item;
  if (step.feedback !== undefined) request.feedback = step.feedback;
  if (step.idleTimeout !== undefined) request.idleTimeoutMs = step.idleTimeout;
  if (step.isChecked !== undefined) request.isChecked = step.isChecked;
  if (step.session !== undefined) request.session = step.session;
  // Most runs are of a plain workflow, which has no other agents to fall back on.
  if (start.definition.language !== undefined && isSubstitute(machine, stepId))
    request.substitute = step.agentId;
  return request;
}

function isSubstitute(machine: WorkflowMachine, stepId: string): boolean {
  return (RunQueries.step(machine, stepId)?.detail?.agentIndex ?? 0) > 0;
}
