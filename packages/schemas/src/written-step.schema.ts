import { z } from "zod";
import { described } from "./described.js";
import { extensible } from "./extensible.js";
import { Identifier } from "./identifier.schema.js";
import { handlerIssues, ruleOf, stepIssues } from "./kind-issues.js";
import { once } from "./once.js";
import { always } from "./several-keys.js";
import { isPlainStep } from "./step-kind.js";
import { attachedSchemas } from "./written-check.schema.js";
import { retries, retriesOnce, timeout, WrittenRetry } from "./written-retry.schema.js";
import { WrittenStepObject } from "./written-step-keys.js";
import { text } from "./written-step-parts.js";

const { checks, reconcile } = attachedSchemas(WrittenStepObject.shape);
const WrittenStepWithChecks = WrittenStepObject.extend({
  check: described(
    checks.optional(),
    "What the answer must pass, in this order: `[{ that: size(output) > 0 }]`.",
  ),
  reconcile: described(
    reconcile.optional(),
    "Finds out whether an attempt of an `external` step took effect.",
  ),
});

/** A step as written. */
export interface WrittenStep extends z.input<typeof WrittenStepWithChecks> {
  /** The inner steps of a group. */
  steps?: WrittenStep[] | undefined;
}
/** A written step that passed its schema. */
export interface CheckedStep extends z.output<typeof WrittenStepWithChecks> {
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

const innerSteps = () =>
  described(
    z
      .array(z.lazy(() => WrittenStep))
      .min(1)
      .optional(),
    "Inner steps, which make this step a group. Their `dependencies` name each other; the " +
      "group is finished when they are.",
  );

/** A step as written. */
export const WrittenStep: z.ZodType<CheckedStep, WrittenStep> = extensible(
  WrittenStepWithChecks.extend({ steps: innerSteps() }).check(
    retriesOnce,
    z.superRefine<object>(ruleOf(stepIssues), always),
  ),
).meta({
  id: "Step",
  description:
    "One task for one agent, one program (`run`), a group of inner `steps`, a question " +
    "(`gate`), a `wait`, a `stop`, or another workflow (`include`, `workflow`).",
});

/** A step that runs when all others are settled, as written. It needs no id. */
export type WrittenHandler = Omit<WrittenStep, "id"> & { id?: string | undefined };
/** A written handler that passed its schema. */
export type CheckedHandler = Omit<CheckedStep, "id"> & { id?: string | undefined };

/** A step that runs when all others are settled, as written. It needs no id. */
export const WrittenHandler: z.ZodType<CheckedHandler, WrittenHandler> = once(() =>
  extensible(
    WrittenStepWithChecks.extend({
      id: described(Identifier.optional(), "Name of the handler. Default: `step-1`, `step-2`."),
      steps: innerSteps(),
    }).check(retriesOnce, z.superRefine<object>(ruleOf(handlerIssues), always)),
  ).meta({ id: "Handler", description: "A step that runs when all others are settled." }),
);

// Zod visits every key of an object, present or not, and most keys of most steps are absent.
const checkAnyStep = WrittenStep._zod.run.bind(WrittenStep._zod);
WrittenStep._zod.run = (payload, context) =>
  isPlainStep(payload.value)
    ? PlainStep._zod.run(payload, context)
    : checkAnyStep(payload, context);
