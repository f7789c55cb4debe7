import { RunState, RunStatus, WORKFLOW_ERROR_CODES } from "@automatosx/schemas";
import { z } from "zod";

/** An instant, in ms since the epoch. */
export const Instant = z.number().describe("In ms since the epoch.");

/** A number of things. */
export const Count = z.int().min(0);

/** The id of a run, or a part of one that no other run's id contains. */
export const RunPart = z.string().min(1);

/** The path of a step in its run: `build#login-form.test`. */
export const StepPath = z.string().min(1);

/** Any JSON value. */
export const Json: z.ZodType<unknown> = z.unknown();

/** The codes that only the API has: about the key, the address and the request itself. */
export const API_ERROR_CODES = [
  "key_refused",
  "host_refused",
  "origin_refused",
  "read_only",
  "invalid_request",
  "not_found",
  "gate_not_found",
  "gate_answered",
  "step_not_found",
  "workflow_not_found",
  "result_too_large",
] as const;

/** An answer to a question of a run, as it is recorded. */
export const GivenAnswer = z
  .strictObject({
    decision: z.string().describe("`approved`, `rejected`, `expired`, `done`, `not done` …"),
    by: z.string().optional(),
    at: Instant,
    note: z.string().optional(),
  })
  .readonly();
export type GivenAnswer = z.output<typeof GivenAnswer>;

/** The answer to a request that was refused or has failed. */
export const ApiError = z
  .strictObject({
    code: z.enum([...WORKFLOW_ERROR_CODES, ...API_ERROR_CODES]),
    message: z.string().describe("A sentence: what is wrong, and where."),
    remedy: z.string().optional().describe("What to do next, as an instruction."),
    command: z.string().optional().describe("The command that does what was refused here."),
    runId: z.string().optional(),
    answer: GivenAnswer.optional().describe("With `gate_answered`: the answer that counts."),
    issues: z
      .array(z.strictObject({ pointer: z.string(), message: z.string() }))
      .optional()
      .describe("The problems of a value, each with the JSON pointer of its place."),
  })
  .readonly();
export type ApiError = z.output<typeof ApiError>;

/** The process that owns a run, and whether it is alive. */
export const Owner = z
  .strictObject({
    pid: z.int(),
    host: z.string(),
    state: z.enum(["gone", "alive", "elsewhere", "expired"]),
    since: Instant.optional().describe("When it claimed the run, if that is known."),
  })
  .readonly();
export type Owner = z.output<typeof Owner>;

/** What a run says about itself in one line, as `axw list` and `axw show` say it. */
export const Saying = z
  .strictObject({
    tone: z.enum(["ok", "fail", "run", "wait", "unknown", "idle"]),
    head: z.string().optional().describe("The part before the colon: `waits for you`."),
    text: z.string(),
    command: z.string().optional().describe("A command that continues from here."),
  })
  .readonly();
export type Saying = z.output<typeof Saying>;

/** The number of steps with each status; steps that are not counted are pending or ready. */
export const StepCounts = z
  .strictObject({
    total: Count,
    running: Count,
    waiting: Count,
    completed: Count,
    failed: Count,
    skipped: Count,
    cancelled: Count,
    open: Count.describe("Open gates and other questions."),
    unknown: Count.describe("Steps whose outcome is unknown."),
  })
  .readonly();
export type StepCounts = z.output<typeof StepCounts>;

/** What a run has cost; absent fields are not known. */
export const Spent = z
  .strictObject({
    usd: z.number().optional(),
    tokens: z.number().optional(),
    isAtLeast: z.boolean().describe("True if an attempt did not report what it used."),
  })
  .readonly();
export type Spent = z.output<typeof Spent>;

/** What needs the run's journal: read for the rows that a list shows. */
export const RunFigures = z
  .strictObject({
    steps: StepCounts,
    says: Saying,
    ranMs: z.number().min(0),
    waitedMs: z.number().min(0),
    spent: Spent.optional().describe("Absent if no agent has reported anything."),
  })
  .readonly();
export type RunFigures = z.output<typeof RunFigures>;

/** A run in a list. */
export const RunRow = z
  .strictObject({
    runId: z.string(),
    workflowId: z.string(),
    workflowName: z.string(),
    workflowVersion: z.string(),
    definitionHash: z.string().describe("The hash of the definition that the run has now."),
    state: RunState,
    status: RunStatus,
    pauseReason: z.enum(["waiting", "budget"]).optional(),
    isOrphaned: z.boolean().describe("True if it is running, but no living process works on it."),
    isQuarantined: z.boolean(),
    owner: Owner.optional(),
    backend: z
      .string()
      .optional()
      .describe("The backend that executes the run, of which this is a copy."),
    stepCount: Count,
    createdAt: Instant,
    updatedAt: Instant,
    finishedAt: Instant.optional(),
    journalSeq: Count,
    error: z.string().optional(),
    errorCode: z.string().optional(),
    parentRunId: z.string().optional(),
    parentStepId: z.string().optional(),
    forkedFrom: z
      .strictObject({ runId: z.string(), seq: Count, checkpointId: z.string().optional() })
      .optional(),
    file: z.string().optional().describe("The workflow file, relative to the served folder."),
    damage: z.string().optional().describe("Why the stored run cannot be read."),
    figures: RunFigures.nullable().describe("Null if the journal has not been read yet."),
  })
  .readonly();
export type RunRow = z.output<typeof RunRow>;
