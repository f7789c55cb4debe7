import { z } from "zod";
import { WrittenAgent } from "./agent.schema.js";
import { DEFAULT_VERSION, MAX_FAN_OUT, MAX_REASKS, MAX_STEPS } from "./definition-limits.js";
import { described } from "./described.js";
import { extensible } from "./extensible.js";
import { Identifier, slugOf } from "./identifier.schema.js";
import { MAX_INT } from "./integer.js";
import { listIssues, ruleOf } from "./kind-issues.js";
import { always, has, memberOf } from "./several-keys.js";
import { kindOf } from "./step-kind.js";
import { visibleText } from "./visible-text.schema.js";
import { WrittenInput } from "./written-input.schema.js";
import { retries, retriesOnce, timeout, WrittenRetry } from "./written-retry.schema.js";
import { WrittenStep } from "./written-step.schema.js";

const WrittenDefaults = extensible(
  z
    .strictObject({
      agentId: described(Identifier.exactOptional(), "The agent of steps without `agentId`."),
      timeout: described(
        timeout.exactOptional(),
        "The timeout of steps that do not set one: `20m`, or milliseconds.",
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
                z.int().min(1).max(MAX_INT),
                "How many attempts this agent may run at once.",
              ),
            }),
          ),
        )
        .exactOptional(),
      "Limits for individual agents, by agent id.",
    ),
  }),
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

/** Yields the path of each step of an agent, inner steps included, that names no agent. */
function* stepsWithoutAgent(
  steps: unknown,
  path: readonly (string | number)[],
): Generator<readonly (string | number)[], void, undefined> {
  if (!Array.isArray(steps)) return;
  for (const [index, step] of steps.entries()) {
    if (typeof step !== "object" || step === null || Array.isArray(step)) continue;
    if (!has(step, "agentId") && kindOf(step) === "agent") yield [...path, index];
    if (has(step, "steps"))
      yield* stepsWithoutAgent(memberOf(step, "steps"), [...path, index, "steps"]);
  }
}
const everyStepHasAgent = z.superRefine(
  (value: { defaults?: unknown; steps?: unknown }, context) => {
    if (has(value?.defaults, "agentId")) return;
    for (const path of stepsWithoutAgent(memberOf(value, "steps"), ["steps"])) {
      context.addIssue({
        code: "custom",
        message: "needs an `agentId`",
        path: [...path],
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
