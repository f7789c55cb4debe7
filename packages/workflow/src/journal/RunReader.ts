import { hash } from "node:crypto";
import {
  JournalError,
  type JournalProblem,
  type JournalReferences,
  RunView,
  resultOf,
} from "@automatosx/run-view";
import type { RunEvent, WorkflowDefinition } from "@automatosx/schemas";
import { text } from "../checks/option-checks.js";
import {
  type CheckpointData,
  RunQueries,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { damagedRun } from "../storage/damaged-run.js";
import type { StoragePort, StoredDefinition, StoredRun } from "../storage/StoragePort.js";
import { CompletedAttempts } from "./CompletedAttempts.js";
import { checkRun, isBeingRemoved } from "./check-run.js";
import {
  damagedCheckpoint,
  hashCheckpoint,
  type LoadedSnapshots,
  loadSnapshots,
} from "./load-snapshots.js";

const REMEDIES: Readonly<Record<JournalProblem, string>> = {
  unreadable:
    "Restore the database from a backup, or start the workflow again. " +
    "No data from this run was used.",
  refused:
    "The run was written by another version, or its rows were edited. Use that version, or " +
    "start the workflow again.",
};

/** Feeds a run's view from a database. */
export class RunReader {
  /** The run's row at the time the reader was opened. */
  readonly row: StoredRun;
  /** The definition that the run is pinned to, as it is stored. */
  readonly storedDefinition: StoredDefinition;
  /** The definition as the engine uses it. */
  readonly definition: WorkflowDefinition;
  /** The run, up to the last journal entry that was read. */
  readonly view: RunView;
  readonly #storage: StoragePort;
  readonly #artifacts: Pick<JournalReferences, "artifact">;
  #checkpoint: { readonly machine: WorkflowMachine; readonly checkpointId: string } | undefined;
  #hasSkippedRestore = false;
  #isRowChecked = false;
  readonly #problems: WorkflowError[] = [];

  private constructor(storage: StoragePort, row: StoredRun, storedDefinition: StoredDefinition) {
    this.row = row;
    this.storedDefinition = storedDefinition;
    this.definition = JSON.parse(storedDefinition.definition) as WorkflowDefinition;
    this.#storage = storage;
    this.#artifacts = { artifact: (sha256) => readArtifact(storage, sha256) };
    const { runId, createdAt, inputs, context } = row;
    const { source } = storedDefinition;
    this.view = new RunView(
      { runId, createdAt, definition: this.definition, source, inputs, context },
      {
        ...this.#artifacts,
        checkpoint: (checkpointId) => this.#checkpointData(checkpointId),
      },
    );
  }

  /**
   * Opens a run without reading its journal yet.
   *
   * @throws WorkflowError `run_not_found`; `journal_damaged` if the run's row does not match its
   * journal
   */
  static open(storage: StoragePort, runId: string): RunReader {
    text(runId, "The run id");
    const reader = RunReader.openJournal(storage, runId);
    const damage = checkRun(storage, reader.row);
    if (damage !== undefined) throw damage;
    reader.#isRowChecked = true;
    return reader;
  }

  /** Opens a run whose row is being rebuilt and may not match its journal. @internal */
  static openJournal(storage: StoragePort, runId: string): RunReader {
    const row = storage.getRun(runId);
    const definition = row === undefined ? undefined : storage.getWorkflow(row.definitionHash);
    if (row === undefined || definition === undefined) {
      throw new WorkflowError("run_not_found", `Run ${runId} does not exist.`, {
        remedy: "List the runs of the database.",
        runId,
      });
    }
    return new RunReader(storage, row, definition);
  }

  /** The view's machine. */
  get machine(): WorkflowMachine {
    return this.view.machine;
  }

  /** The last journal entry that has been read; 0 before the first. */
  get seq(): number {
    return this.view.seq;
  }

  /**
   * When the last entry that has been read was accepted, in ms since the epoch; before the first
   * entry, when the run was created.
   */
  get at(): number {
    return this.view.at;
  }

  /** The newest checkpoint that `catchUp` started from, with the machine at that point. */
  get checkpoint():
    | { readonly machine: WorkflowMachine; readonly checkpointId: string }
    | undefined {
    return this.#checkpoint;
  }

  /**
   * The damaged checkpoints that were skipped. A damaged journal is never skipped: it is an error.
   */
  get problems(): readonly WorkflowError[] {
    return this.#problems;
  }

  /**
   * True if the run was restored from a checkpoint; a completed step may then have the result of an
   * earlier attempt.
   */
  get wasRestored(): boolean {
    return this.#hasSkippedRestore || this.view.wasRestored;
  }

  /**
   * Reads the entries that it has not read yet, up to entry `upTo`, and yields their events.
   *
   * @throws WorkflowError `journal_damaged`
   */
  *advance(upTo = Number.POSITIVE_INFINITY): Generator<RunEvent, void, undefined> {
    for (const entry of this.#storage.readJournal(this.row.runId, this.seq)) {
      if (entry.seq > upTo) return;
      yield* asWorkflowError(() => this.view.apply(entry));
    }
  }

  /**
   * Reads to the end, or up to entry `upTo`. A reader that has read nothing yet starts from the
   * newest valid checkpoint.
   *
   * @throws WorkflowError `journal_damaged`
   */
  catchUp(upTo = Number.POSITIVE_INFINITY): this {
    const loaded = this.seq === 0 ? loadSnapshots(this.#storage, this.row.runId, upTo) : undefined;
    if (loaded !== undefined) this.#problems.push(...loaded.problems);
    asWorkflowError(() => this.#read(upTo, loaded));
    this.#checkRow();
    return this;
  }

  #read(upTo: number, snapshots?: LoadedSnapshots): void {
    // A machine needs its steps and their graph before snapshots can be loaded into it, so the
    // entries up to `graph_built` are folded first.
    const skipped = new CompletedAttempts();
    for (const entry of this.#storage.readJournal(this.row.runId, this.seq)) {
      if (entry.seq > upTo) return;
      if (snapshots === undefined || entry.seq > snapshots.seq || !this.view.hasGraph) {
        this.view.fold(entry);
        continue;
      }
      asWorkflowError(() => this.view.skip(entry));
      if (entry.type === "step_completed" || entry.type === "step_answered") skipped.add(entry);
      if (entry.type === "restore_checkpoint") this.#hasSkippedRestore = true;
      if (entry.seq < snapshots.seq) continue;
      if (!this.#useSnapshots(snapshots, entry.at, skipped)) return this.#read(upTo);
    }
  }

  /** Jumps to the snapshots, unless the journal lacks a result that they omit. */
  #useSnapshots(loaded: LoadedSnapshots, at: number, completed: CompletedAttempts): boolean {
    const { runId } = this.row;
    const { checkpointId, seq } = loaded;
    const missing: string[] = [];
    const snapshots = loaded.withResults((stepId, attemptNumber) => {
      const found = completed.find(stepId, attemptNumber);
      if (found !== undefined)
        return resultOf({ ...found, runId, type: "step_completed" }, this.#artifacts);
      missing.push(stepId);
      return null;
    });
    if (missing.length > 0) {
      const why = `the journal has no result for \`${missing[0]}\``;
      this.#problems.push(damagedCheckpoint(checkpointId, why));
      return false;
    }
    this.view.fastForward({ snapshots, seq, at });
    this.#checkpoint = { machine: this.machine, checkpointId };
    return true;
  }

  // If the row was written together with the last entry read, it must match the journal.
  #checkRow(): void {
    const { row } = this;
    const { state } = this.view;
    if (
      this.#isRowChecked &&
      this.seq === row.journalSeq &&
      state !== row.state &&
      !isBeingRemoved(row)
    )
      throw damagedRun(row.runId, `its state is ${row.state}, but the journal leads to ${state}`);
  }

  #checkpointData(checkpointId: string): CheckpointData {
    const checkpoint = this.#storage.getCheckpoint(checkpointId);
    if (checkpoint === undefined || hashCheckpoint(checkpoint) !== checkpoint.sha256) {
      const { runId } = this.row;
      const what = checkpoint === undefined ? "is missing" : "is damaged";
      throw new WorkflowError(
        "journal_damaged",
        `Run ${runId}: checkpoint ${checkpointId}, ` +
          `which journal entry ${this.seq + 1} restores, ${what}.`,
        {
          runId,
          remedy:
            "Restore the database from a backup, or salvage the intact data into a new file. " +
            "No data from this run was used.",
          suggestion: { action: "salvage_database", runId },
        },
      );
    }
    const then = RunReader.openJournal(this.#storage, checkpoint.runId).catchUp(checkpoint.seq);
    return RunQueries.checkpointData(then.machine, checkpointId);
  }
}

// An artifact that does not match its hash is treated as missing.
function readArtifact(storage: StoragePort, sha256: string): unknown {
  const content = storage.getArtifact(sha256);
  return content === undefined || hash("sha256", content, "hex") !== sha256
    ? undefined
    : JSON.parse(content);
}

function asWorkflowError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const { runId, message, problem } = error;
    const remedy = REMEDIES[problem];
    throw new WorkflowError("journal_damaged", message, { runId, remedy, cause: error });
  }
}
