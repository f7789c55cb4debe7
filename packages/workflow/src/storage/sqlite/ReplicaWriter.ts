import type { JournalEntry } from "@automatosx/schemas";
import { WorkflowError } from "../../errors.js";
import { journalDiverged, replicaGap } from "../backend-run.js";
import { goesBack } from "../goes-back.js";
import { chainHash } from "../hash-chain.js";
import type { ReplicaEnd, ReplicaPart } from "../ReplicaPart.js";
import { runExists } from "../run-exists.js";
import { runOrigin } from "../run-row.js";
import type { StoredCheckpoint, StoredRun } from "../stored-rows.js";
import type { Database } from "./open-database.js";
import { HALF_REMOVED } from "./RunRemovalDAO.js";
import type { StorageRows } from "./StorageRows.js";

/** Adds parts of runs that another backend executes to their copies. */
export class ReplicaWriter {
  readonly #rows: StorageRows;
  readonly #countLogs;

  constructor(database: Database, rows: StorageRows) {
    this.#rows = rows;
    this.#countLogs = database
      .prepare<[string], number>("SELECT count(*) FROM workflow_step_logs WHERE run_id = ?")
      .pluck();
  }

  /** Must be called inside a transaction. See `StoragePort.replicate`. */
  add(part: ReplicaPart): ReplicaEnd {
    const { runId, definitions = [], artifacts = [], logs } = part;
    for (const definition of definitions) this.#rows.workflows.saveWorkflow(definition);
    this.#assertCopy(part);
    // Another process may have added to the copy under the same epoch.
    this.#rows.journal.forgetHead(runId);
    const end = this.#rows.journal.endOf(runId);
    assertFollows(part, end);
    this.#compare(part, end);
    for (const artifact of artifacts) this.#rows.artifacts.insert(artifact);
    const seq = this.#append(part, end);
    this.#addCheckpoints(part, end);
    if (part.run !== undefined && part.afterSeq + part.entries.length === seq)
      this.#rows.workflows.updateRun(runId, { ...part.run, release: true }, seq);
    this.#rows.journal.forgetHead(runId);
    return { seq, ...(logs !== undefined && { logCount: this.#addLogs(runId, logs) }) };
  }

  // Creates the copy with its first part.
  #assertCopy({ runId, backend, newRun }: ReplicaPart): void {
    const stored = this.#rows.workflows.getRun(runId);
    if (stored === undefined) {
      if (newRun === undefined) throw noCopy(runId);
      this.#rows.workflows.insertRun({ ...newRun, runId }, backend);
      return;
    }
    if (stored.errorCode === HALF_REMOVED) throw runExists(runId, "is being removed");
    const isSame =
      newRun === undefined || runOrigin(newRun).hash === this.#rows.journal.originOf(runId);
    if (stored.backend === backend && isSame) return;
    if (stored.backend === backend)
      throw journalDiverged(runId, `${backend} began it with another definition, input or instant`);
    throw isSame ? wasAdopted(stored, backend) : runExists(runId, `is not a copy from ${backend}`);
  }

  // What is stored already must be the same, which its hashes show.
  #compare({ runId, backend, afterSeq, entries }: ReplicaPart, end: number): void {
    const known = entries.slice(0, Math.max(0, end - afterSeq));
    if (known.length === 0) return;
    const hashes = this.#rows.journal.hashesOf(runId, afterSeq, known.length);
    let hash = this.#rows.journal.hashAt(runId, afterSeq);
    for (const [at, entry] of known.entries()) {
      hash = chainHash(hash, entry);
      if (hash !== hashes[at])
        throw journalDiverged(
          runId,
          `entry ${entry.seq} from ${backend} (${entry.type}) differs from the one in its copy`,
        );
    }
  }

  // Returns the end of the copy.
  #append({ runId, afterSeq, entries }: ReplicaPart, end: number): number {
    const fresh = entries.slice(Math.max(0, end - afterSeq));
    const last = fresh.at(-1);
    if (last === undefined) return end;
    const epoch = this.#rows.workflows.getRun(runId)?.leaseEpoch ?? 1;
    const seq = this.#rows.journal.append(runId, epoch, fresh);
    for (const entry of fresh) if (goesBack(entry)) this.#rows.runChanges.insert(entry);
    this.#rows.workflows.advanceRun(runId, seq, last.at);
    return seq;
  }

  // One of an earlier part may have been merged into others since.
  #addCheckpoints({ runId, checkpoints = [] }: ReplicaPart, end: number): void {
    for (const checkpoint of checkpoints) {
      const stored = this.#rows.checkpoints.get(checkpoint.checkpointId);
      if (stored === undefined && checkpoint.seq > end && this.#isReadable(checkpoint))
        this.#rows.checkpoints.insert(checkpoint);
      if (stored !== undefined && stored.runId !== runId)
        throw journalDiverged(
          runId,
          `its checkpoint ${checkpoint.checkpointId} belongs to run ${stored.runId}`,
        );
    }
  }

  // A checkpoint is only a shortcut, and is of no use without the one that it builds on.
  #isReadable({ parentCheckpointId }: StoredCheckpoint): boolean {
    return (
      parentCheckpointId === undefined ||
      this.#rows.checkpoints.get(parentCheckpointId) !== undefined
    );
  }

  #addLogs(runId: string, { after, chunks }: NonNullable<ReplicaPart["logs"]>): number {
    const count = this.#countLogs.get(runId) ?? 0;
    if (after > count)
      throw new WorkflowError(
        "internal",
        `Run ${runId}: chunk ${after + 1} of its logs does not follow chunk ${count}.`,
        { runId },
      );
    for (const chunk of chunks.slice(count - after)) this.#rows.logs.append({ ...chunk, runId });
    return this.#countLogs.get(runId) ?? 0;
  }
}

function assertFollows({ runId, afterSeq, entries }: ReplicaPart, end: number): void {
  if (afterSeq > end) throw replicaGap(runId, afterSeq, end);
  const isNext = (entry: JournalEntry, at: number): boolean =>
    entry.runId === runId && entry.seq === afterSeq + 1 + at;
  if (entries.every(isNext)) return;
  throw new WorkflowError(
    "internal",
    `Run ${runId}: the entries of a part do not follow entry ${afterSeq} one by one.`,
    { runId },
  );
}

function noCopy(runId: string): WorkflowError {
  return new WorkflowError("run_not_found", `This database has no copy of run ${runId} yet.`, {
    runId,
    remedy: "Send the part with which the run began first.",
    suggestion: { action: "list_runs" },
  });
}

function wasAdopted({ runId }: StoredRun, backend: string): WorkflowError {
  return journalDiverged(
    runId,
    `an engine of this database has adopted it, but ${backend} still executes it`,
  );
}
