import type { Hono } from "hono";
import { answer } from "./answer.js";
import { listRuns } from "./list-runs.js";
import type { Reading } from "./Reading.js";

/** Adds the routes that list runs. */
export function addListRoutes(app: Hono, reading: Reading): void {
  answer(app, "runs", ({ query }) => listRuns(reading, query));
}
