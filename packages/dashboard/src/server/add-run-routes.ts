import type { JournalEntry } from "@automatosx/schemas";
import { findRun, RunReader } from "@automatosx/workflow/observe";
import type { Hono } from "hono";
import type { WireEntry } from "../api/run.schema.js";
import { answer } from "./answer.js";
import type { DashboardOptions } from "./DashboardOptions.js";

/** Adds the routes that read one run. */
export function addRunRoutes(app: Hono, { storage }: DashboardOptions): void {
  answer(app, "journal", ({ params, query }) => {
    const { runId, journalSeq } = findRun(storage, params.run);
    RunReader.openJournal(storage, runId);
    const entries: WireEntry[] = [];
    for (const entry of storage.readJournal(runId, query.after)) {
      entries.push(wireEntry(entry));
      if (entries.length === query.limit) break;
    }
    return { entries, head: Math.max(journalSeq, entries.at(-1)?.[0] ?? 0) };
  });
}

function wireEntry({ seq, type, at, stepId, attemptNumber, payload }: JournalEntry): WireEntry {
  return [seq, type, at, stepId ?? null, attemptNumber ?? null, payload];
}
