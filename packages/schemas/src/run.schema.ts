import { z } from "zod";
import { MAX_INT } from "./integer.js";
import { RUN_STATES, RUN_STATUSES } from "./run-status.js";

/** The exact state of a run: the machine's fourteen states, in the order a run reaches them. */
export const RunState = z.enum(RUN_STATES);
export type RunState = z.output<typeof RunState>;

/** The coarse, human-readable status. A run that has neither ended nor paused is `running`. */
export const RunStatus = z.enum(RUN_STATUSES);
/** The coarse, human-readable status. A run that has neither ended nor paused is `running`. */
export type RunStatus = z.output<typeof RunStatus>;

const instant = z.number().describe("In ms since the epoch.");
const count = z.int().min(0).max(MAX_INT);
const JsonMap = z.record(z.string(), z.unknown());

/** One execution of a workflow. */
export const WorkflowRun = z
  .strictObject({
    runId: z.string().min(1),
    workflowId: z.string().min(1),
    workflowName: z.string(),
    workflowVersion: z.string(),
    definitionHash: z
      .string()
      .describe("The sha-256, in hex, of the definition that the run is pinned to."),
    state: RunState,
    status: RunStatus,
    inputs: JsonMap,
    context: JsonMap,
    stepCount: count,
    error: z.string().exactOptional(),
    errorCode: z.string().exactOptional(),
    createdAt: instant,
    updatedAt: instant,
    finishedAt: instant.exactOptional(),
    parentRunId: z.string().exactOptional().describe("The run that this one was forked from."),
    parentCheckpointId: z
      .string()
      .exactOptional()
      .describe("The checkpoint that it was forked at."),
  })
  .readonly();
export type WorkflowRun = z.output<typeof WorkflowRun>;

/**
 * One attempt at a step. `interrupted` means that its engine stopped it, or died before the outcome
 * was recorded.
 */
export const StepAttempt = z
  .strictObject({
    runId: z.string().min(1),
    stepId: z.string().min(1),
    attemptNumber: z.int().min(1).max(MAX_INT),
    status: z.enum(["running", "completed", "failed", "interrupted"]),
    startedAt: instant,
    finishedAt: instant.exactOptional(),
    error: z.string().exactOptional(),
  })
  .readonly();
export type StepAttempt = z.output<typeof StepAttempt>;

/**
 * The metrics of a run. `attempts` counts every start; `retries` counts the starts after a failed
 * attempt.
 */
export const WorkflowMetrics = z
  .strictObject({
    startTime: instant,
    endTime: instant.exactOptional(),
    duration: z
      .number()
      .min(0)
      .exactOptional()
      .describe("From start to end, in ms; absent until the run has ended."),
    totalSteps: count,
    completedSteps: count,
    failedSteps: count,
    skippedSteps: count,
    cancelledSteps: count,
    attempts: count,
    retries: count,
    checkpoints: count,
    currentBatch: count.describe("The index, from 0, of the first batch with an unfinished step."),
  })
  .readonly();
/** The metrics of a run: its times, and its counts of steps, attempts and retries. */
export type WorkflowMetrics = z.output<typeof WorkflowMetrics>;
