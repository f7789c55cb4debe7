import { z } from "zod";
import { described } from "./described.js";
import { extensible } from "./extensible.js";
import { attachedIssues, ruleOf } from "./kind-issues.js";
import { once } from "./once.js";
import { always } from "./several-keys.js";
import { retriesOnce } from "./written-retry.schema.js";
import type { StepShape } from "./written-step-keys.js";

/**
 * The schemas of what is attached to a step: of its checks, and of the step that finds out whether
 * an attempt took effect. `shape` has the schemas of a step's keys.
 */
export function attachedSchemas(shape: StepShape) {
  const attached = {
    name: shape.name,
    description: shape.description,
    agentId: shape.agentId,
    task: shape.task,
    run: shape.run,
    with: shape.with,
    output: shape.output,
    reasks: shape.reasks,
    timeout: shape.timeout,
    retries: shape.retries,
    retry: shape.retry,
    fallback: shape.fallback,
    reserve: shape.reserve,
  };
  const check = once(() =>
    extensible(
      z
        .strictObject({
          that: described(
            z.string().min(1).optional(),
            "The expression that must be true. `output` is the answer: `size(output) > 0`.",
          ),
          message: described(z.string().min(1).optional(), "What is said when it is not true."),
          ...attached,
        })
        .check(
          retriesOnce,
          z.superRefine<object>(
            ruleOf((each) => attachedIssues(each, "check")),
            always,
          ),
        ),
    ).meta({
      id: "Check",
      description:
        "What an answer must pass: an expression (`that`), a program (`run`) that succeeds, " +
        "or an " +
        "agent that answers `{ pass: true }`.",
    }),
  );
  const checks = z.union([z.array(check).min(1), check], {
    error: "expected a check, or a list of checks",
  });
  const reconcile = once(() =>
    extensible(
      z.strictObject(attached).check(
        retriesOnce,
        z.superRefine<object>(
          ruleOf((each) => attachedIssues(each, "reconcile")),
          always,
        ),
      ),
    ).meta({
      id: "Reconcile",
      description:
        "An agent or a program that finds out whether an attempt took effect, and answers " +
        "`{ done: true, result }` or `{ done: false }`.",
    }),
  );
  return { checks, reconcile };
}
