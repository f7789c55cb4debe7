import { z } from "zod";
import { Count, GivenAnswer, Instant, Json, Saying, StepPath } from "./common.schema.js";

/** Something that a run waits for: an answer, a signal, or the outcome of an attempt. */
export const GateRow = z
  .strictObject({
    id: z.string().describe("Names this question: the run, the step and the attempt that asks."),
    kind: z.enum(["gate", "signal", "unknown", "budget"]),
    runId: z.string(),
    workflowId: z.string(),
    step: StepPath.optional().describe("Absent for a budget: the whole run waits."),
    ask: z.string(),
    openedAt: Instant.optional(),
    dueAt: Instant.optional().describe("When it expires."),
    expiry: z.string().optional().describe("What happens then: `rejects itself`."),
    holdsRun: z.boolean().describe("True if its run waits for nothing else."),
    answer: GivenAnswer.nullable(),
    command: z.string().describe("The command that answers it."),
  })
  .readonly();
export type GateRow = z.output<typeof GateRow>;

/** What waits for people. */
export const GateList = z
  .strictObject({
    now: Instant,
    gates: z.array(GateRow).describe("Open ones, the oldest first."),
    answered: z.array(GateRow).describe("Answered within the last day, the newest first."),
  })
  .readonly();
export type GateList = z.output<typeof GateList>;

/** The answers that a question can have. */
export const GateDecision = z.enum([
  "approve",
  "reject",
  "edit",
  "send_back",
  "done",
  "not_done",
  "signal",
  "raise",
]);
export type GateDecision = z.output<typeof GateDecision>;

/** What an answer causes. */
export const GateConsequence = z
  .strictObject({
    decision: GateDecision,
    text: z.string().describe("What follows: `migrate starts, then security.`"),
    usd: z.number().optional().describe("Roughly what that costs, from the run before."),
    steps: z.array(StepPath).describe("The steps that it starts, skips or performs again."),
  })
  .readonly();
export type GateConsequence = z.output<typeof GateConsequence>;

/** One question, with what a person needs in order to answer it. */
export const Gate = z
  .strictObject({
    now: Instant,
    gate: GateRow,
    askedBy: StepPath.optional().describe("The step whose result is shown, if it is one step's."),
    to: z.array(z.string()).describe("Who is asked; empty for anybody."),
    shown: Json.optional().describe("What is to be approved; absent if it is larger than 1 MB."),
    shownBytes: Count.describe("Its size as JSON text; 0 if nothing is shown."),
    previous: z
      .strictObject({ runId: z.string(), value: Json })
      .nullable()
      .describe("What the newest earlier run of this workflow showed here, to compare with."),
    form: Json.optional().describe("JSON Schema of the values of the answer, or of the data."),
    signal: z.string().optional().describe("The name of the signal."),
    error: z.string().optional().describe("Why the outcome is unknown."),
    editable: z
      .strictObject({ step: StepPath, value: Json })
      .optional()
      .describe("The result that an approval may replace."),
    revision: Count.describe("The attempt that asks. An answer to an earlier one is refused."),
    consequences: z.array(GateConsequence).describe("What each possible answer causes."),
    meanwhile: z.array(Saying).describe("What else the run does now."),
  })
  .readonly();
export type Gate = z.output<typeof Gate>;

/** The answer to a question. */
export const GateAnswerBody = z.strictObject({
  decision: GateDecision,
  values: z.record(z.string(), Json).optional().describe("The values of the form."),
  edits: Json.optional().describe("With `edit`: the result that replaces the editable one."),
  result: Json.optional().describe("With `done`: the result; with `signal`: its data."),
  note: z.string().max(4096).optional(),
  revision: Count,
});
export type GateAnswerBody = z.output<typeof GateAnswerBody>;

/** An answer that was recorded. */
export const GateAnswered = z
  .strictObject({
    by: z.string(),
    at: Instant,
    resumed: z
      .strictObject({ isResumed: z.boolean(), because: z.string().optional(), command: z.string() })
      .describe("Whether the run continues now. An answer is a fact even if it does not."),
  })
  .readonly();
export type GateAnswered = z.output<typeof GateAnswered>;
