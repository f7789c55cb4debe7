import { Readable } from "node:stream";
import type { Context, Hono } from "hono";
import type { AttemptValue } from "../api/run.schema.js";
import type { RouteRequest } from "./answer.js";
import { addRoute, answer } from "./answer.js";
import type { AttemptLog } from "./attempts/AttemptLog.js";
import {
  describeValue,
  findAttempt,
  requestOfAttempt,
  resultOfAttempt,
} from "./attempts/attempt-value.js";
import type { Reading } from "./Reading.js";

type ValueRoute = "result" | "task" | "inputs";
type LogRoute = "log" | "findInLog" | "logText";

/** Adds the routes that read what attempts were given, printed and gave. */
export function addAttemptRoutes(app: Hono, reading: Reading): void {
  for (const name of ["result", "task", "inputs"] as const)
    addRoute(app, name, (request) => {
      const value = valueOf(name, reading, request);
      if (request.query.whole === "true") return whole(request.context, value, name);
      return request.context.json(describeValue(value) satisfies AttemptValue);
    });
  answer(app, "log", async ({ params, query }) => {
    const log = await logOf(reading, params);
    const { from, limit, stream } = query;
    const lines = await log.lines(from, limit, stream);
    return {
      lines: [...lines],
      total: log.count(stream),
      stderr: log.count("stderr"),
      bytes: log.bytes,
      isComplete: hasEnded(reading, params),
    };
  });
  answer(app, "findInLog", async ({ params, query }) => {
    const log = await logOf(reading, params);
    return log.find(query.q, query.from);
  });
  addRoute(app, "logText", async ({ params, context }) => {
    const log = await logOf(reading, params);
    context.header("Content-Type", "text/plain; charset=utf-8");
    context.header("Content-Disposition", "attachment");
    context.header("Cache-Control", "no-store");
    return context.body(Readable.toWeb(Readable.from(encoded(log))) as ReadableStream);
  });
}

function valueOf(
  name: ValueRoute,
  reading: Reading,
  { params }: Pick<RouteRequest<ValueRoute>, "params">,
): unknown {
  const named = findAttempt(reading, params);
  if (name === "result") return resultOfAttempt(reading, named);
  const { task, agentId: _, ...given } = requestOfAttempt(reading, named);
  return name === "task" ? task : given;
}

function whole(context: Context, value: unknown, name: string): Response {
  context.header("Content-Disposition", `attachment; filename="${name}.json"`);
  context.header("Cache-Control", "no-store");
  return context.json(value ?? null);
}

function logOf(reading: Reading, params: RouteRequest<LogRoute>["params"]): Promise<AttemptLog> {
  const { run, step, attempt } = findAttempt(reading, params);
  const { runId, createdAt } = run;
  return reading.logs.latest({ runId, createdAt, stepId: step, attempt });
}

/** Whether an attempt has ended, so that it prints nothing more. */
function hasEnded(reading: Reading, params: RouteRequest<LogRoute>["params"]): boolean {
  const { step, attempt, reader } = findAttempt(reading, params);
  const now = reader.view.step(step);
  return now === undefined || now.status !== "running" || now.attemptNumber !== attempt;
}

async function* encoded(log: AttemptLog): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const part of log.text()) yield encoder.encode(part);
}
