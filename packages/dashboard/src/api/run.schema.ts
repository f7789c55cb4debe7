import { RunStatus } from "@automatosx/schemas";
import { z } from "zod";
import { ApiError, Count, Instant, Json, RunRow, Saying, StepPath } from "./common.schema.js";

/**
 * One journal entry: `[seq, type, at, step, attempt, payload]`. The payload is JSON text, in which
 * a large result may be `{"$result": {"sha256", "bytes", "preview"}}`. An entry carries what it
 * refers to: `$definition` in `definition_changed`, `$state` in `restore_checkpoint`.
 */
export const WireEntry = z
  .tuple([Count, z.string(), Instant, z.string().nullable(), z.int().nullable(), z.string()])
  .readonly();
export type WireEntry = z.output<typeof WireEntry>;

/** One end of a page's range of the graph, in px. */
const Point = z.tuple([z.number(), z.number()]);

/** Where the steps of a workflow are drawn. Groups, fan-outs and loops are one node each. */
export const GraphLayout = z
  .strictObject({
    width: z.number(),
    height: z.number(),
    nodes: z.array(
      z.strictObject({
        step: StepPath.describe("The path in the definition, without items and rounds."),
        x: z.number(),
        y: z.number(),
        width: z.number(),
        height: z.number(),
        kind: z.enum(["step", "gate", "wait", "group", "foreach", "loop", "workflow"]),
      }),
    ),
    edges: z.array(z.strictObject({ from: StepPath, to: StepPath, points: z.array(Point) })),
  })
  .readonly();
export type GraphLayout = z.output<typeof GraphLayout>;

/** Whether something can be done with a run now. */
export const Action = z
  .strictObject({
    can: z.boolean(),
    because: z.string().optional().describe("Why it cannot be done, as a sentence."),
    command: z.string().describe("The command that does the same."),
  })
  .readonly();
export type Action = z.output<typeof Action>;

export const RUN_VERBS = [
  "pause",
  "cancel",
  "checkpoint",
  "resume",
  "retry",
  "restore",
  "fork",
] as const;

/** What can be done with a run. */
export const RunActions = z.record(z.enum(RUN_VERBS), Action);
export type RunActions = z.output<typeof RunActions>;

/** The data from which a page folds a run. */
export const Run = z
  .strictObject({
    now: Instant.describe("The server's clock."),
    row: RunRow,
    origin: z.strictObject({
      runId: z.string(),
      createdAt: Instant,
      definition: Json.describe("The normalised definition that the run started with."),
      source: z.string(),
      inputs: z.record(z.string(), Json),
      context: z.record(z.string(), Json),
    }),
    hasStubs: z
      .boolean()
      .describe("True if large results are left out of entries: never once a run has gone back."),
    damage: ApiError.optional().describe("Why the journal cannot be read beyond these entries."),
    layout: GraphLayout,
    actions: RunActions,
    head: Count.describe("The sequence number of the last entry of this answer."),
    entries: z.array(WireEntry),
    snapshot: z
      .strictObject({ seq: Count, at: Instant, states: z.array(Json) })
      .optional()
      .describe(
        "For a long journal: the state to continue from. `entries` are then those up to the " +
          "graph, " +
          "and those that change the definition.",
      ),
    children: z.array(RunRow).describe("The runs that its steps started."),
  })
  .readonly();
export type Run = z.output<typeof Run>;

/** A part of a journal. */
export const Journal = z.strictObject({ entries: z.array(WireEntry), head: Count }).readonly();
export type Journal = z.output<typeof Journal>;

/** Why a step is where it is, as sentences: the first answers, each next one explains the last. */
export const Why = z
  .strictObject({
    step: StepPath,
    causes: z.array(z.strictObject({ text: z.string(), step: StepPath.optional(), data: Json })),
  })
  .readonly();
export type Why = z.output<typeof Why>;

/** The checkpoints of a run, newest first. */
export const Checkpoints = z
  .strictObject({
    checkpoints: z.array(
      z.strictObject({
        checkpointId: z.string(),
        seq: Count,
        kind: z.enum(["automatic", "manual", "step"]),
        name: z.string().optional(),
        createdAt: Instant,
        completedCount: Count,
        damage: z.string().optional(),
        restore: z.string().describe("The command that goes back to it."),
        fork: z.string().describe("The command that forks the run at it."),
      }),
    ),
  })
  .readonly();
export type Checkpoints = z.output<typeof Checkpoints>;

