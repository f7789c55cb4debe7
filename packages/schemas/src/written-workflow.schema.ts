import { z } from "zod";
import { WrittenAgent } from "./agent.schema.js";
import { DEFAULT_VERSION, MAX_FAN_OUT, MAX_REASKS, MAX_STEPS } from "./definition-limits.js";
import { described } from "./described.js";
import { extensible } from "./extensible.js";
import { Identifier, slugOf } from "./identifier.schema.js";
import { MAX_INT } from "./integer.js";
import { listIssues, ruleOf } from "./kind-issues.js";
import { once } from "./once.js";
import { always, has, memberOf } from "./several-keys.js";
import { kindOf } from "./step-kind.js";
import { visibleText } from "./visible-text.schema.js";
import { WrittenAmounts, WrittenBudget, WrittenRate } from "./written-budget.schema.js";
import { WrittenEffect } from "./written-failure.schema.js";
import { WrittenInput } from "./written-input.schema.js";
import { retries, retriesOnce, WrittenRetry, WrittenTimeout } from "./written-retry.schema.js";
import { WrittenHandler, WrittenStep } from "./written-step.schema.js";

const WrittenDefaults = extensible(
  z
    .strictObject({
      agentId: described(Identifier.exactOptional(), "The agent of steps without `agentId`."),
      timeout: described(
        WrittenTimeout.optional(),
        "The timeouts of steps that do not set their own: `20m`, milliseconds, or a map.",
      ),
      retries: described(retries.exactOptional(), "The retries of steps that do not set any."),
      retry: described(
        WrittenRetry.exactOptional(),
        "The delays between attempts. Each key that a step sets itself overrides the one here.",
      ),
      reasks: described(
        z.int().min(0).max(MAX_REASKS).exactOptional(),
        "The `reasks` of steps that do not set it.",
      ),
      effect: described(WrittenEffect.exactOptional(), "The `effect` of steps that do not set it."),
    })
    .check(retriesOnce),
);

const WrittenLimits = extensible(
  z.strictObject({
    concurrency: described(
      z.int().min(1).max(MAX_INT).exactOptional(),
      "How many steps of one run may run at once.",
    ),
    fanOut: described(
      z.int().min(1).max(MAX_FAN_OUT).exactOptional(),
      `How many items a \`foreach\` may have, up to ${MAX_FAN_OUT}. Default 1,000.`,
    ),
    agents: described(
      z
        .record(
          Identifier,
          extensible(
            z.strictObject({
              concurrency: described(
                z.int().min(1).max(MAX_INT).exactOptional(),
                "How many attempts this agent may run at once.",
              ),
              rate: described(
                WrittenRate.optional(),
                "How often it may be started: `10/min`. Sliding: at most so often in any such " +
                  "time.",
              ),
              scope: described(
                Identifier.exactOptional(),
                "The quota that it shares with the other agents of this scope. Default: its own.",
              ),
              reserve: described(
                WrittenAmounts.optional(),
                "What one attempt may be expected to use of the `budget`.",
              ),
            }),
          ),
        )
        .exactOptional(),
      "Limits for individual agents, by agent id.",
    ),
  }),
);

// Zod parses an absent value too, unless it is `optional`, and would build these schemas for it.
const WrittenHandlers = once(() =>
  extensible(
    z.strictObject({
      failure: described(
        z.array(WrittenHandler).min(1).exactOptional(),
        "Steps that run when the others are settled and the run fails.",
      ),
      always: described(
        z.array(WrittenHandler).min(1).exactOptional(),
        "Steps that run when the others are settled, however the run ends.",
      ),
    }),
  ).meta({ id: "Handlers", description: "Steps that run at the end of a run." }),
);

const text = z.string().min(1);

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

type Path = readonly (string | number)[];

/** Yields the path of each step of an agent that names no agent: inner and attached ones too. */
function* stepsWithoutAgent(steps: unknown, path: Path): Generator<Path, void, undefined> {
  if (!Array.isArray(steps)) return;
  for (const [index, step] of steps.entries()) {
    const at = [...path, index];
    if (typeof step !== "object" || step === null || Array.isArray(step)) continue;
    if (!has(step, "agentId") && kindOf(step) === "agent") yield at;
    if (has(step, "steps")) yield* stepsWithoutAgent(memberOf(step, "steps"), [...at, "steps"]);
    if (has(step, "check")) yield* attachedWithoutAgent(memberOf(step, "check"), [...at, "check"]);
    if (has(step, "reconcile"))
      yield* attachedWithoutAgent(memberOf(step, "reconcile"), [...at, "reconcile"]);
  }
}

