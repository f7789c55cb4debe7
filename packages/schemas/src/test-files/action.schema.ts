import { z } from "zod";
import { Duration } from "../duration.schema.js";
import { extensible } from "../extensible.js";
import { Expectation, StepPath } from "./expectation.schema.js";

const text = z.string().min(1);
const count = z.int().min(0);

const Amounts = extensible(
  z.strictObject({
    usd: z.number().min(0).optional().describe("US dollars."),
    tokens: z.number().min(0).optional().describe("Tokens."),
    launches: count.optional().describe("Launches of agents."),
    wall: Duration.optional().describe("Time on the run's clock."),
  }),
);

/** The keys of which an action has exactly one, unless it only expects something. */
export const ACTION_VERBS = [
  "run",
  "resume",
  "answer",
  "signal",
  "edit",
  "reopen",
  "amend",
  "advance",
  "cancel",
] as const;

/** The keys that only some actions have. */
const ACTION_COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  crashWhen: ["run", "resume"],
  pauseWhen: ["run", "resume"],
  cancelWhen: ["run", "resume"],
  budget: ["resume"],
  unmetered: ["resume"],
  refused: ACTION_VERBS,
};

const yes = z.literal(true);

const ActionObject = z.strictObject({
  run: yes
    .optional()
    .describe("Starts the run, and lets it continue until it has ended or is paused."),
  resume: yes.optional().describe("Resumes a run that is paused, failed or left by an engine."),
  crashWhen: StepPath.optional().describe(
    "The engine dies when an attempt of this step is in flight.",
  ),
  pauseWhen: StepPath.optional().describe(
    "The run is paused when an attempt of this step is in flight.",
  ),
  cancelWhen: StepPath.optional().describe(
    "The run is cancelled when an attempt of this step is in flight.",
  ),
  attempt: z.int().min(1).optional().describe("The number of that attempt. Default: the next."),
  budget: Amounts.optional().describe("The raised budget."),
  unmetered: z
    .enum(["allow", "pause"])
    .optional()
    .describe("Whether the run continues although the cost of an attempt is not known."),
  answer: extensible(
    z.strictObject({
      step: StepPath.describe("The path of the step."),
      attempt: z.int().min(1).optional().describe("The attempt that is meant. Default: any."),
      approved: z.boolean().optional().describe("Default true."),
      values: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("The values of the form, or `done` and `result` for an unknown step."),
      note: z.string().optional().describe("A remark."),
      edits: z.unknown().optional().describe("What replaces the result that the gate shows."),
      by: z.string().optional().describe("Who answers."),
    }),
  )
    .optional()
    .describe("Answers a gate, or says of an unknown step what has happened."),
  signal: extensible(
    z.strictObject({
      name: text.describe("The name of the signal."),
      data: z.unknown().optional().describe("Its data. Default: null."),
      id: text.optional().describe("Its id: a signal with an id that is known is refused."),
    }),
  )
    .optional()
    .describe("Sends a signal."),
  edit: extensible(
    z.strictObject({
      step: StepPath.describe("The path of the step."),
      result: z.unknown().describe("The new result."),
      attempt: z.int().min(1).optional().describe("The attempt that is meant. Default: any."),
      by: z.string().optional().describe("Who replaces it."),
      note: z.string().optional().describe("A remark."),
    }),
  )
    .optional()
    .describe("Replaces the result of a completed step. It starts nothing."),
  reopen: extensible(
    z.strictObject({
      steps: z.array(StepPath).min(1).describe("The paths of the steps."),
      downstream: z.boolean().optional().describe("Also perform every step that depends on them."),
    }),
  )
    .optional()
    .describe("Performs completed or failed steps again. It starts nothing."),
  amend: text
    .optional()
    .describe("The workflow file with which the run continues. It starts nothing."),
  advance: Duration.optional().describe("Lets time pass while no engine has the run."),
  cancel: yes.optional().describe("Cancels the run."),
  refused: text.optional().describe("The code with which the action must be refused."),
  expect: Expectation.optional().describe("What must hold after the action."),
});

/** One thing that happens in a case. */
export const Action = extensible(
  ActionObject.check((context) => {
    const { value, issues } = context;
    const report = (message: string, path: readonly string[]): void => {
      issues.push({
        code: "custom",
        input: value,
        message,
        path: [...path],
        params: { rule: "one_action" },
      });
    };
    const verbs = ACTION_VERBS.filter((verb) => Object.hasOwn(value, verb));
    const [verb, second] = verbs;
    if (second !== undefined)
      return report(`\`${verb}\` and \`${second}\` are two actions`, [second]);
    if (verb === undefined && !Object.hasOwn(value, "expect"))
      return report("this action does nothing", []);
    for (const [key, owners] of Object.entries(ACTION_COMPANIONS))
      if (Object.hasOwn(value, key) && !owners.includes(verb ?? ""))
        report(
          verb === undefined
            ? `\`${key}\` belongs to an action`
            : `\`${key}\` does not belong to \`${verb}\``,
          [key],
        );
    const moments = ["crashWhen", "pauseWhen", "cancelWhen"].filter((key) =>
      Object.hasOwn(value, key),
    );
    if (moments[1] !== undefined)
      report(`\`${moments[0]}\` and \`${moments[1]}\` contradict each other`, [moments[1]]);
    if (Object.hasOwn(value, "attempt") && moments.length === 0)
      report("`attempt` needs `crashWhen`, `pauseWhen` or `cancelWhen`", ["attempt"]);
  }),
).meta({ id: "Action", description: "One thing that happens in a case." });
export type Action = z.output<typeof Action>;
