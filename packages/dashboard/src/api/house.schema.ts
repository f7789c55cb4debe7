import { RunStatus } from "@automatosx/schemas";
import { z } from "zod";
import { Count, Instant, RunRow, Saying } from "./common.schema.js";

/** The state of the whole database in a few numbers. */
export const Pulse = z
  .strictObject({
    now: Instant,
    version: z.string(),
    database: z.string().describe("The path of the database, relative to the served folder."),
    isReadOnly: z.boolean(),
    typed: z
      .strictObject({
        program: z.string().describe("What begins a command: `axw`, or `npm run -s axw --`."),
        database: z
          .string()
          .describe("What ends a command that needs the database: `--db PATH`, or nothing."),
      })
      .describe("How commands are typed where the server was started."),
    counts: z.record(RunStatus, Count),
    gates: Count.describe("Open questions of all runs."),
  })
  .readonly();
export type Pulse = z.output<typeof Pulse>;

/** The agents that the runs of the database have used. */
export const AgentList = z
  .strictObject({
    now: Instant,
    runs: Count.describe("How many of the latest runs the figures are of."),
    areMore: z.boolean().describe("True if further journals are still to be read: ask again."),
    agents: z.array(
      z.strictObject({
        agentId: z.string(),
        runningNow: Count,
        attempts: Count,
        failed: Count,
        medianMs: z.number().optional(),
        p95Ms: z.number().optional(),
        usd: z.number().optional(),
        tokens: z.number().optional(),
        limit: Count.optional().describe("How many attempts may be in flight at once."),
        parkedUntil: Instant.optional(),
        lastError: z.strictObject({ text: z.string(), at: Instant, runId: z.string() }).optional(),
        workflows: z.array(z.string()),
      }),
    ),
  })
  .readonly();
export type AgentList = z.output<typeof AgentList>;

/** What is wrong with the database or its runs, and what to do about it. */
export const Health = z
  .strictObject({
    now: Instant,
    version: z.string(),
    database: z.strictObject({
      path: z.string(),
      fileBytes: Count,
      usedBytes: Count,
    }),
    runs: z.record(RunStatus, Count),
    owners: z.array(
      z.strictObject({
        pid: z.int(),
        host: z.string(),
        state: z.enum(["gone", "alive", "elsewhere", "expired"]),
        runs: Count,
      }),
    ),
    problems: z.array(
      z.strictObject({ says: Saying, runId: z.string().optional(), row: RunRow.optional() }),
    ),
    checks: z.array(
      z.strictObject({
        name: z.string(),
        isOk: z.boolean(),
        text: z.string(),
        command: z.string(),
      }),
    ),
  })
  .readonly();
export type Health = z.output<typeof Health>;

/** A command that was accepted: its event follows in the journal. */
export const Accepted = z.strictObject({ runId: z.string(), seq: Count.optional() }).readonly();
export type Accepted = z.output<typeof Accepted>;
