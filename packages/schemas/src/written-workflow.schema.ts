import { z } from "zod";
import { WrittenAgent } from "./agent.schema.js";
import { DEFAULT_RETRY, DEFAULT_VERSION, MAX_RETRIES, MAX_STEPS } from "./definition-limits.js";
import { Duration, durationMs, durationOf } from "./duration.schema.js";
import { extensible } from "./extensible.js";
import { Identifier, slugOf } from "./identifier.schema.js";
import { MAX_INT } from "./integer.js";
import { visibleText } from "./visible-text.schema.js";
import { type InputDefinition, InputType } from "./workflow.schema.js";

const retries = z.int().min(0).max(MAX_RETRIES);
const timeout = durationOf(1);
const text = z.string().min(1);

// Rules that involve several keys also run on values that failed other checks, so that all problems
// are reported together.
const always = { when: () => true };

function has(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}

function backoffFits(value: { backoff?: unknown; maxBackoff?: unknown }): boolean {
  if (!has(value, "backoff") || !has(value, "maxBackoff")) return true;
  const [backoff, most] = [Duration.safeParse(value.backoff), Duration.safeParse(value.maxBackoff)];
  return !backoff.success || !most.success || durationMs(backoff.data) <= durationMs(most.data);
}

const WrittenRetry = extensible(
  z
    .strictObject({
      max: retries
        .exactOptional()
        .describe("Attempts beyond the first, 0 to 100. Same as `retries`."),
      backoff: Duration.exactOptional().describe(
        "Delay before the second attempt: `5s`, or milliseconds. Default 1s.",
      ),
      factor: z
        .number()
        .min(1)
        .max(100)
        .exactOptional()
        .describe(
          "Factor by which the delay is multiplied after each failure. Default " +
            `${DEFAULT_RETRY.factor}.`,
        ),
      maxBackoff: Duration.exactOptional().describe(
        "Maximum delay: `1m`, or milliseconds. Default 1m, or `backoff` if that is longer.",
      ),
      jitter: z
        .enum(["full", "none"])
        .exactOptional()
        .describe(
          "`full` (default) waits for a random fraction of the delay; `none` waits for all of " +
            "it.",
        ),
    })
    .check(
      z.refine(backoffFits, {
        ...always,
        error: "is longer than `maxBackoff`",
        path: ["backoff"],
        params: { rule: "backoff_over_maximum" },
      }),
    ),
).meta({
  id: "Retry",
  description: "How many times a failed step is retried, and how long to wait before each retry.",
});
/** The retries of a step, as written. */
export type WrittenRetry = z.input<typeof WrittenRetry>;

function countsRetriesOnce(value: { retries?: unknown; retry?: unknown }): boolean {
  return !(has(value, "retries") && has(value.retry, "max"));
}
const retriesOnce = z.refine<{ retries?: unknown; retry?: unknown }>(countsRetriesOnce, {
  ...always,
  error: "means the same as `retry.max`",
  path: ["retries"],
  params: { rule: "retries_twice" },
});

