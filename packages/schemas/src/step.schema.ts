import { z } from "zod";
import {
  MAX_CHOICES,
  MAX_EXIT_CODES,
  MAX_FAN_OUT,
  MAX_FILES,
  MAX_REASKS,
  MAX_RETRIES,
  MAX_ROUNDS,
  STEP_KINDS,
} from "./definition-limits.js";
import { FailureClass } from "./failure-class.schema.js";
import { Identifier } from "./identifier.schema.js";

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

/** One instance of the step for each item. `in` is an expression, or a list of values. */
export const ForeachDefinition = z
  .strictObject({
    in: z.unknown(),
    key: z.string().exactOptional(),
    as: z.string().min(1),
    concurrency: z.int().min(1).max(MAX_FAN_OUT).exactOptional(),
  })
  .readonly();
/** One instance of the step for each item. */
export type ForeachDefinition = z.output<typeof ForeachDefinition>;

/** Rounds of the step, or of its inner steps. Without `until` there are exactly `max` rounds. */
export const LoopDefinition = z
  .strictObject({
    max: z.int().min(1).max(MAX_ROUNDS),
    until: z.string().exactOptional(),
    everyMs: z.number().min(0).exactOptional(),
    onMax: z.enum(["fail", "continue"]),
  })
  .readonly();
/** Rounds of the step, or of its inner steps. */
export type LoopDefinition = z.output<typeof LoopDefinition>;

/** A program or a script: exactly one of `command` and `script` is present. */
export const RunDefinition = z
  .strictObject({
    command: z.array(z.string()).min(1).exactOptional(),
    script: z.string().min(1).exactOptional(),
    shell: z.array(z.string()).min(1).exactOptional(),
    env: z.record(z.string(), z.string()).exactOptional(),
    dir: z.string().exactOptional(),
    input: z.string().exactOptional(),
    okExitCodes: z.array(z.int().min(0).max(255)).min(1).max(MAX_EXIT_CODES).exactOptional(),
  })
  .readonly();
/** A program or a script. */
export type RunDefinition = z.output<typeof RunDefinition>;

/** An agent that is chosen when the step is entered: `from` gives one of `oneOf`. */
export const ChoiceDefinition = z
  .strictObject({ from: z.string(), oneOf: z.array(Identifier).min(1).max(MAX_CHOICES) })
  .readonly();
/** An agent that is chosen when the step is entered. */
export type ChoiceDefinition = z.output<typeof ChoiceDefinition>;

/** A question to a person. The step is open until it is answered. */
export const GateDefinition = z
  .strictObject({
    ask: z.string().min(1),
    show: z.unknown().exactOptional(),
    form: z.unknown(),
    expiresMs: z.number().min(1).exactOptional(),
    onExpire: z.enum(["reject", "approve", "skip"]),
    onReject: z.enum(["fail", "continue"]),
    editable: z.string().exactOptional(),
    to: z.array(z.string().min(1)).min(1).exactOptional(),
  })
  .readonly();
/** A question to a person. */
export type GateDefinition = z.output<typeof GateDefinition>;

/** A wait: exactly one of `forMs`, `until` and `signal` is present. */
export const WaitDefinition = z
  .strictObject({
    forMs: z.number().min(0).exactOptional(),
    until: z.string().exactOptional(),
    signal: z.string().min(1).exactOptional(),
    form: z.unknown().exactOptional(),
    timeoutMs: z.number().min(1).exactOptional(),
    onTimeout: z.enum(["fail", "skip", "continue"]).exactOptional(),
  })
  .readonly();
/** A wait for an instant or a signal. */
export type WaitDefinition = z.output<typeof WaitDefinition>;

/** A step that ends the run. */
export const StopDefinition = z
  .strictObject({
    as: z.enum(["completed", "failed", "cancelled"]),
    reason: z.string().exactOptional(),
  })
  .readonly();
/** A step that ends the run. */
export type StopDefinition = z.output<typeof StopDefinition>;

/** The step whose conversation a step continues a copy of. */
const SessionDefinition = z.strictObject({ from: Identifier }).readonly();

/** Amounts of money and tokens: what an attempt may be expected to use, or has used. */
export const Amounts = z
  .strictObject({
    usd: z.number().min(0).exactOptional(),
    tokens: z.number().min(0).exactOptional(),
  })
  .readonly();
/** Amounts of money and tokens. */
export type Amounts = z.output<typeof Amounts>;

/** Agents that take over, in this order, after a failure of one of these classes. */
export const FallbackDefinition = z
  .strictObject({
    agents: z.array(Identifier).min(1).max(MAX_CHOICES),
    on: z.array(FailureClass).min(1),
  })
  .readonly();
/** Agents that take over. */
export type FallbackDefinition = z.output<typeof FallbackDefinition>;

/** What an included workflow may be given. */
const IncludedInput = z
  .strictObject({
    required: z.boolean(),
    default: z.unknown().exactOptional(),
    schema: z.record(z.string(), z.unknown()).exactOptional(),
  })
  .readonly();