function* attachedWithoutAgent(attached: unknown, path: Path): Generator<Path, void, undefined> {
  if (Array.isArray(attached))
    for (const [index, each] of attached.entries())
      yield* attachedWithoutAgent(each, [...path, index]);
  else if (has(attached, "task") && !has(attached, "run") && !has(attached, "agentId")) yield path;
}

const everyStepHasAgent = z.superRefine(
  (value: { defaults?: unknown; steps?: unknown; on?: unknown }, context) => {
    if (has(value?.defaults, "agentId")) return;
    const lists: readonly (readonly [unknown, Path])[] = [
      [memberOf(value, "steps"), ["steps"]],
      ...["failure", "always"].map((phase): [unknown, Path] => [
        memberOf(memberOf(value, "on"), phase),
        ["on", phase],
      ]),
    ];
    for (const [steps, path] of lists)
      for (const at of stepsWithoutAgent(steps, path)) {
        context.addIssue({
          code: "custom",
          message: "needs an `agentId`",
          path: [...at],
          params: { rule: "step_without_agent" },
        });
      }
  },
  always,
);
const orderOfSteps = z.superRefine<object>(ruleOf(listIssues), always);

const WrittenWorkflowObject = z.strictObject({
  $schema: described(z.string().exactOptional(), "Address of this JSON Schema, for editors."),
  id: described(
    Identifier.exactOptional(),
    "Id of the workflow, used in commands and tables. Default: derived from `name`.",
  ),
  name: described(
    visibleText().exactOptional(),
    "Human-readable title. Required unless `id` is given. Default: the id.",
  ),
  version: described(
    z
      .union([text, z.number()], { error: 'expected text such as "1.0.0"' })
      .default(DEFAULT_VERSION),
    'Version of the definition, as text. Quote it: `version: "1.10"`, ' +
      "because an unquoted 1.10 is read as the number 1.1.",
  ),
  description: described(z.string().exactOptional(), "Purpose of the workflow."),
  inputs: described(
    z.record(Identifier, WrittenInput).exactOptional(),
    "Values to start a run with, by name: a type (`feature: string`) or a map with " +
      "`type`, `description`, `default`, `required` and keywords of JSON Schema.",
  ),
  context: described(
    z.record(z.string(), z.unknown()).exactOptional(),
    "Values of any type that tasks may use. The caller of a run may add to them.",
  ),
  metadata: described(
    z.record(z.string(), z.unknown()).exactOptional(),
    "Values of any type for tools and readers. The engine does not use them.",
  ),
  defaults: described(
    WrittenDefaults.exactOptional(),
    "Values for steps that do not set their own.",
  ),
  limits: described(WrittenLimits.exactOptional(), "Limits on steps, agents and items."),
  agents: described(
    z.record(Identifier, WrittenAgent).exactOptional(),
    "The workflow's own agents, by id: a program (`command`) or a well-known one (`preset`).",
  ),
  order: described(
    z.enum(["listed"]).exactOptional(),
    "`listed`: each step waits for the one before it in `steps`.",
  ),
  budget: described(WrittenBudget.optional(), "What a run may use in all."),
  on: described(
    WrittenHandlers.optional(),
    "Steps that run at the end of a run. They see all other steps, and `run.status`.",
  ),
  outputs: described(
    z.record(z.string(), z.unknown()).exactOptional(),
    'The result of a completed run, by name: `{ report: "${{ steps.write.output }}" ' +
      "}`. Default: nothing.",
  ),
  steps: described(
    z.array(WrittenStep).min(1),
    "The steps. Their order does not matter: `dependencies` determine which steps wait for " +
      "which.",
  ),
});

/** The schema of a workflow as written, with at most `maxSteps` steps. */
export function writtenWorkflow(maxSteps: number) {
  const { steps: all } = WrittenWorkflowObject.shape;
  const steps = described(all.max(maxSteps), all.description ?? "");
  return extensible(
    WrittenWorkflowObject.extend({ steps }).check(
      names,
      nameGivesId,
      everyStepHasAgent,
      orderOfSteps,
    ),
  );
}

/** A workflow as written in YAML or JSON: defaults may be omitted, durations may be text. */
export const WrittenWorkflow = writtenWorkflow(MAX_STEPS);
/** A workflow as written in YAML or JSON: defaults may be omitted, durations may be text. */
export type WrittenWorkflow = z.input<typeof WrittenWorkflow>;
/** A written workflow that passed its schema. */
export type CheckedWorkflow = z.output<typeof WrittenWorkflow>;
