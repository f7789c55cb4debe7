import { z } from "zod";
import { Duration } from "../duration.schema.js";
import { extensible } from "../extensible.js";
import { WrittenFailureClass } from "../failure-class.schema.js";

const text = z.string().min(1);
/** The path of a step in a run: `build[auth].fix#2.test`. */
export const StepPath = text;

/** Values by the path of a step. */
export function byStep<Value extends z.ZodType>(value: Value): z.ZodRecord<z.ZodString, Value> {
  return z.record(StepPath, value);
}

const count = z.int().min(0);

/** The words in which a test says how a run ended. */
const Ending = z.enum(["completed", "failed", "paused", "cancelled"]);

/** The status of a step, in the words of a run. */
export const StepState = z.enum([
  "pending",
  "ready",
  "running",
  "waiting",
  "open",
  "unknown",
  "completed",
  "failed",
  "skipped",
  "cancelled",
]);

/** Why a step failed: the class of its last attempt, or a reason that only the engine gives. */
const StepReason = z.union(
  [WrittenFailureClass, z.enum(["expression", "inner", "rounds", "rejected", "interrupted"])],
  { error: "expected a class of failure, or `expression`, `inner`, `rounds` or `rejected`" },
);

const Moment = z.string().regex(/^\S(.*\S)? (started|completed|failed)$/u, {
  error: "expected a step and `started`, `completed` or `failed`: `build started`",
});

/** What must hold, at the end of a case or after one of its actions. */
export const Expectation = extensible(
  z.strictObject({
    status: Ending.optional().describe("The status of the run."),
    pausedFor: z.enum(["waiting", "budget", "asked"]).optional().describe("Why it is paused."),
    waitsFor: z
      .array(StepPath)
      .optional()
      .describe("The open gates and signals and the unknown steps, in any order."),
    steps: byStep(StepState).optional().describe("The statuses of these steps."),
    results: byStep(z.unknown()).optional().describe("The results of these steps."),
    attempts: byStep(count).optional().describe("The number of the newest attempt of these steps."),
    onlySteps: z.array(StepPath).optional().describe("Every step of the run, in any order."),
    outputs: z.record(z.string(), z.unknown()).optional().describe("All outputs of the run."),
    launches: z
      .record(text, count)
      .optional()
      .describe("How often each agent was launched: all agents. Programs are not counted."),
    files: byStep(z.record(text, z.string()))
      .optional()
      .describe("The files kept with these steps: their texts by path, whole for each step."),
    reason: z.string().optional().describe("The reason of the stop that ended the run."),
    mostAtOnce: z
      .record(text, count)
      .optional()
      .describe("The most attempts of these agents that were in flight at once."),
    error: extensible(
      z.strictObject({
        code: text.optional().describe("The code of the error."),
        contains: z.string().optional().describe("A part of its text."),
      }),
    )
      .optional()
      .describe("The run's error: its code, and a part of its text."),
    stepErrors: byStep(
      extensible(
        z.strictObject({
          reason: StepReason.optional().describe("Why the step failed."),
          contains: z.string().optional().describe("A part of the error's text."),
        }),
      ),
    )
      .optional()
      .describe("The errors of these steps: the reason, and a part of the text."),
    order: z
      .array(z.tuple([Moment, Moment]))
      .optional()
      .describe("Pairs of moments: the first comes before the second."),
    budget: extensible(
      z.strictObject({
        usd: z.number().min(0).optional().describe("US dollars."),
        tokens: z.number().min(0).optional().describe("Tokens."),
        launches: count.optional().describe("Launches of agents."),
        unmetered: count.optional().describe("Attempts whose cost is not known."),
      }),
    )
      .optional()
      .describe("What is settled: amounts, and the number of attempts of unknown cost."),
    elapsed: Duration.optional().describe("The time on the run's clock since its start."),
  }),
).meta({ id: "Expectation" });
export type Expectation = z.output<typeof Expectation>;
