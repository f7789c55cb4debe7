import { type RunSummary, WorkflowError } from "@automatosx/workflow";
import {
  referencedArtifacts,
  type StoragePort,
  type StoredArtifact,
} from "@automatosx/workflow/hosting";
import { BACKEND_ID } from "../names.js";
import { definitionsOf, newRunOf } from "../rows/new-run.js";
import type { RowPart, RowsAnswer } from "../wire.js";
import type { RestateBackend } from "./RestateBackend.js";

/** What has changed in a copy. */
export interface Pulled {
  /** How many runs have new rows. */
  readonly runs: number;
  /** How many journal entries were added. */
  readonly entries: number;
  /** The runs that could not be read, so that their copies may be old. Absent if there are none. */
  readonly failed?: readonly { readonly runId: string; readonly error: unknown }[];
}

/**
 * Adds what has happened in the runs of a backend to their copies in a database, or in one run and
 * its child runs, and so makes them visible to everything that reads the database. For one run,
 * throws `run_not_found`, `database_busy` if no worker answers, and `journal_diverged` if a copy
 * differs from its run. Of all runs, those that fail are returned: one that cannot be read must not
 * hide the others.
 */
export async function pullReplica(
  backend: RestateBackend,
  storage: StoragePort,
  runId?: string,
): Promise<Pulled> {
  if (runId !== undefined) return pullFamily(backend, storage, runId);
  let runs = 0;
  let entries = 0;
  const failed: { readonly runId: string; readonly error: unknown }[] = [];
  let unanswered: unknown;
  for (const run of parentsFirst((await backend.list()).toReversed())) {
    if (isComplete(storage, run) || isAdopted(storage, run)) continue;
    const { runId: id } = run;
    if (unanswered !== undefined) {
      failed.push({ runId: id, error: unanswered });
      continue;
    }
    try {
      const pulled = await pullRun(backend, storage, id);
      runs += pulled.runs;
      entries += pulled.entries;
    } catch (error) {
      failed.push({ runId: id, error });
      // Each of the others would wait as long for a worker.
      if (error instanceof WorkflowError && error.code === "database_busy") unanswered = error;
    }
  }
  return { runs, entries, ...(failed.length > 0 && { failed }) };
}

/**
 * Returns runs, oldest first as they would have been written, each after the run that started it:
 * the row of a copy refers to that, and the clocks of two workers differ.
 */
function parentsFirst(runs: readonly RunSummary[]): readonly RunSummary[] {
  const byId = new Map(runs.map((run) => [run.runId, run]));
  const depthOf = ({ parentRunId = "" }: RunSummary): number => {
    const parent = byId.get(parentRunId);
    return parent === undefined ? 0 : depthOf(parent) + 1;
  };
  const depths = new Map(runs.map((run) => [run, depthOf(run)]));
  return runs.toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
}

async function pullFamily(
  backend: RestateBackend,
  storage: StoragePort,
  runId: string,
): Promise<Pulled> {
  const pulled = [await pullRun(backend, storage, runId)];
  // One that was noted is not there before it is started.
  for (const child of await backend.childRuns(runId))
    if ((await backend.get(child)) !== undefined)
      pulled.push(await pullFamily(backend, storage, child));
  const sum = (key: "runs" | "entries"): number =>
    pulled.reduce((total, one) => total + one[key], 0);
  return { runs: sum("runs"), entries: sum("entries") };
}

function isComplete(storage: StoragePort, run: RunSummary): boolean {
  if (run.status === "running") return false;
  const copy = storage.getRun(run.runId);
  return copy !== undefined && copy.state === run.state && copy.journalSeq === run.journalSeq;
}

/** Whether this database has taken the run away from the backend. */
function isAdopted(storage: StoragePort, { runId }: RunSummary): boolean {
  const copy = storage.getRun(runId);
  return copy !== undefined && copy.backend === undefined;
}

async function pullRun(
  backend: RestateBackend,
  storage: StoragePort,
  runId: string,
): Promise<Pulled> {
  let end = endOf(storage, runId);
  let entries = 0;
  for (;;) {
    const answer = await backend.readRows(runId, end);
    const { parentRunId } = answer.row;
    if (end === 0 && parentRunId !== undefined && storage.getRun(parentRunId) === undefined)
      await pullRun(backend, storage, parentRunId);
    if (answer.parts.length === 0 && storage.getRun(runId) === undefined)
      replicate(storage, answer, { afterSeq: 0, entries: [] }, []);
    for (const part of answer.parts) {
      const artifacts = await artifactsOf(backend, storage, part);
      const before = end;
      end = replicate(storage, answer, part, artifacts);
      entries += end - before;
    }
    if (answer.hasMore) continue;
    const { written, journalSeq } = answer.row;
    if (written !== undefined && end === journalSeq)
      replicate(storage, answer, { afterSeq: end, entries: [], run: written }, []);
    return { runs: entries > 0 ? 1 : 0, entries };
  }
}

function endOf(storage: StoragePort, runId: string): number {
  if (storage.getRun(runId) === undefined) return 0;
  return storage.replicate({ runId, backend: BACKEND_ID, afterSeq: 0, entries: [] }).seq;
}

function replicate(
  storage: StoragePort,
  { start, row }: RowsAnswer,
  part: RowPart,
  artifacts: readonly StoredArtifact[],
): number {
  const { definitions = [] } = part;
  return storage.replicate({
    ...part,
    ...{ runId: row.runId, backend: BACKEND_ID, artifacts },
    ...(start !== undefined && { newRun: newRunOf(start) }),
    definitions: start === undefined ? definitions : [...definitionsOf(start), ...definitions],
  }).seq;
}

async function artifactsOf(
  backend: RestateBackend,
  storage: StoragePort,
  { entries }: RowPart,
): Promise<readonly StoredArtifact[]> {
  const found = new Map<string, string>();
  for (const sha256 of entries.flatMap(referencedArtifacts)) {
    if (found.has(sha256) || storage.getArtifact(sha256) !== undefined) continue;
    const content = await backend.readArtifact(sha256);
    if (content === undefined)
      throw new WorkflowError("internal", `No worker has the large result ${sha256}.`, {
        remedy: "Give all workers the same directory of artifacts, or the same database.",
      });
    found.set(sha256, content);
  }
  return [...found].map(([sha256, content]) => ({ sha256, content }));
}
