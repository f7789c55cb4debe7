import { z } from "zod";
import { Count, RunPart, StepPath } from "./common.schema.js";
import { Gate, GateAnswerBody, GateAnswered, GateList } from "./gate.schema.js";
import { Accepted, AgentList, Health, Pulse } from "./house.schema.js";
import { StreamQuery } from "./message.schema.js";
import type { RouteName } from "./paths.js";
import {
  AttemptValue,
  Checkpoints,
  Comparison,
  Journal,
  Log,
  LogHits,
  LogStream,
  Run,
  RunList,
  RunsQuery,
  Why,
} from "./run.schema.js";
import { Diff, Plan, Workflow, WorkflowList } from "./workflow.schema.js";

/** The shape of one route. */
export interface Route {
  /** What it does, as a sentence. */
  readonly summary: string;
  /** The names in its path. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** The status of a success. */
  readonly status: 200 | 202;
  /** The JSON of a success; absent for text. */
  readonly answer?: z.ZodType;
}

const run = z.strictObject({ run: RunPart });
const attempt = z.strictObject({
  run: RunPart,
  step: StepPath,
  attempt: z.coerce.number().int().min(0),
});
const none = z.strictObject({});
const whole = z.strictObject({
  whole: z
    .literal("true")
    .optional()
    .describe("Answers with the value itself, of any size, in place of this description."),
});

/** Every route with its schemas: the source of the server, the client's types and OpenAPI. */
export const ROUTES = {
  pulse: { summary: "Counts runs and open gates.", status: 200, answer: Pulse },
  stream: { summary: "Sends changes as server-sent events.", query: StreamQuery, status: 200 },
  openapi: {
    summary: "Describes this API.",
    status: 200,
    answer: z.record(z.string(), z.unknown()),
  },

  runs: { summary: "Lists runs, newest first.", query: RunsQuery, status: 200, answer: RunList },
  startRun: {
    summary: "Starts a run of a workflow file; with a run id, at most once.",
    body: z.strictObject({
      workflow: z.string().describe("The path of a file below the served folder."),
      inputs: z.record(z.string(), z.unknown()).optional(),
      runId: z.string().optional(),
    }),
    status: 202,
    answer: Accepted,
  },
  run: { summary: "Reads a run, to fold it.", params: run, status: 200, answer: Run },
  journal: {
    summary: "Reads a part of a journal.",
    params: run,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(5000).default(5000),
    }),
    status: 200,
    answer: Journal,
  },
  why: {
    summary: "Explains the status of a step.",
    params: z.strictObject({ run: RunPart, step: StepPath }),
    query: z.strictObject({ at: z.coerce.number().int().min(0).optional() }),
    status: 200,
    answer: Why,
  },
  checkpoints: { summary: "Lists checkpoints.", params: run, status: 200, answer: Checkpoints },
  compare: {
    summary: "Compares two runs.",
    params: run,
    query: z.strictObject({ with: RunPart }),
    status: 200,
    answer: Comparison,
  },

  result: {
    summary: "Reads a result.",
    params: attempt,
    query: whole,
    status: 200,
    answer: AttemptValue,
  },
  task: {
    summary: "Reads a task.",
    params: attempt,
    query: whole,
    status: 200,
    answer: AttemptValue,
  },
  inputs: {
    summary: "Reads what an attempt was given.",
    params: attempt,
    query: whole,
    status: 200,
    answer: AttemptValue,
  },
  log: {
    summary: "Reads a part of a log.",
    params: attempt,
    query: z.strictObject({
      from: z.coerce.number().int().default(1).describe("A line; negative from the end."),
      limit: z.coerce.number().int().min(1).max(1000).default(1000),
      stream: LogStream.optional().describe("Only its lines, which `from` and `limit` count then."),
    }),
    status: 200,
    answer: Log,
  },
  findInLog: {
    summary: "Finds a text in a log.",
    params: attempt,
    query: z.strictObject({
      q: z.string().min(1).max(200),
      from: z.coerce.number().int().min(1).default(1),
    }),
    status: 200,
    answer: LogHits,
  },
  logText: { summary: "Downloads a log as it was written.", params: attempt, status: 200 },

  pause: {
    summary: "Asks the owner to pause.",
    params: run,
    body: z.strictObject({ stopAgents: z.boolean().optional() }),
    status: 202,
    answer: Accepted,
  },
  cancel: {
    summary: "Ends a run.",
    params: run,
    body: z.strictObject({ reason: z.string().max(1000).optional() }),
    status: 202,
    answer: Accepted,
  },
  checkpoint: {
    summary: "Writes a checkpoint.",
    params: run,
    body: z.strictObject({ name: z.string().optional() }),
    status: 202,
    answer: Accepted,
  },
  resume: { summary: "Resumes a run.", params: run, body: none, status: 202, answer: Accepted },
  retry: {
    summary: "Performs steps again.",
    params: run,
    body: z.strictObject({
      steps: z.union([z.array(StepPath).min(1), z.literal("failed")]),
      downstream: z.boolean().optional(),
    }),
    status: 202,
    answer: Accepted,
  },
  restore: {
    summary: "Goes back to a checkpoint.",
    params: run,
    body: z.strictObject({ checkpointId: z.string().min(1) }),
    status: 202,
    answer: Accepted,
  },
  fork: {
    summary: "Starts a new run from a checkpoint or the end of this one.",
    params: run,
    body: z.strictObject({ checkpointId: z.string().optional(), at: Count.optional() }),
    status: 202,
    answer: Accepted,
  },

  gates: { summary: "Lists what waits for people.", status: 200, answer: GateList },
  gate: {
    summary: "Reads one question.",
    params: z.strictObject({ gate: z.string().min(1) }),
    status: 200,
    answer: Gate,
  },
  answerGate: {
    summary: "Answers a question.",
    params: z.strictObject({ gate: z.string().min(1) }),
    body: GateAnswerBody,
    status: 200,
    answer: GateAnswered,
  },

  workflows: { summary: "Lists workflows.", status: 200, answer: WorkflowList },
  workflow: {
    summary: "Reads a workflow.",
    params: z.strictObject({ workflow: z.string().min(1) }),
    status: 200,
    answer: Workflow,
  },
  plan: {
    summary: "Says what the file would do now.",
    params: z.strictObject({ workflow: z.string().min(1) }),
    query: z.strictObject({ run: RunPart.optional() }),
    status: 200,
    answer: Plan,
  },
  diff: {
    summary: "Compares two versions.",
    params: z.strictObject({ workflow: z.string().min(1) }),
    query: z.strictObject({
      from: z.string().describe("A hash, or `disk`."),
      to: z.string().describe("A hash, or `disk`."),
    }),
    status: 200,
    answer: Diff,
  },

  agents: { summary: "Lists the agents that runs have used.", status: 200, answer: AgentList },
  health: { summary: "Says what is wrong.", status: 200, answer: Health },
} as const satisfies Readonly<Record<RouteName, Route>>;

/** The routes as types. */
export type Routes = typeof ROUTES;
