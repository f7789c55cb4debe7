import { z } from "zod";
import { AgentDefinition } from "./agent.schema.js";
import { Identifier } from "./identifier.schema.js";
import { MAX_INT } from "./integer.js";

/** Steps of a definition that is read from text. */
export const MAX_STEPS = 10_000;
/** Steps of a definition that a program hands over, when it asks for more than `MAX_STEPS`. */
export const HARD_MAX_STEPS = 100_000;
/** Attempts beyond the first. */
export const MAX_RETRIES = 100;
/** The longest time for one attempt when neither the step nor `defaults` names one. In ms: 30 minutes. */
export const DEFAULT_STEP_TIMEOUT_MS = 1_800_000;
export const DEFAULT_VERSION = "1.0.0";
/** What a step waits between attempts when it names only a part of it; a step that names nothing has no `retry` at all. */
export const DEFAULT_RETRY = {
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 60_000,
  jitter: "full",
} as const;

export const InputType = z.enum(["string", "number", "boolean", "object", "array"]);
export type InputType = z.output<typeof InputType>;

/** How a step waits between attempts. Delays in ms; `factor` multiplies the delay after each failure. */
export const RetryDefinition = z
  .strictObject({
    initialDelayMs: z.number().min(0),
    factor: z.number().min(1),
    maxDelayMs: z.number().min(0),
    jitter: z.enum(["full", "none"]),
  })
  .readonly();
export type RetryDefinition = z.output<typeof RetryDefinition>;

/** A step, normalised: every default filled in, every duration in ms. The very shape of the core's record. */
export const StepDefinition = z
  .strictObject({
    id: Identifier,
    name: z.string().min(1),
    agentId: Identifier,
    task: z.string().min(1),
    dependencies: z.array(z.string()),
    parallel: z.boolean(),
    timeout: z.number().min(1).exactOptional().describe("For one attempt, in ms."),
    estimate: z
      .number()
      .min(1)
      .exactOptional()
      .describe("How long it usually takes, in ms; for the order of starting alone."),
    retries: z.int().min(0).max(MAX_RETRIES).describe("Attempts beyond the first."),
    continueOnError: z.boolean(),
    retry: RetryDefinition.exactOptional(),
    checkpoint: z
      .string()
      .min(1)
      .exactOptional()
      .describe("Name of the checkpoint written once this step has completed."),
  })
  .readonly();
export type StepDefinition = z.output<typeof StepDefinition>;

/** A value that a run must or may be started with. */
export const InputDefinition = z
  .strictObject({
    type: InputType,
    description: z.string().exactOptional(),
    default: z.unknown().exactOptional(),
    required: z.boolean(),
  })
  .readonly();
export type InputDefinition = z.output<typeof InputDefinition>;

/** How much may happen at once. Absent = no limit here. */
export const LimitsDefinition = z
  .strictObject({
    concurrency: z.int().min(1).max(MAX_INT).exactOptional(),
    agents: z.record(
      Identifier,
      z.strictObject({ concurrency: z.int().min(1).max(MAX_INT) }).readonly(),
    ),
  })
  .readonly();
export type LimitsDefinition = z.output<typeof LimitsDefinition>;

/** A workflow, normalised: what the engine runs, what its hash is taken of. */
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
export type WorkflowDefinition = z.output<typeof WorkflowDefinition>;
