import type { JournalEntry } from "@automatosx/schemas";
import { WorkflowError } from "@automatosx/workflow/errors";
import {
  assertCopy,
  assertFollows,
  assertOwnCheckpoint,
  chainHash,
  entryDiffers,
  freshChunks,
  noCopy,
  type ReplicaEnd,
  type ReplicaPart,
  type StoredRun,
  withinLogLimit,
} from "@automatosx/workflow/storage";
import { COPY_CHANGED } from "../connection/database-error.js";
import type { Sql } from "../connection/Statement.js";
import { chain } from "./Commits.js";
import { COMMIT, commitValues, type LogRow, toNewRunRow } from "./encode-commit.js";
import type { StorageRows } from "./StorageRows.js";

/** How often to begin again because another process has changed the copy. */
const TRIES = 10;

// The beginning of the copy, and the hashes of its entries from $2 on, at most $3.
const KNOWN = `
  SELECT encode(run.origin_hash, 'hex') AS origin_hash,
    (SELECT encode(j.hash, 'hex') FROM axw.workflow_journal j
     WHERE j.run_id = $1 AND j.seq = $2) AS hash,
    ARRAY(SELECT encode(j.hash, 'hex') FROM axw.workflow_journal j
          WHERE j.run_id = $1 AND j.seq > $2 ORDER BY j.seq LIMIT $3) AS hashes,
    (SELECT count(*) FROM axw.workflow_step_logs l WHERE l.run_id = $1) AS log_count
  FROM axw.workflow_runs run WHERE run.run_id = $1`;

/** What is stored of a copy. */
interface Known {
  readonly origin_hash: string;
  readonly hash: string | null;
  readonly hashes: readonly string[];
  readonly log_count: number;
}

/**
 * Adds a part of a run to its copy: see `StoragePort.replicate`. The copy is read, the part
 * compared with it, and what is new written by one call that applies nothing if the copy has
 * changed since.
 */
export function replicate(part: ReplicaPart, rows: StorageRows, sql: Sql): ReplicaEnd {
  for (let tries = 1; ; tries += 1) {
    const stored = rows.runs.get(part.runId);
    try {
      return addPart(part, stored, rows, sql);
    } catch (error) {
      const isRace =
        error instanceof WorkflowError &&
        (error.cause === COPY_CHANGED || (error.code === "run_exists" && stored === undefined));
      if (!isRace || tries === TRIES) throw error;
    }
  }
}

function addPart(
  part: ReplicaPart,
  stored: StoredRun | undefined,
  rows: StorageRows,
  sql: Sql,
): ReplicaEnd {
  const { runId, backend, newRun, afterSeq, entries, logs, run } = part;
  const [known] = sql(KNOWN, [runId, afterSeq, entries.length]) as unknown as readonly Known[];
  if (stored === undefined || known === undefined) {
    if (newRun === undefined) throw noCopy(runId);
  } else assertCopy(part, stored, known.origin_hash);
  const end = stored?.journalSeq ?? 0;
  assertFollows(part, end);
  const newRunRow =
    stored === undefined && newRun !== undefined
      ? toNewRunRow({ ...newRun, runId }, backend)
      : undefined;
  const before = afterSeq === 0 ? (known?.origin_hash ?? newRunRow?.origin_hash) : known?.hash;
  const head = compare(part, before ?? "", known?.hashes ?? []);
  const fresh = entries.slice(Math.max(0, end - afterSeq));
  const seq = fresh.at(-1)?.seq ?? end;
  const isNewest = run !== undefined && afterSeq + entries.length === seq;
  const logCount = known?.log_count ?? 0;
  const newLogs = logs === undefined ? [] : logRows(runId, logs, logCount);
  const turn = {
    ...{ runId, leaseEpoch: stored?.leaseEpoch ?? 1, entries: fresh },
    checkpoints: newCheckpoints(part, end, rows),
    ...(isNewest && { run: { ...run, release: true } }),
  };
  const commit = {
    ...{ definitions: part.definitions ?? [], newRuns: [], artifacts: part.artifacts ?? [] },
    ...{ runs: [turn], logs: [] },
  };
  const chained = {
    newRuns: newRunRow === undefined ? [] : [newRunRow],
    entries: chain([turn], new Map([[runId, head]])),
    logs: newLogs,
    copy: { backend, seen_seq: end, ...(logs !== undefined && { seen_logs: logCount }) },
  };
  sql(COMMIT, commitValues(commit, chained, { now: 0, isRepeated: false, notification: "copy" }));
  return { seq, ...(logs !== undefined && { logCount: logCount + newLogs.length }) };
}

// Returns the hash of the last entry that both have. What is stored already must be the same.
function compare(part: ReplicaPart, before: string, hashes: readonly string[]): string {
  let hash = before;
  for (const [at, stored] of hashes.entries()) {
    const entry = part.entries[at] as JournalEntry;
    hash = chainHash(hash, entry);
    if (hash !== stored) throw entryDiffers(part, entry);
  }
  return hash;
}

// One of an earlier part may have been merged into others since. A checkpoint is only a shortcut,
// and is of no use without the one that it builds on.
function newCheckpoints({ runId, checkpoints = [] }: ReplicaPart, end: number, rows: StorageRows) {
  const added = new Set<string>();
  return checkpoints.filter(({ checkpointId, seq, parentCheckpointId }) => {
    const stored = rows.checkpoints.get(checkpointId);
    assertOwnCheckpoint(runId, stored);
    const isNew =
      stored === undefined &&
      seq > end &&
      (parentCheckpointId === undefined ||
        added.has(parentCheckpointId) ||
        rows.checkpoints.get(parentCheckpointId) !== undefined);
    if (isNew) added.add(checkpointId);
    return isNew;
  });
}

function logRows(
  runId: string,
  logs: NonNullable<ReplicaPart["logs"]>,
  count: number,
): readonly LogRow[] {
  // The backend has cut the output of each attempt; a single chunk may still be too large.
  return freshChunks(runId, logs, count).map(({ stepId, attemptNumber, stream, at, text }) => ({
    ...{ run_id: runId, step_id: stepId, attempt_number: attemptNumber, stream, at },
    text: withinLogLimit(text, 0).text,
  }));
}