/**
 * The workflow that a group was included from. Expressions inside it see its inputs and context
 * only.
 */
export const IncludedDefinition = z
  .strictObject({
    workflowId: Identifier,
    name: z.string().min(1),
    version: z.string().min(1),
    source: z.string().min(1).describe("The path of its file, as written."),
    inputs: z.record(Identifier, IncludedInput),
    context: z.record(z.string(), z.unknown()),
    with: z
      .record(z.string(), z.unknown())
      .describe("Its inputs. Values may hold templates, which see the steps around the group."),
  })
  .readonly();
/** The workflow that a group was included from. */
export type IncludedDefinition = z.output<typeof IncludedDefinition>;

/** A workflow that a step runs as a run of its own. */
const ChildRunDefinition = z
  .strictObject({
    hash: z.string().min(1).describe("The hash of its definition."),
    workflowId: Identifier,
    with: z.record(z.string(), z.unknown()).describe("Its inputs. Values may hold templates."),
  })
  .readonly();

/** Whether a result may come from another run, and how old it may be, in ms. */
const CacheDefinition = z.strictObject({ forMs: z.number().min(1).exactOptional() }).readonly();

// The fields from `joins` on are absent unless the workflow uses them: a definition without them
// has the bytes and the hash that version 0.1.0 gave it.
const StepFields = z.strictObject({
  id: Identifier,
  name: z.string().min(1),
  agentId: z.union([Identifier, z.enum(STEP_KINDS)]),
  task: z.string(),
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
  joins: z
    .record(z.string(), z.enum(["done", "ok-or-skipped", "listed"]))
    .exactOptional()
    .describe("The modes of dependencies that are not `ok`, by step."),
  join: z.enum(["any"]).exactOptional().describe("The mode of all dependencies together."),
  if: z.string().exactOptional().describe("The expression that must be true."),
  foreach: ForeachDefinition.exactOptional(),
  loop: LoopDefinition.exactOptional(),
  outputs: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe("The output of a group. Values may hold templates."),
  run: RunDefinition.exactOptional(),
  choice: ChoiceDefinition.exactOptional(),
  with: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe("Options for the agent. Values may hold templates."),
  files: z
    .array(z.string().min(1))
    .min(1)
    .max(MAX_FILES)
    .exactOptional()
    .describe("Files that the step leaves in the run's directory."),
  output: z.unknown().exactOptional().describe("The JSON Schema of the answer."),
  reasks: z
    .int()
    .min(0)
    .max(MAX_REASKS)
    .exactOptional()
    .describe("How often the step is asked again after an answer that does not fit."),
  gate: GateDefinition.exactOptional(),
  wait: WaitDefinition.exactOptional(),
  stop: StopDefinition.exactOptional(),
  session: SessionDefinition.exactOptional(),
  retryOn: z
    .array(FailureClass)
    .exactOptional()
    .describe("The classes of failures after which the step is tried again."),
  idleTimeout: z.number().min(1).exactOptional().describe("The longest silence, in ms."),
  totalTimeout: z
    .number()
    .min(1)
    .exactOptional()
    .describe("The time limit of the step with all its attempts and waits, in ms."),
  effect: z
    .enum(["pure", "external"])
    .exactOptional()
    .describe("Whether the step may run again when its outcome is unknown."),
  fallback: FallbackDefinition.exactOptional(),
  reserve: Amounts.exactOptional().describe("What an attempt may be expected to use."),
  module: IncludedDefinition.exactOptional(),
  workflow: ChildRunDefinition.exactOptional(),
  cache: CacheDefinition.exactOptional(),
});

/** A condition on an answer, or a step that judges it: one of `that` and `step` is present. */
export interface CheckDefinition {
  /** The expression that must be true. */
  readonly that?: string;
  /** What is said when it is not. */
  readonly message?: string;
  /** The step whose result says whether the answer passes. */
  readonly step?: StepDefinition;
}
/** The schema of a normalised check. */
export const CheckDefinition: z.ZodType<CheckDefinition> = z
  .strictObject({
    that: z.string().exactOptional(),
    message: z.string().exactOptional(),
    step: z.lazy(() => StepDefinition).exactOptional(),
  })
  .readonly();

/**
 * A step, normalised: defaults filled in, durations in ms. It has exactly the shape of the core's
 * record.
 */
export interface StepDefinition extends Readonly<z.output<typeof StepFields>> {
  /** The inner steps of a group. */
  readonly steps?: StepDefinition[];
  /** Finds out whether an attempt took effect. */
  readonly reconcile?: StepDefinition;
  /** What the answer must pass, in this order. */
  readonly check?: CheckDefinition[];
}
/** The schema of a normalised step. */
export const StepDefinition: z.ZodType<StepDefinition> = StepFields.extend({
  steps: z
    .array(z.lazy(() => StepDefinition))
    .min(1)
    .exactOptional(),
  reconcile: z.lazy(() => StepDefinition).exactOptional(),
  check: z.array(CheckDefinition).min(1).exactOptional(),
}).readonly();