// `optional`, not `exactOptional`: Zod then skips absent keys, and most keys of most steps are
// absent.
const WrittenStepObject = z
  .strictObject({
    id: Identifier.describe(
      "Unique name of the step: a letter, then up to 127 letters, digits, `_` or `-`.",
    ),
    name: visibleText().optional().describe("Human-readable title. Default: the id."),
    description: z.string().optional().describe("A note for readers. The engine does not use it."),
    agentId: Identifier.optional().describe(
      "The agent that performs the step. Required unless `defaults.agentId` is given.",
    ),
    task: text.describe(
      "The text given to the agent. `${{ steps.ID.output }}`, `${{ inputs.NAME }}` and `${{ " +
        "context.KEY }}` are replaced with their values. Write `$${{` for a literal `${{`.",
    ),
    dependencies: z
      .array(text)
      .default([])
      .describe("Ids of the steps that must finish before this one starts."),
    parallel: z
      .boolean()
      .default(true)
      .describe(
        "If true (the default), the step may overlap with any other. Steps set to false never " +
          "overlap with each other.",
      ),
    timeout: timeout
      .optional()
      .describe("Time limit of one attempt: `30s`, `20m`, `1h30m`, or milliseconds. Default 30m."),
    estimate: timeout
      .optional()
      .describe(
        "How long the step usually takes: `90s`, `20m`, or milliseconds. Steps on the longest " +
          "path start first. This is not a limit.",
      ),
    retries: retries.optional().describe("Attempts beyond the first, 0 to 100. Default 0."),
    retry: WrittenRetry.optional().describe(
      "Retries and their delays. `retry.max` is equivalent to `retries`.",
    ),
    continueOnError: z
      .boolean()
      .default(false)
      .describe(
        "If true, the run continues when this step has failed permanently. The step's result " +
          "is then null.",
      ),
    checkpoint: z
      .union([z.boolean(), visibleText(128)], {
        error: "expected true or a name of up to 128 visible characters",
      })
      .optional()
      .describe(
        "Write a checkpoint when this step has completed: true (named after the step), or a name.",
      ),
  })
  .check(retriesOnce);

/** A step as written. */
export const WrittenStep = extensible(WrittenStepObject).meta({
  id: "Step",
  description: "One task for one agent.",
});
export type WrittenStep = z.input<typeof WrittenStep>;

const TYPE_OF = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  object: "a map",
  array: "a list",
} as const;

/** Whether the value has an input's declared type. Null matches no type but `any`. */
export function hasInputType(value: unknown, type: InputDefinition["type"]): boolean {
  if (type === "any") return true;
  if (Array.isArray(value)) return type === "array";
  return value !== null && typeof value === type;
}

function defaultFits(value: { type?: unknown; default?: unknown }): boolean {
  const type = InputType.safeParse(value?.type);
  return !type.success || !has(value, "default") || hasInputType(value.default, type.data);
}

const WrittenInput = z.union(
  [
    InputType,
    extensible(
      z
        .strictObject({
          type: InputType.describe("string, number, boolean, object or array."),
          description: z.string().exactOptional().describe("Purpose of the value."),
          default: z
            .unknown()
            .exactOptional()
            .describe("Value to use if a run is started without one."),
          required: z
            .boolean()
            .exactOptional()
            .describe(
              "Whether a run must be started with a value for this input. Default: true, " +
                "unless `default` is given.",
            ),
        })
        .check(
          z.refine(defaultFits, {
            ...always,
            error: `does not have the declared type (${Object.entries(TYPE_OF)
              .map(([type, words]) => `${type}: ${words}`)
              .join(", ")})`,
            path: ["default"],
            params: { rule: "default_of_other_type" },
          }),
        ),
    ),
  ],
  { error: "expected string, number, boolean, object or array, or a map with `type`" },
);

const WrittenDefaults = extensible(
  z
    .strictObject({
      agentId: Identifier.exactOptional().describe("The agent of steps without `agentId`."),
      timeout: timeout
        .exactOptional()
        .describe("The timeout of steps that do not set one: `20m`, or milliseconds."),
      retries: retries.exactOptional().describe("The retries of steps that do not set any."),
      retry: WrittenRetry.exactOptional().describe(
        "The delays between attempts. Each key that a step sets itself overrides the one here.",
      ),
    })
    .check(retriesOnce),
);

const WrittenLimits = extensible(
  z.strictObject({
    concurrency: z
      .int()
      .min(1)
      .max(MAX_INT)
      .exactOptional()
      .describe("How many steps of one run may run at once."),
    agents: z
      .record(
        Identifier,
        extensible(
          z.strictObject({
            concurrency: z
              .int()
              .min(1)
              .max(MAX_INT)
              .describe("How many attempts this agent may run at once."),
          }),
        ),
      )
      .exactOptional()
      .describe("Limits for individual agents, by agent id."),
  }),
);

