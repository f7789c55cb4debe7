import { listOpenQuestions } from "@automatosx/workflow/observe";
import type { Hono } from "hono";
import { answer } from "./answer.js";
import type { DashboardOptions } from "./DashboardOptions.js";

/** Adds the routes about the whole database. */
export function addHouseRoutes(app: Hono, options: DashboardOptions): void {
  const { storage, version, isReadOnly = false, now = Date.now } = options;
  answer(app, "pulse", () => ({
    now: now(),
    version,
    database: storage.databasePath ?? "",
    isReadOnly,
    counts: storage.countRuns(),
    gates: listOpenQuestions(storage).length,
  }));
}
