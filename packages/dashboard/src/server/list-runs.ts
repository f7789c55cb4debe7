import type { RunPosition, RunSearch, StoredRun } from "@automatosx/workflow/observe";
import type { z } from "zod";
import type { RunList, RunsQuery } from "../api/run.schema.js";
import { asksOf } from "./asks.js";
import type { Reading } from "./Reading.js";
import { RefusedRequest } from "./RefusedRequest.js";

/** Returns a page of a list of runs. */
export function listRuns(reading: Reading, query: z.output<typeof RunsQuery>): RunList {
  const { storage, rows, recent, tallies } = reading;
  const { status, limit, cursor } = query;
  const search = searchOf(query);
  const after = cursor === undefined ? undefined : positionOf(cursor);
  const statuses = status === "open" ? OPEN : [status];
  const pages = statuses.map((each) =>
    storage.pageRuns({ ...search, ...(each !== undefined && { status: each }) }, limit, after),
  );
  const { runs, next } = merged(pages, limit);
  reading.warm(runs.slice(0, WARMED));
  const tally = tallies.of(search);
  const now = reading.now();
  return {
    now,
    runs: rows.list(runs),
    next: next === undefined ? null : cursorOf(next),
    counts: tally.counts,
    areCountsCut: tally.isCut,
    oldestAt: oldestAt(reading),
    asks: asksOf(recent.open(), now),
  };
}

/** How many of the runs of a page are likely to be opened next. */
const WARMED = 10;

const OPEN = ["running", "paused"] as const;

function searchOf(query: z.output<typeof RunsQuery>): RunSearch {
  const { workflow, q, from, to, children } = query;
  const text = q?.trim();
  return {
    ...(children === undefined && { isChild: false }),
    ...(workflow !== undefined && workflow !== "" && { workflowId: workflow }),
    ...(text !== undefined && text !== "" && { text }),
    ...(from !== undefined && { createdFrom: Math.max(0, from) }),
    ...(to !== undefined && { createdBefore: Math.max(0, to) }),
  };
}

type Page = ReturnType<Reading["storage"]["pageRuns"]>;

// What one page has not looked at may be newer than the last runs of another one.
function merged(pages: readonly Page[], limit: number): Page {
  const [only] = pages;
  if (only !== undefined && pages.length === 1) return only;
  const ends = pages.flatMap(({ next }) => (next === undefined ? [] : [next]));
  const [end] = ends.toSorted(newestFirst);
  const all = pages.flatMap(({ runs }) => runs).toSorted(newestFirst);
  const within = end === undefined ? all : all.filter((run) => newestFirst(run, end) <= 0);
  const runs = within.slice(0, limit);
  const isCut = runs.length < within.length;
  const last = isCut ? positionAt(runs.at(-1)) : end;
  return { runs, ...(last !== undefined && { next: last }) };
}

function newestFirst(a: RunPosition, b: RunPosition): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.runId < b.runId ? 1 : a.runId > b.runId ? -1 : 0;
}

function positionAt(run: StoredRun | undefined): RunPosition | undefined {
  return run && { createdAt: run.createdAt, runId: run.runId };
}

function cursorOf({ createdAt, runId }: RunPosition): string {
  return Buffer.from(JSON.stringify([createdAt, runId])).toString("base64url");
}

function positionOf(cursor: string): RunPosition {
  try {
    const [createdAt, runId] = JSON.parse(
      Buffer.from(cursor, "base64url").toString("utf8"),
    ) as unknown[];
    if (typeof createdAt === "number" && typeof runId === "string") return { createdAt, runId };
  } catch {
    // Refused below.
  }
  throw RefusedRequest.body("The cursor is not one that this server has given.", [
    { pointer: "/cursor", message: "Use the `next` of an earlier answer." },
  ]);
}

function oldestAt({ storage, recent }: Reading): number | null {
  const [ended] = storage.listEnded(undefined, 1);
  const instants = recent.open().map(({ run }) => run.createdAt);
  const oldest = Math.min(ended?.createdAt ?? Number.POSITIVE_INFINITY, ...instants);
  return Number.isFinite(oldest) ? oldest : null;
}