const names = z.refine<{ id?: unknown; name?: unknown }>(
  (value) => has(value, "id") || has(value, "name"),
  {
    ...always,
    error: "needs a `name` or an `id`",
    params: { rule: "nameless" },
  },
);
const nameGivesId = z.refine<{ id?: unknown; name?: unknown }>(
  (value) =>
    has(value, "id") ||
    typeof value?.name !== "string" ||
    value.name === "" ||
    slugOf(value.name) !== undefined,
  {
    ...always,
    error: "cannot be turned into an id",
    path: ["name"],
    params: { rule: "name_gives_no_id" },
  },
);

function stepsWithoutAgent(value: { defaults?: unknown; steps?: unknown }): number[] {
  if (has(value?.defaults, "agentId") || !Array.isArray(value?.steps)) return [];
  const isMap = (step: unknown) =>
    typeof step === "object" && step !== null && !Array.isArray(step);
  return value.steps.flatMap((step: unknown, index) =>
    isMap(step) && !has(step, "agentId") ? [index] : [],
  );
}
const everyStepHasAgent = z.superRefine(
  (value: { defaults?: unknown; steps?: unknown }, context) => {
    for (const index of stepsWithoutAgent(value)) {
      context.addIssue({
        code: "custom",
        message: "needs an `agentId`",
        path: ["steps", index],
        params: { rule: "step_without_agent" },
      });
    }
  },
  always,
);

const WrittenWorkflowObject = z.strictObject({
  $schema: z.string().exactOptional().describe("Address of this JSON Schema, for editors."),
  id: Identifier.exactOptional().describe(
    "Id of the workflow, used in commands and tables. Default: derived from `name`.",
  ),
  name: visibleText()
    .exactOptional()
    .describe("Human-readable title. Required unless `id` is given. Default: the id."),
  version: z
    .union([text, z.number()], { error: 'expected text such as "1.0.0"' })
    .default(DEFAULT_VERSION)
    .describe(
      'Version of the definition, as text. Quote it: `version: "1.10"`, ' +
        "because an unquoted 1.10 is read as the number 1.1.",
    ),
  description: z.string().exactOptional().describe("Purpose of the workflow."),
  inputs: z
    .record(Identifier, WrittenInput)
    .exactOptional()
    .describe(
      "Values to start a run with, by name: a type (`feature: string`) or a map with " +
        "`type`, `description`, `default`, `required`.",
    ),
  context: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe("Values of any type that tasks may use. The caller of a run may add to them."),
  metadata: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe("Values of any type for tools and readers. The engine does not use them."),
  defaults: WrittenDefaults.exactOptional().describe("Values for steps that do not set their own."),
  limits: WrittenLimits.exactOptional().describe("How many steps may run at once."),
  agents: z
    .record(Identifier, WrittenAgent)
    .exactOptional()
    .describe(
      "The workflow's own agents, by id: a program (`command`) or a well-known one (`preset`).",
    ),
  steps: z
    .array(WrittenStep)
    .min(1)
    .describe(
      "The steps. Their order does not matter: `dependencies` determine which steps wait for " +
        "which.",
    ),
});

/** The schema of a workflow as written, with at most `maxSteps` steps. */
export function writtenWorkflow(maxSteps: number) {
  const steps = WrittenWorkflowObject.shape.steps
    .max(maxSteps)
    .describe(WrittenWorkflowObject.shape.steps.description ?? "");
  return extensible(
    WrittenWorkflowObject.extend({ steps }).check(names, nameGivesId, everyStepHasAgent),
  );
}

/** A workflow as written in YAML or JSON: defaults may be omitted, durations may be text. */
export const WrittenWorkflow = writtenWorkflow(MAX_STEPS);
/** A workflow as written in YAML or JSON: defaults may be omitted, durations may be text. */
export type WrittenWorkflow = z.input<typeof WrittenWorkflow>;
/** A written workflow that passed its schema. */
export type CheckedWorkflow = z.output<typeof WrittenWorkflow>;
