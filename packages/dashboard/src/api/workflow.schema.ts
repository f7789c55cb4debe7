import { z } from "zod";
import { Count, Instant, Json, StepPath } from "./common.schema.js";
import { Action } from "./run.schema.js";

/** A problem in a workflow file. */
export const Issue = z
  .strictObject({
    code: z.string(),
    severity: z.enum(["error", "warning"]),
    message: z.string(),
    remedy: z.string().optional(),
    line: Count.optional(),
    column: Count.optional(),
    endColumn: Count.optional(),
    fix: z.string().optional().describe("The text that replaces the marked part."),
  })
  .readonly();
export type Issue = z.output<typeof Issue>;

/** A version of a workflow, and its runs. */
export const WorkflowVersion = z
  .strictObject({
    hash: z.string(),
    version: z.string(),
    since: Instant,
    runs: Count,
    medianMs: z.number().optional().describe("Of its completed runs."),
    usd: z.number().optional().describe("Median of its completed runs."),
  })
  .readonly();
export type WorkflowVersion = z.output<typeof WorkflowVersion>;

/** The workflows of the database, the last used first. */
export const WorkflowList = z
  .strictObject({
    now: Instant,
    workflows: z.array(
      z.strictObject({
        workflowId: z.string(),
        name: z.string(),
        version: z.string(),
        stepCount: Count,
        runs: Count,
        failed: Count,
        open: Count,
        lastRunAt: Instant.nullable(),
        file: z.string().optional(),
      }),
    ),
    files: z.array(z.string()).describe("Workflow files below the served folder, never run."),
  })
  .readonly();
export type WorkflowList = z.output<typeof WorkflowList>;

/** A workflow: its text, its problems, its history. */
export const Workflow = z
  .strictObject({
    now: Instant,
    workflowId: z.string(),
    name: z.string(),
    file: z.string().optional().describe("Relative to the served folder; absent if not found."),
    onDisk: z
      .strictObject({
        source: z.string(),
        changedAt: Instant,
        isSameAsLast: z.boolean(),
        issues: z.array(Issue),
      })
      .nullable(),
    stored: z.array(
      z.strictObject({
        hash: z.string(),
        version: z.string(),
        source: z.string(),
        format: z.string(),
      }),
    ),
    versions: z.array(WorkflowVersion).describe("The newest first."),
    history: z
      .array(
        z.strictObject({
          runId: z.string(),
          status: z.string(),
          createdAt: Instant,
          tookMs: z.number(),
          usd: z.number().optional(),
        }),
      )
      .describe("The latest runs, the oldest first."),
    inputs: Json.describe("JSON Schema of the inputs: an object with a property for each."),
    canRun: Action.describe("Whether the file can be run from here."),
    commands: z.strictObject({ run: z.string(), validate: z.string(), plan: z.string() }),
  })
  .readonly();
export type Workflow = z.output<typeof Workflow>;

/** What the file, run now, would do; compared with a run if one is given. */
export const Plan = z
  .strictObject({
    runId: z.string().optional(),
    steps: z.array(
      z.strictObject({
        step: StepPath,
        verdict: z.enum(["kept", "stale", "new", "dropped", "again", "run", "asks"]),
        why: z.string(),
        usd: z.number().optional(),
        tookMs: z.number().optional(),
      }),
    ),
    launches: z.strictObject({ least: Count, most: Count.nullable(), limit: Count.optional() }),
    usd: z.strictObject({ amount: z.number(), isAtLeast: z.boolean() }).optional(),
    longestPath: z.strictObject({ steps: z.array(StepPath), ms: z.number().optional() }),
    command: z.string(),
  })
  .readonly();
export type Plan = z.output<typeof Plan>;

/** The difference between two texts of a workflow. */
export const Diff = z
  .strictObject({
    from: z.string(),
    to: z.string(),
    changes: z.array(z.string()).describe("What differs in meaning, as sentences."),
    lines: z.array(z.tuple([z.enum([" ", "+", "-"]), z.string()])),
  })
  .readonly();
export type Diff = z.output<typeof Diff>;
