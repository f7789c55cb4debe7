import { z } from "zod";
import {
  DEFAULT_ITEM_NAME,
  MAX_CHOICES,
  MAX_EXIT_CODES,
  MAX_FAN_OUT,
  MAX_FILES,
  MAX_REASKS,
  MAX_ROUNDS,
} from "./definition-limits.js";
import { described } from "./described.js";
import { durationOf } from "./duration.schema.js";
import { extensible } from "./extensible.js";
import { Identifier } from "./identifier.schema.js";
import { ruleOf, stepIssues } from "./kind-issues.js";
import { always } from "./several-keys.js";
import { isPlainStep } from "./step-kind.js";
import { visibleText } from "./visible-text.schema.js";
import { retries, retriesOnce, timeout, WrittenRetry } from "./written-retry.schema.js";
import { WrittenSchema } from "./written-schema.js";

const text = z.string().min(1);

/** Which outcomes of a dependency let a step start. */
export const JoinMode = z.enum(["ok", "ok-or-skipped", "done"]);
/** Which outcomes of all dependencies of a step let it start. */
export const StepJoin = z.enum(["ok", "ok-or-skipped", "done", "any"]);

/** An expression, with or without `${{ }}` around it. */
const expression = text;
/** A condition may also be the word itself. */
const condition = z.union([text, z.boolean()], { error: "expected an expression, true or false" });
const concurrency = z.int().min(1).max(MAX_FAN_OUT);
// A text with a template is not an expression, so a number would be a mistake in each of them.
const variables = z.record(z.string(), z.string());

const WrittenChoice = extensible(
  z.strictObject({
    from: expression.describe("The expression that gives the id of the agent: `item`."),
    oneOf: described(
      z.array(Identifier).min(1).max(MAX_CHOICES),
      "Every agent that `from` may give. Each is checked before a run starts.",
    ),
  }),
).meta({
  id: "Choice",
  description:
    "An agent that is chosen when the step starts. Example: `{ from: item, oneOf: [a, b] }`.",
});

const WrittenTaskFile = extensible(
  z.strictObject({
    file: text.describe(
      "Path of a text file, relative to the workflow file. It is read once, with the workflow.",
    ),
  }),
).meta({
  id: "TaskFile",
  description: "A task in a file of its own. Example: `{ file: prompts/design.md }`.",
});

const WrittenEdge = z
  .record(z.string().min(1), JoinMode)
  .meta({ description: "Dependencies with a mode each. Example: `{ review: ok-or-skipped }`." });

const WrittenForeach = extensible(
  z.strictObject({
    in: described(
      z.union([expression, z.array(z.unknown())], { error: "expected an expression or a list" }),
      "The items: an expression that gives a list, or a list.",
    ),
    key: described(expression.optional(), "Same as the step's `key`."),
    as: described(text.optional(), "Same as the step's `as`."),
    concurrency: described(concurrency.optional(), "Same as the step's `concurrency`."),
  }),
).meta({ id: "Foreach", description: "The items of a fan-out and how to treat them." });

const WrittenLoop = extensible(
  z.strictObject({
    max: described(
      z.int().min(1).max(MAX_ROUNDS),
      `The maximum number of rounds, 1 to ${MAX_ROUNDS}.`,
    ),
    until: described(
      condition.optional(),
      "The expression that ends the loop when it is true after a round. Without it there are " +
        "exactly `max` rounds. Example: `steps.test.output.passed`.",
    ),
    every: described(
      durationOf(0).optional(),
      "How long to wait between two rounds: `30s`, or milliseconds. Default 0.",
    ),
    onMax: described(
      z.enum(["fail", "continue"]).optional(),
      "What happens when `until` is still false after the last round: `fail` (default) fails " +
        "the step; `continue` completes it.",
    ),
  }),
).meta({
  id: "Loop",
  description: "Rounds of the step, or of its inner `steps`. Example: `{ max: 3, until: … }`.",
});

const WrittenRun = extensible(
  z.strictObject({
    command: described(
      z.array(text).min(1).optional(),
      "The program and its arguments, one entry each. No shell is involved.",
    ),
    script: described(
      text.optional(),
      "The text of a script. It must not contain `${{ }}`: pass values in `env`, so that a " +
        "value is never read as code.",
    ),
    shell: described(
      z.array(text).min(1).optional(),
      "The program that runs `script`; the path of the script is its last argument. Default " +
        "`[sh, -eu]`.",
    ),
    env: described(
      variables.optional(),
      "Variables of its environment, by name; `${{ }}` is replaced with values, and `${{ " +
        "secrets.NAME }}` with a secret. Values are strings, so quote numbers.",
    ),
    dir: described(
      text.optional(),
      "Folder in which it runs, relative to the folder of the run. `${{ }}` is replaced.",
    ),
    input: described(z.string().optional(), "Its standard input. `${{ }}` is replaced."),
    okExitCodes: described(
      z.array(z.int().min(0).max(255)).min(1).max(MAX_EXIT_CODES).optional(),
      "Exit codes that complete the step. Default: only 0. With several, the output is `{ " +
        "stdout, exitCode }`.",
    ),
  }),
).meta({
  id: "Run",
  description: "A program (`command`) or a script (`script`) in place of an agent.",
});

const WrittenStepObject = z.strictObject({
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
    "Options for the agent, which defines them: `{ model: opus }`. `${{ }}` is replaced.",
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
    timeout.optional(),
    "Time limit of one attempt: `30s`, `20m`, `1h30m`, or milliseconds. Default 30m.",
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
});

/** A step as written. */
export interface WrittenStep extends z.input<typeof WrittenStepObject> {
  /** The inner steps of a group. */
  steps?: WrittenStep[] | undefined;
}
/** A written step that passed its schema. */
export interface CheckedStep extends z.output<typeof WrittenStepObject> {
  /** The inner steps of a group. */
  steps?: CheckedStep[] | undefined;
}

const { id, name, description, parallel, estimate, continueOnError, checkpoint } =
  WrittenStepObject.shape;
const PlainStep = z
  .strictObject({
    id,
    name,
    description,
    agentId: Identifier.optional(),
    task: text,
    dependencies: z.array(text).optional(),
    parallel,
    timeout: timeout.optional(),
    estimate,
    retries: retries.optional(),
    retry: WrittenRetry.optional(),
    continueOnError,
    checkpoint,
  })
  .check(retriesOnce);

/** A step as written. */
export const WrittenStep: z.ZodType<CheckedStep, WrittenStep> = extensible(
  WrittenStepObject.extend({
    steps: described(
      z
        .array(z.lazy(() => WrittenStep))
        .min(1)
        .optional(),
      "Inner steps, which make this step a group. Their `dependencies` name each other; the " +
        "group is finished when they are.",
    ),
  }).check(retriesOnce, z.superRefine<object>(ruleOf(stepIssues), always)),
).meta({
  id: "Step",
  description: "One task for one agent, one program (`run`), or a group of inner `steps`.",
});

// Zod visits every key of an object, present or not, and most keys of most steps are absent.
const checkAnyStep = WrittenStep._zod.run.bind(WrittenStep._zod);
WrittenStep._zod.run = (payload, context) =>
  isPlainStep(payload.value)
    ? PlainStep._zod.run(payload, context)
    : checkAnyStep(payload, context);
