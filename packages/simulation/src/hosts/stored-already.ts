import type { StoragePort } from "@automatosx/workflow";

type Commit = Parameters<StoragePort["commit"]>[0];
type RunCommit = Commit["runs"][number];

/**
 * The part of a commit that is not stored yet. A commit is repeated when its answer was lost, and a
 * request that its sender has given up may arrive after later ones: nothing of it may change the
 * rows that came after it.
 */
export function withoutStored(rows: StoragePort, commit: Commit): Commit {
  const newRuns = commit.newRuns.filter(({ runId, createdAt, owner }) => {
    const row = rows.getRun(runId);
    return row === undefined || row.createdAt !== createdAt || wasAnother(rows, runId, owner);
  });
  const runs = commit.runs.filter((run) => !isStored(rows, run));
  return { ...commit, newRuns, runs };
}

// The first entry of a run is written with its row, so a row without one belongs to no repetition.
function wasAnother(rows: StoragePort, runId: string, owner: unknown): boolean {
  if (owner === undefined) return false;
  return rows.getRun(runId)?.journalSeq === 0;
}

function isStored(rows: StoragePort, { runId, entries, leaseEpoch, run }: RunCommit): boolean {
  const row = rows.getRun(runId);
  if (row === undefined) return false;
  const [first] = entries;
  // A release is repeated under the epoch that it has ended.
  if (first === undefined)
    return run?.release === true && row.owner === undefined && row.leaseEpoch === leaseEpoch;
  const stored = [...rows.readJournal(runId, first.seq - 1)];
  return entries.every((entry, index) => {
    const there = stored[index];
    return (
      there?.seq === entry.seq &&
      there.type === entry.type &&
      there.at === entry.at &&
      there.payload === entry.payload
    );
  });
}