/** A value of an attempt: its result, its task, or what it was given. */
export const AttemptValue = z
  .strictObject({
    bytes: Count.describe("The size of the value as JSON text, in UTF-8."),
    sha256: z.string(),
    value: Json.describe("Absent if it is larger than 1 MB: download it then.").optional(),
    mask: z.boolean().describe("True if secrets in it are masked."),
  })
  .readonly();
export type AttemptValue = z.output<typeof AttemptValue>;

/** Where a line of a log comes from. */
export const LogStream = z.enum(["stdout", "stderr", "engine"]);
export type LogStream = z.output<typeof LogStream>;

/**
 * A line of a log: `[number, at, stream, text, length]`; lines count from 1. A line of more than
 * 10,000 characters is cut, and only such a line has a length: that of the whole, in characters.
 */
export const LogLine = z
  .tuple([Count, Instant, LogStream, z.string(), Count.optional()])
  .readonly();
export type LogLine = z.output<typeof LogLine>;

/** A part of the log of an attempt. */
export const Log = z
  .strictObject({
    lines: z.array(LogLine),
    total: Count.describe("The number of lines; of the given stream alone if there is one."),
    stderr: Count.describe("The number of lines on the standard error."),
    bytes: Count,
    isComplete: z.boolean().describe("True if the attempt has ended, so no line will follow."),
  })
  .readonly();
export type Log = z.output<typeof Log>;

/** Where a text occurs in a log. */
export const LogHits = z
  .strictObject({
    hits: z.array(Count).describe("The numbers of the first 10,000 lines from `from` on."),
    total: Count.describe("The number of lines of the whole log in which the text occurs."),
  })
  .readonly();
export type LogHits = z.output<typeof LogHits>;

/** Two runs side by side. */
export const Comparison = z
  .strictObject({
    left: RunRow,
    right: RunRow,
    inputs: z.array(
      z.strictObject({ name: z.string(), left: Json.optional(), right: Json.optional() }),
    ),
    definition: z.array(z.string()).describe("What differs in the definitions, as sentences."),
    steps: z.array(
      z.strictObject({
        step: StepPath,
        left: z.lazy(() => ComparedStep).nullable(),
        right: z.lazy(() => ComparedStep).nullable(),
        isSame: z.boolean().describe("True if both have the same status and result."),
      }),
    ),
  })
  .readonly();
export type Comparison = z.output<typeof Comparison>;

/** A step of one of two compared runs. */
export const ComparedStep = z
  .strictObject({
    status: z.string(),
    attempts: Count,
    tookMs: z.number().optional(),
    usd: z.number().optional(),
    sha256: z.string().optional().describe("Of its result."),
  })
  .readonly();
export type ComparedStep = z.output<typeof ComparedStep>;

/** What may need a person. */
export const ASK_KINDS = [
  "gates",
  "unknown",
  "orphaned",
  "quarantined",
  "damaged",
  "budget",
] as const;

/** A page of a list of runs. */
export const RunList = z
  .strictObject({
    now: Instant,
    runs: z.array(RunRow),
    next: z
      .string()
      .nullable()
      .describe(
        "The cursor of the next page. A page may have fewer runs than asked for, or none, " +
          "although others follow: a search looks at a limited number at a time.",
      ),
    counts: z
      .record(RunStatus, Count)
      .describe("Runs by status, of all pages and without the filter of the status."),
    areCountsCut: z
      .boolean()
      .describe("True if only the newest runs were counted: the search looks at a limited number."),
    oldestAt: Instant.nullable(),
    asks: z
      .array(
        z.strictObject({
          kind: z.enum(ASK_KINDS),
          says: Saying,
          runId: z.string().optional().describe("The run, if it is about one."),
          count: Count,
        }),
      )
      .describe("What needs a person: open gates, unknown outcomes, orphaned and damaged runs."),
  })
  .readonly();
export type RunList = z.output<typeof RunList>;

/** Which runs to list. */
export const RunsQuery = z.strictObject({
  status: z.enum(["open", ...RunStatus.options]).optional(),
  workflow: z.string().optional(),
  q: z.string().max(200).optional().describe("A part of an id, a workflow, an input or an error."),
  from: z.coerce.number().optional().describe("Started at or after, in ms since the epoch."),
  to: z.coerce.number().optional().describe("Started before, in ms since the epoch."),
  children: z
    .literal("true")
    .optional()
    .describe("Lists runs that steps of other runs started, too."),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
