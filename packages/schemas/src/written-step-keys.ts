import { z } from "zod";
import { DEFAULT_ITEM_NAME, MAX_FILES, MAX_REASKS } from "./definition-limits.js";
import { described } from "./described.js";
import { durationOf } from "./duration.schema.js";
import { Identifier } from "./identifier.schema.js";
import { visibleText } from "./visible-text.schema.js";
import { WrittenAmounts } from "./written-budget.schema.js";
import { WrittenCache } from "./written-cache.schema.js";
import { WrittenEffect, WrittenFallback, WrittenSession } from "./written-failure.schema.js";
import { retries, timeout, WrittenRetry, WrittenTimeout } from "./written-retry.schema.js";
import { WrittenSchema } from "./written-schema.js";
import {
  concurrency,
  condition,
  expression,
  StepJoin,
  text,
  WrittenChoice,
  WrittenEdge,
  WrittenForeach,
  WrittenLoop,
  WrittenRun,
  WrittenTaskFile,
} from "./written-step-parts.js";
import { WrittenGate, WrittenStop, WrittenWait } from "./written-wait.schema.js";

/** The keys of a step, without those that contain steps. */
export const WrittenStepObject = z.strictObject({
  id: Identifier.describe(
    "Unique name of the step: a letter, then up to 127 letters, digits, `_` or `-`.",
  ),
  name: described(visibleText().optional(), "Human-readable title. Default: the id."),
  description: described(z.string().optional(), "A note for readers. The engine does not use it."),
  agentId: described(
    z
      .union([Identifier, WrittenChoice], {
        error: ({ input }) =>
          (typeof input === "string"
            ? Identifier.safeParse(input).error?.issues[0]?.message
            : "") || "expected the id of an agent, or a map with `from` and `oneOf`",
      })
      .optional(),
    "The agent that performs the step. Required unless `defaults.agentId` is given. A map " +
      "chooses it when the step starts: `{ from: item, oneOf: [claude, codex] }`.",
  ),
  task: described(
    z.union([text, WrittenTaskFile], { error: "expected text, or a map with `file`" }).optional(),
    "The text given to the agent. `${{ steps.ID.output }}`, `${{ inputs.NAME }}` and `${{ " +
      "context.KEY }}` are replaced with their values. Write `$${{` for a literal `${{`. " +
      "`{ file: prompts/design.md }` takes the text from a file.",
  ),
  run: described(
    z
      .union([z.array(text).min(1), WrittenRun], {
        error: "expected a program and its arguments, or a map with `command` or `script`",
      })
      .optional(),
    "A program that runs in place of an agent: `[npm, test]`, or a map with `command` or " +
      "`script`. The output is what it prints.",
  ),
  dependencies: described(
    z
      .array(
        z.union([text, WrittenEdge], {
          error: "expected the id of a step, or a map such as `{ build: done }`",
        }),
      )
      .optional()
      .meta({ default: [] }),
    "Ids of the steps that must finish before this one starts. `{ build: done }` starts it " +
      "after any outcome, `{ build: ok-or-skipped }` also if the other step was skipped.",
  ),
  join: described(
    StepJoin.optional(),
    "The mode of all `dependencies` that have none of their own: `ok` (default), " +
      "`ok-or-skipped`, " +
      "`done`, or `any`, which waits for all of them and needs one to complete.",
  ),
  if: described(
    condition.optional(),
    "An expression that must be true for the step to start; otherwise it is skipped. " +
      "Example: `steps.review.output.risk == 'high'`.",
  ),
  foreach: described(
    z
      .union([expression, z.array(z.unknown()), WrittenForeach], {
        error: "expected an expression, a list, or a map with `in`",
      })
      .optional(),
    "Runs the step once for each item of a list: an expression (`steps.plan.output.parts`), a " +
      "list (`[claude, codex]`), or a map with `in`. Its expressions can use `item` and `index`.",
  ),
  key: described(
    expression.optional(),
    "The expression that identifies an item of `foreach`: `item.name`. Required if the items " +
      "are maps. Default: the item itself.",
  ),
  as: described(
    text.optional(),
    `The name of an item of \`foreach\` in expressions. Default: ${DEFAULT_ITEM_NAME}.`,
  ),
  concurrency: described(
    concurrency.optional(),
    "How many items of `foreach` may be in progress at once. Default: no limit.",
  ),
  loop: described(
    WrittenLoop.optional(),
    "Repeats the step, or its inner `steps`: `{ max: 3, until: steps.test.output.passed }`.",
  ),
  order: described(
    z.enum(["listed"]).optional(),
    "`listed`: each inner step waits for the one before it in the list.",
  ),
  outputs: described(
    z.record(z.string(), z.unknown()).optional(),
    'The output of the group: `{ report: "${{ steps.write.output }}" }`. Default: ' +
      "the outputs of its steps by id.",
  ),
  with: described(
    z.record(z.string(), z.unknown()).optional(),
    "Options for the agent, which defines them: `{ model: opus }`. For `include` and `workflow`, " +
      "the inputs of the other workflow. `${{ }}` is replaced.",
  ),
  files: described(
    z.array(text).min(1).max(MAX_FILES).optional(),
    "Files that the step leaves in the run's directory, relative to it: `[report.md]`. They " +
      "are kept with the run and restored before it resumes.",
  ),
  output: described(
    WrittenSchema.optional(),
    "The JSON Schema of the answer. An answer that does not fit is asked for again.",
  ),
  reasks: described(
    z.int().min(0).max(MAX_REASKS).optional(),
    `How often the agent is asked again after an answer that does not fit, 0 to ${MAX_REASKS}. ` +
      `Default ${MAX_REASKS}.`,
  ),
  parallel: described(
    z.boolean().optional().meta({ default: true }),
    "If true (the default), the step may overlap with any other. Steps set to false never " +
      "overlap with each other.",
  ),
  timeout: described(
    WrittenTimeout.optional(),
    "Time limit of one attempt: `30s`, `20m`, `1h30m`, or milliseconds. Default 30m. A map also " +
      "limits silence and the step as a whole: `{ attempt: 10m, idle: 2m, total: 1h }`.",
  ),
  estimate: described(
    timeout.optional(),
    "How long the step usually takes: `90s`, `20m`, or milliseconds. Steps on the longest " +
      "path start first. This is not a limit.",
  ),
  retries: described(retries.optional(), "Attempts beyond the first, 0 to 100. Default 0."),
  retry: described(
    WrittenRetry.optional(),
    "Retries and their delays. `retry.max` is equivalent to `retries`.",
  ),
  continueOnError: described(
    z.boolean().optional().meta({ default: false }),
    "If true, the run continues when this step has failed permanently. The step's result " +
      "is then null.",
  ),
  checkpoint: described(
    z
      .union([z.boolean(), visibleText(128)], {
        error: "expected true or a name of up to 128 visible characters",
      })
      .optional(),
    "Write a checkpoint when this step has completed: true (named after the step), or a name.",
  ),
  gate: described(
    WrittenGate.optional(),
    "A question to a person in place of an agent. The step is open until it is answered.",
  ),
  wait: described(
    z
      .union([durationOf(0), WrittenWait], {
        error: "expected a duration such as 10m, or a map with `for`, `until` or `signal`",
      })
      .optional(),
    "A wait in place of an agent: `10m`, or a map with `for`, `until` or `signal`.",
  ),
  stop: described(WrittenStop.optional(), "Ends the run when the step is reached."),
  include: described(
    text.optional(),
    "The path of a workflow file, relative to this one, whose steps run inside this run: " +
      "`./lint.yaml`. `with` gives its inputs, and its `outputs` are the output of the step. " +
      "`library:NAME` is a workflow that comes with the engine.",
  ),
  workflow: described(
    text.optional(),
    "The path of a workflow file, relative to this one, that runs as a run of its own: " +
      "`./audit.yaml`. `with` gives its inputs, and its `outputs` are the output of the step.",
  ),
  session: described(
    WrittenSession.optional(),
    "Continues a copy of the conversation of another step with the same agent.",
  ),
  fallback: described(
    WrittenFallback.optional(),
    "Agents that take over, in this order, when the step has failed: `[codex]`.",
  ),
  effect: described(
    WrittenEffect.optional(),
    "What an attempt changes: `pure` (nothing), `idempotent` (default: the same when it is done " +
      "again), or `external` (it must not be done twice).",
  ),
  cache: described(
    WrittenCache.optional(),
    "Whether the result may come from another run that made the same request: `true`, " +
      "or `{ for: 7d }`.",
  ),
  reserve: described(
    WrittenAmounts.optional(),
    "What one attempt may be expected to use of the `budget`.",
  ),
});

/** The schemas of the keys of a step, without those that contain steps. */
export type StepShape = typeof WrittenStepObject.shape;
