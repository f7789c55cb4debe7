import { hash } from "node:crypto";
import {
  type AcceptedEvent,
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
import { goesBack } from "../storage/goes-back.js";
import type { StoragePort, StoredDefinition, StoredRun } from "../storage/StoragePort.js";
import { CompletedAttempts } from "./CompletedAttempts.js";
import { checkRun, isBeingRemoved } from "./check-run.js";
import { type ForkedState, placeOfForkedState } from "./forked-state.js";
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
  /** The run, up to the last journal entry that was read. */
  readonly view: RunView;
  readonly #storage: StoragePort;
  readonly #artifacts: Pick<JournalReferences, "artifact">;
  #checkpoint: { readonly machine: WorkflowMachine; readonly checkpointId: string } | undefined;
  #hasSkippedRestore = false;
  #isRowChecked = false;
  #current: CurrentDefinition;
  readonly #problems: WorkflowError[] = [];

  private constructor(storage: StoragePort, row: StoredRun, storedDefinition: StoredDefinition) {
    this.row = row;
    this.#current = currentDefinition(storedDefinition);
    this.#storage = storage;
    this.#artifacts = { artifact: (sha256) => readArtifact(storage, sha256) };
    const { runId, createdAt, inputs, context } = row;
    const { source } = storedDefinition;
    this.view = new RunView(
      { runId, createdAt, definition: this.definition, source, inputs, context },
      {
        ...this.#artifacts,
        checkpoint: (checkpointId) => this.checkpointData(checkpointId),
        definition: (hash) => this.#changeDefinition(hash),
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

  /** The definition that the run has after the last entry that was read, as it is stored. */
  get storedDefinition(): StoredDefinition {
    return this.#current.stored;
  }

  /** The same definition as the engine uses it. */
  get definition(): WorkflowDefinition {
    return this.#current.definition;
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
   * True if the run was restored from a checkpoint, or went back because a result or the definition
   * was changed; a completed step may then have another result than its latest attempt gave.
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
   * Like `advance`, but yields each entry as the machine accepted it.
   *
   * @throws WorkflowError `journal_damaged`
   */
  *accepted(upTo = Number.POSITIVE_INFINITY): Generator<AcceptedEvent, void, undefined> {
    for (const entry of this.#storage.readJournal(this.row.runId, this.seq)) {
      if (entry.seq > upTo) return;
      yield asWorkflowError(() => this.view.fold(entry));
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

  /**
   * Returns the state that an entry of the run restores: of a stored checkpoint, or of the run that
   * this one was forked from.
   *
   * @throws WorkflowError `journal_damaged` if the checkpoint or that run is missing or damaged
   */
  checkpointData(checkpointId: string): CheckpointData {
    const place = placeOfForkedState(checkpointId);
    if (place !== undefined) return this.#forkedState(checkpointId, place);
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
    const { runId, seq } = checkpoint;
    return this.#stateOf({ runId, seq }, checkpointId);
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
      if (entry.type === "restore_checkpoint" || goesBack(entry)) this.#hasSkippedRestore = true;
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

  // Called for each entry that changes the definition, in order.
  #changeDefinition(hash: string): WorkflowDefinition | undefined {
    const stored = this.#storage.getWorkflow(hash);
    if (stored === undefined) return undefined;
    this.#current = currentDefinition(stored);
    return this.#current.definition;
  }

  // A run that was forked is kept as long as its forks.
  #forkedState(checkpointId: string, { runId, seq }: ForkedState): CheckpointData {
    if (this.#storage.getRun(runId) !== undefined)
      return this.#stateOf({ runId, seq }, checkpointId);
    throw this.#lostState(`run ${runId}, from which it was forked, is missing`);
  }

  #lostState(why: string): WorkflowError {
    const { runId } = this.row;
    return new WorkflowError("journal_damaged", `Run ${runId}: ${why}.`, {
      runId,
      remedy: "Restore the database from a backup. No data from this run was used.",
    });
  }

  #stateOf({ runId, seq }: ForkedState, checkpointId: string): CheckpointData {
    const { machine, seq: end } = RunReader.openJournal(this.#storage, runId).catchUp(seq);
    if (end !== seq) throw this.#lostState(`journal entry ${seq} of run ${runId} is missing`);
    const { details, ...data } = RunQueries.checkpointData(machine, checkpointId);
    // A run knows the details of its own results.
    const isOwn = runId === this.row.runId || details === undefined;
    return isOwn ? data : { ...data, details };
  }
}

interface CurrentDefinition {
  readonly stored: StoredDefinition;
  readonly definition: WorkflowDefinition;
}

function currentDefinition(stored: StoredDefinition): CurrentDefinition {
  return { stored, definition: JSON.parse(stored.definition) as WorkflowDefinition };
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
