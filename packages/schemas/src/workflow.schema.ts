import { z } from "zod";
import { AgentDefinition } from "./agent.schema.js";
import { HARD_MAX_STEPS, MAX_FAN_OUT } from "./definition-limits.js";
import { Identifier } from "./identifier.schema.js";
import { InputType } from "./input-type.schema.js";
import { MAX_INT } from "./integer.js";
import { Amounts, StepDefinition } from "./step.schema.js";

/**
 * An input: a value that a run must or may be started with. Its type is `any` if its `schema`
 * accepts values of several types.
 */
export const InputDefinition = z
  .strictObject({
    type: z.enum([...InputType.options, "any"]),
    description: z.string().exactOptional(),
    default: z.unknown().exactOptional(),
    required: z.boolean(),
    schema: z
      .record(z.string(), z.unknown())
      .exactOptional()
      .describe("The JSON Schema of the value, if the input has keywords beyond `type`."),
  })
  .readonly();
/** An input: a value that a run must or may be started with. */
export type InputDefinition = z.output<typeof InputDefinition>;

/** The limits of one agent. `rate`: at most `count` starts in any `windowMs`. */
export const AgentLimitDefinition = z
  .strictObject({
    concurrency: z.int().min(1).max(MAX_INT).exactOptional(),
    rate: z
      .strictObject({ count: z.int().min(1).max(MAX_INT), windowMs: z.number().min(1) })
      .readonly()
      .exactOptional(),
    scope: z.string().min(1).exactOptional(),
    reserve: Amounts.exactOptional(),
  })
  .readonly();
/** The limits of one agent. */
export type AgentLimitDefinition = z.output<typeof AgentLimitDefinition>;

/** What a run may use in all. An absent limit means no limit; durations are in ms. */
export const BudgetDefinition = z
  .strictObject({
    usd: z.number().min(0).exactOptional(),
    tokens: z.number().min(0).exactOptional(),
    launches: z.int().min(0).max(MAX_INT).exactOptional(),
    wallMs: z.number().min(0).exactOptional(),
    at: z
      .array(
        z
          .strictObject({
            percent: z.number().min(1).max(100),
            action: z.enum(["warn", "pause", "fail"]),
          })
          .readonly(),
      )
      .min(1)
      .exactOptional(),
    unmetered: z.enum(["pause", "allow"]).exactOptional(),
  })
  .readonly();
/** What a run may use in all. */
export type BudgetDefinition = z.output<typeof BudgetDefinition>;

/** Steps that run when all others are settled: after a failure, and in every case. */
export const HandlersDefinition = z
  .strictObject({
    failure: z.array(StepDefinition).min(1).exactOptional(),
    always: z.array(StepDefinition).min(1).exactOptional(),
  })
  .readonly();
/** Steps that run when all others are settled. */
export type HandlersDefinition = z.output<typeof HandlersDefinition>;

/**
 * How many steps may run at once, and how many items a fan-out may have. An absent limit means no
 * limit; for `fanOut`, 1,000.
 */
export const LimitsDefinition = z
  .strictObject({
    concurrency: z.int().min(1).max(MAX_INT).exactOptional(),
    fanOut: z.int().min(1).max(MAX_FAN_OUT).exactOptional(),
    agents: z.record(Identifier, AgentLimitDefinition),
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
    language: z
      .literal(2)
      .exactOptional()
      .describe("The version of the language. Absent: the first."),
    outputs: z
      .record(z.string(), z.unknown())
      .exactOptional()
      .describe("The outputs of a run. Values may hold templates."),
    budget: BudgetDefinition.exactOptional(),
    on: HandlersDefinition.exactOptional(),
  })
  .readonly();
/** A workflow, normalised: what the engine runs and hashes. */
export type WorkflowDefinition = z.output<typeof WorkflowDefinition>;
