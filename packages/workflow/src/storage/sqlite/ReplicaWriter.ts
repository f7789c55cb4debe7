import {
  assertCopy,
  assertFollows,
  assertOwnCheckpoint,
  entryDiffers,
  freshChunks,
  noCopy,
} from "../check-replica.js";
import { goesBack } from "../goes-back.js";
import { chainHash } from "../hash-chain.js";
import type { ReplicaEnd, ReplicaPart } from "../ReplicaPart.js";
import type { StoredCheckpoint } from "../stored-rows.js";
import type { Database } from "./open-database.js";
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
    this.#beginOrCheck(part);
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

  // The first part creates the copy.
  #beginOrCheck(part: ReplicaPart): void {
    const { runId, backend, newRun } = part;
    const stored = this.#rows.workflows.getRun(runId);
    if (stored === undefined) {
      if (newRun === undefined) throw noCopy(runId);
      this.#rows.workflows.insertRun({ ...newRun, runId }, backend);
      return;
    }
    assertCopy(part, stored, this.#rows.journal.originOf(runId));
  }

  // What is stored already must be the same, which its hashes show.
  #compare(part: ReplicaPart, end: number): void {
    const { runId, afterSeq, entries } = part;
    const known = entries.slice(0, Math.max(0, end - afterSeq));
    if (known.length === 0) return;
    const hashes = this.#rows.journal.hashesOf(runId, afterSeq, known.length);
    let hash = this.#rows.journal.hashAt(runId, afterSeq);
    for (const [at, entry] of known.entries()) {
      hash = chainHash(hash, entry);
      if (hash !== hashes[at]) throw entryDiffers(part, entry);
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
      assertOwnCheckpoint(runId, stored);
    }
  }

  // A checkpoint is only a shortcut, and is of no use without the one that it builds on.
  #isReadable({ parentCheckpointId }: StoredCheckpoint): boolean {
    return (
      parentCheckpointId === undefined ||
      this.#rows.checkpoints.get(parentCheckpointId) !== undefined
    );
  }

  #addLogs(runId: string, logs: NonNullable<ReplicaPart["logs"]>): number {
    const count = this.#countLogs.get(runId) ?? 0;
    for (const chunk of freshChunks(runId, logs, count))
      this.#rows.logs.append({ ...chunk, runId });
    return this.#countLogs.get(runId) ?? 0;
  }
}
