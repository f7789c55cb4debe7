import { z } from "zod";
import { AgentDefinition } from "./agent.schema.js";
import { Identifier } from "./identifier.schema.js";
import { MAX_INT } from "./integer.js";

/** The maximum number of steps in a definition read from text. */
export const MAX_STEPS = 10_000;
/** The maximum number of steps in a definition that a program passes as data. */
export const HARD_MAX_STEPS = 100_000;
/** The maximum number of attempts beyond the first. */
export const MAX_RETRIES = 100;
/**
 * The time limit of one attempt when neither the step nor `defaults` sets one: 30 minutes, in ms.
 */
export const DEFAULT_STEP_TIMEOUT_MS = 1_800_000;
/** The version of a definition that does not specify one. */
export const DEFAULT_VERSION = "1.0.0";
/**
 * The values for delays that a step does not set. A step that sets none of them has no `retry` at
 * all.
 */
export const DEFAULT_RETRY = {
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 60_000,
  jitter: "full",
} as const;

/** The types that an input can be declared with. */
export const InputType = z.enum(["string", "number", "boolean", "object", "array"]);
export type InputType = z.output<typeof InputType>;

/** The delays between attempts, in ms. `factor` multiplies the delay after each failure. */
export const RetryDefinition = z
  .strictObject({
    initialDelayMs: z.number().min(0),
    factor: z.number().min(1),
    maxDelayMs: z.number().min(0),
    jitter: z.enum(["full", "none"]),
  })
  .readonly();
/** The delays between attempts, in ms. */
export type RetryDefinition = z.output<typeof RetryDefinition>;

/**
 * A step, normalised: defaults filled in, durations in ms. It has exactly the shape of the core's
 * record.
 */
export const StepDefinition = z
  .strictObject({
    id: Identifier,
    name: z.string().min(1),
    agentId: Identifier,
    task: z.string().min(1),
    dependencies: z.array(z.string()),
    parallel: z.boolean(),
    timeout: z.number().min(1).exactOptional().describe("The time limit of one attempt, in ms."),
    estimate: z
      .number()
      .min(1)
      .exactOptional()
      .describe("How long the step usually takes, in ms. Affects only the order of starting."),
    retries: z.int().min(0).max(MAX_RETRIES).describe("Attempts beyond the first."),
    continueOnError: z.boolean(),
    retry: RetryDefinition.exactOptional(),
    checkpoint: z
      .string()
      .min(1)
      .exactOptional()
      .describe("Name of the checkpoint to write when this step has completed."),
  })
  .readonly();
export type StepDefinition = z.output<typeof StepDefinition>;

/** An input: a value that a run must or may be started with. */
export const InputDefinition = z
  .strictObject({
    type: InputType,
    description: z.string().exactOptional(),
    default: z.unknown().exactOptional(),
    required: z.boolean(),
  })
  .readonly();
/** An input: a value that a run must or may be started with. */
export type InputDefinition = z.output<typeof InputDefinition>;

/** How many steps may run at once. An absent limit means no limit. */
export const LimitsDefinition = z
  .strictObject({
    concurrency: z.int().min(1).max(MAX_INT).exactOptional(),
    agents: z.record(
      Identifier,
      z.strictObject({ concurrency: z.int().min(1).max(MAX_INT) }).readonly(),
    ),
  })
  .readonly();
/** How many steps may run at once. */
export type LimitsDefinition = z.output<typeof LimitsDefinition>;

/** A workflow, normalised: what the engine runs and hashes. */
export const WorkflowDefinition = z
  .strictObject({
    id: Identifier,
    name: z.string().min(1),
    version: z.string().min(1),
    description: z.string().exactOptional(),
    inputs: z.record(Identifier, InputDefinition),
    context: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()),
    limits: LimitsDefinition,
    agents: z.record(Identifier, AgentDefinition),
    steps: z.array(StepDefinition).min(1).max(HARD_MAX_STEPS),
  })
  .readonly();
/** A workflow, normalised: what the engine runs and hashes. */
export type WorkflowDefinition = z.output<typeof WorkflowDefinition>;
