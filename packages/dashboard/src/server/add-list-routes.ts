import { listOpenQuestions, listRuns } from "@automatosx/workflow/observe";
import type { Hono } from "hono";
import { answer } from "./answer.js";
import type { Reading } from "./Reading.js";

/** Adds the routes that list runs. */
export function addListRoutes(app: Hono, reading: Reading): void {
  const { storage, rows } = reading;
  answer(app, "runs", ({ query }) => {
    const { status, workflow, limit } = query;
    const runs = listRuns(storage, {
      isChild: false,
      limit,
      ...(workflow !== undefined && { workflowId: workflow }),
      ...(status !== undefined && status !== "open" && { status }),
    });
    const open = listOpenQuestions(storage).length;
    return {
      now: reading.now(),
      runs: runs.map((run) => rows.row(run)),
      next: null,
      counts: storage.countRuns(),
      oldestAt: runs.at(-1)?.createdAt ?? null,
      asks:
        open === 0
          ? []
          : [
              {
                kind: "gates" as const,
                says: { tone: "wait" as const, text: "open questions" },
                count: open,
              },
            ],
    };
  });
}
