import { findRun } from "@automatosx/workflow/observe";
import type { Hono } from "hono";
import { addRoute, answer } from "./answer.js";
import { compareRuns } from "./compare-runs.js";
import { explainStep } from "./explain-step.js";
import { listCheckpoints } from "./list-checkpoints.js";
import type { Reading } from "./Reading.js";
import { readEntries, readRun, writeRun } from "./read-run.js";

/** Adds the routes that read one run. */
export function addRunRoutes(app: Hono, reading: Reading): void {
  const { storage } = reading;
  addRoute(app, "run", ({ params, context }) => {
    context.header("Content-Type", "application/json");
    return context.body(writeRun(reading, readRun(reading, params.run)));
  });
  answer(app, "journal", ({ params, query }) => {
    const run = findRun(storage, params.run);
    const journal = storage.readJournal(run.runId, query.after);
    const { entries, damage } = readEntries(journal, reading.wire(run), query.limit);
    if (damage !== undefined && entries.length === 0) throw damage;
    return { entries: [...entries], head: Math.max(run.journalSeq, entries.at(-1)?.[0] ?? 0) };
  });
  answer(app, "why", ({ params, query }) =>
    explainStep(reading, params.run, params.step, query.at),
  );
  answer(app, "checkpoints", ({ params }) => listCheckpoints(reading, params.run));
  answer(app, "compare", ({ params, query }) => compareRuns(reading, params.run, query.with));
}
