import type { RunStatus } from "@automatosx/schemas";
import { checkOptions } from "../../checks/check-options.js";
import { RowReader, type StoredRow } from "../RowReader.js";
import {
  RUN_SEARCH_CHECKS,
  type RunPage,
  type RunPosition,
  type RunSearch,
  type RunTally,
} from "../run-page.js";
import { toListedRun } from "../run-row.js";
import type { Database } from "./open-database.js";
import { PAGE_ROWS, pageSql, TALLY_NEWEST, TALLY_STATUSES } from "./run-page-queries.js";

/** How many runs one page looks at. */
const MAX_LOOKED_AT = 20_000;

/** A page looks at no further runs after this time, in ms: some have large inputs. */
const MAX_MS = 60;

/** A row that a page looks at. */
type Candidate = readonly [
  runNumber: number,
  createdAt: number,
  runId: string,
  status: string,
  matches: 0 | 1,
];

/** Pages of lists of runs, read through the indices. */
export class RunPageDAO {
  readonly #byAge;
  readonly #byStatus;
  readonly #rows;
  readonly #tally;
  readonly #tallyNewest;

  constructor(database: Database) {
    this.#byAge = database.prepare<[Parameters], Candidate>(pageSql("by_age")).raw();
    this.#byStatus = database.prepare<[Parameters], Candidate>(pageSql("by_status")).raw();
    this.#rows = database.prepare<[string]>(PAGE_ROWS);
    this.#tally = database.prepare<[Parameters]>(TALLY_STATUSES);
    this.#tallyNewest = database.prepare<[Parameters]>(TALLY_NEWEST);
  }

  /** The next runs after a position. */
  page(search: RunSearch, limit: number, after?: RunPosition): RunPage {
    checkOptions<RunSearch>("pageRuns", search, RUN_SEARCH_CHECKS);
    const startedAt = performance.now();
    const statement = search.status === undefined ? this.#byAge : this.#byStatus;
    const found: number[] = [];
    let last: RunPosition | undefined;
    let lookedAt = 0;
    for (const candidate of statement.iterate(parametersOf(search, after))) {
      const [runNumber, createdAt, runId, , matches] = candidate;
      // One more than the page shows that others follow.
      if (found.length === limit || this.#isTooLong(lookedAt, startedAt))
        return {
          runs: this.#read(found, search.status),
          ...(last !== undefined && { next: last }),
        };
      lookedAt += 1;
      last = { createdAt, runId };
      if (matches === 1) found.push(runNumber);
    }
    return { runs: this.#read(found, search.status) };
  }

  /** The number of runs with each status. */
  tally(search: RunSearch): RunTally {
    checkOptions<RunSearch>("tallyRuns", search, RUN_SEARCH_CHECKS);
    const { text, workflowId } = search;
    const isCounted = text === undefined && workflowId === undefined;
    const parameters = parametersOf(search, undefined);
    const groups = (isCounted ? this.#tally : this.#tallyNewest).all(parameters);
    const counts = { running: 0, completed: 0, failed: 0, paused: 0, cancelled: 0 };
    let lookedAt = 0;
    for (const group of groups) {
      const row = new RowReader("workflow_runs", "status", group);
      const status = row.oneOf("status", Object.keys(counts) as RunStatus[]);
      counts[status] = row.count("count", 0);
      lookedAt += row.count("looked_at", 0);
    }
    return { counts, isCut: !isCounted && lookedAt >= MAX_LOOKED_AT };
  }

  #isTooLong(lookedAt: number, startedAt: number): boolean {
    if (lookedAt >= MAX_LOOKED_AT) return true;
    return lookedAt > 0 && lookedAt % 64 === 0 && performance.now() - startedAt > MAX_MS;
  }

  // No hash covers an index: a damaged one may have found the run under another status.
  #read(runNumbers: readonly number[], status: RunStatus | undefined) {
    return (this.#rows.all(JSON.stringify(runNumbers)) as StoredRow[])
      .filter((row) => status === undefined || row["status"] === status)
      .map(toListedRun);
  }
}

interface Parameters {
  readonly status: string | null;
  readonly workflowId: string | null;
  readonly isChild: 0 | 1 | null;
  readonly text: string | null;
  readonly from: number;
  readonly before: number;
  readonly afterAt: number;
  readonly afterId: string | null;
  readonly most: number;
}

/** Later than every instant that a row may have. */
const END_OF_TIME = 1e16;

function parametersOf(search: RunSearch, after: RunPosition | undefined): Parameters {
  const { status, workflowId, isChild, text, createdFrom = 0 } = search;
  const { createdBefore = END_OF_TIME } = search;
  return {
    status: status ?? null,
    workflowId: workflowId ?? null,
    isChild: isChild === undefined ? null : isChild ? 1 : 0,
    text: text?.toLowerCase() ?? null,
    from: createdFrom,
    before: createdBefore,
    afterAt: after?.createdAt ?? END_OF_TIME,
    afterId: after?.runId ?? null,
    most: MAX_LOOKED_AT,
  };
}
