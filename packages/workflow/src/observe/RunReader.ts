import type { RunEvent, WorkflowDefinition } from "@automatosx/schemas";
import { damagedCheckpoint, hashCheckpoint, type LoadedSnapshots, loadSnapshots } from "../checkpoint/load-snapshots.js";
import { type CheckpointData, Context, Machine, type WorkflowMachine } from "../core/workflow-state-machine.js";
import { type DecodeSources, decodeEvent, resultOf } from "../engine/journal-codec.js";
import { WorkflowError } from "../errors.js";
import type { JournalEntry, StoragePort, StoredDefinition, StoredRun } from "../storage/StoragePort.js";
import { checkRun, damagedRow, isBeingRemoved } from "./check-run.js";
import { projectEvents } from "./project-events.js";

/** What the journal says of a completed attempt that a snapshot leaves out; and of earlier ones, which a restore may bring back. */
interface Outcome {
  readonly seq: number;
  readonly attemptNumber: number;
  readonly payload: string;
  readonly earlier: Outcome | undefined;
}

// A long run has thousands: no more of each is kept than is asked for.
function keepOutcome(outcomes: Map<string, Outcome>, { seq, stepId = "", attemptNumber = 0, payload }: JournalEntry): void {
  outcomes.set(stepId, { seq, attemptNumber, payload, earlier: outcomes.get(stepId) });
}

/** A run as far as its journal has been read: the same machine that the engine has, folded from the same events. */
export class RunReader {
  readonly run: StoredRun;
  readonly definition: StoredDefinition;
  /** The definition as the engine reads it. */
  readonly workflow: WorkflowDefinition;
  readonly #storage: StoragePort;
  readonly #sources: DecodeSources;
  #machine: WorkflowMachine;
  #seq = 0;
  #at: number;
  #checkpoint: { readonly machine: WorkflowMachine; readonly checkpointId: string } | undefined;
  #wasRestored = false;
  #isRowChecked = false;
  readonly #problems: WorkflowError[] = [];

  private constructor(storage: StoragePort, run: StoredRun, definition: StoredDefinition) {
    this.run = run;
    this.definition = definition;
    this.workflow = JSON.parse(definition.definition) as WorkflowDefinition;
    this.#storage = storage;
    this.#machine = Machine.make(run.createdAt);
    this.#at = run.createdAt;
    this.#sources = {
      source: definition.source,
      context: run.context,
      steps: this.workflow.steps,
      artifact: (sha256) => storage.getArtifact(sha256),
      checkpointData: (checkpointId, completed) => this.#checkpointData(checkpointId, completed),
    };
  }

  /** Opens a run with nothing read yet. `run_not_found`, and `journal_damaged` when its row does not fit its journal. */
  static open(storage: StoragePort, runId: string): RunReader {
    const reader = RunReader.openJournal(storage, runId);
    const damage = checkRun(storage, reader.run);
    if (damage !== undefined) throw damage;
    reader.#isRowChecked = true;
    return reader;
  }

  /** The same for a row that is not written yet as its journal will have it. @internal */
  static openJournal(storage: StoragePort, runId: string): RunReader {
    const run = storage.getRun(runId);
    const definition = run === undefined ? undefined : storage.getDefinition(run.definitionHash);
    if (run === undefined || definition === undefined) {
      throw new WorkflowError("run_not_found", `There is no run ${runId}.`, { remedy: "`axw list` shows the runs that there are.", runId });
    }
    return new RunReader(storage, run, definition);
  }

  get machine(): WorkflowMachine {
    return this.#machine;
  }

  /** The last journal entry that has been read. */
  get seq(): number {
    return this.#seq;
  }

  /** When the last entry that has been read was accepted; the run's beginning before the first. */
  get at(): number {
    return this.#at;
  }

  /** The newest checkpoint that was used on the way here, with the machine as it was then. */
  get checkpoint(): { readonly machine: WorkflowMachine; readonly checkpointId: string } | undefined {
    return this.#checkpoint;
  }

  /** What was found damaged and passed over: checkpoints, never the journal. */
  get problems(): readonly WorkflowError[] {
    return this.#problems;
  }

  /** Reads what has been written since, up to `upTo`, and tells what happened. `journal_damaged`. */
  *advance(upTo = Number.POSITIVE_INFINITY): Generator<RunEvent, void, undefined> {
    for (const entry of this.#storage.readJournal(this.run.runId, this.#seq)) {
      if (entry.seq > upTo) return;
      if (entry.type === "restore_checkpoint") this.#wasRestored = true;
      yield* this.#fold(entry);
    }
  }

  /** Has the run ever gone back to a checkpoint? Then a completed step may carry the result of an earlier attempt. */
  get wasRestored(): boolean {
    return this.#wasRestored;
  }

  /** Reads to the end, from the newest valid checkpoint where there is one. */
  catchUp(upTo = Number.POSITIVE_INFINITY): this {
    const loaded = this.#seq === 0 ? loadSnapshots(this.#storage, this.run.runId, upTo) : undefined;
    if (loaded !== undefined) this.#problems.push(...loaded.problems);
    const seq = loaded?.seq ?? 0;
    const outcomes = new Map<string, Outcome>();
    for (const entry of this.#storage.readJournal(this.run.runId, this.#seq)) {
      if (entry.seq > upTo) break;
      if (entry.type === "restore_checkpoint") this.#wasRestored = true;
      // A snapshot fits a machine that knows its steps and its graph: up to there the events are folded.
      const isCovered = entry.seq <= seq && Context.graph(Machine.context(this.#machine)) !== undefined;
      if (!isCovered) for (const _ of this.#fold(entry));
      else if (entry.type === "step_completed") keepOutcome(outcomes, entry);
      if (isCovered && entry.seq === seq && loaded !== undefined && !this.#useSnapshots(loaded, entry.at, outcomes))
        return this.#foldAll(upTo);
    }
    return this.#checked();
  }

  #useSnapshots(loaded: LoadedSnapshots, at: number, outcomes: ReadonlyMap<string, Outcome>): boolean {
    const missing: string[] = [];
    const snapshots = loaded.withResults((stepId, attemptNumber) => {
      let outcome = outcomes.get(stepId);
      while (outcome !== undefined && outcome.attemptNumber !== attemptNumber) outcome = outcome.earlier;
      if (outcome !== undefined) {
        const entry = { runId: this.run.runId, seq: outcome.seq, type: "step_completed" };
        return resultOf(entry, JSON.parse(outcome.payload) as Record<string, unknown>, this.#sources);
      }
      missing.push(stepId);
      return null;
    });
    if (missing.length > 0) {
      this.#problems.push(damagedCheckpoint(loaded.checkpointId, `the journal has no result for \`${missing[0]}\``));
      return false;
    }
    this.#machine = Machine.fastForward(this.#machine, snapshots);
    this.#seq = loaded.seq;
    this.#at = at;
    this.#checkpoint = { machine: this.#machine, checkpointId: loaded.checkpointId };
    return true;
  }

  #foldAll(upTo: number): this {
    this.#machine = Machine.make(this.run.createdAt);
    this.#seq = 0;
    for (const _ of this.advance(upTo));
    return this.#checked();
  }

  // Where the row was written with the last entry read, it has to say what the journal gives.
  #checked(): this {
    const state = Machine.state(this.#machine);
    if (this.#isRowChecked && this.#seq === this.run.journalSeq && state !== this.run.state && !isBeingRemoved(this.run))
      throw damagedRow(this.run.runId, `it is ${this.run.state}, the journal gives ${state}`);
    return this;
  }

  *#fold(entry: JournalEntry): Generator<RunEvent, void, undefined> {
    const before = this.#machine;
    const event = decodeEvent(entry, Machine.context(before), this.#sources);
    const outcome = Machine.transition(before, event, entry.at);
    if (!outcome.ok) {
      throw new WorkflowError(
        "journal_damaged",
        `Run ${this.run.runId}: journal entry ${entry.seq} (${entry.type}) does not fit the state \`${outcome.state}\`: ${outcome.reason}.`,
        { runId: this.run.runId, remedy: "The run was written by another version or changed by hand; start the workflow again." },
      );
    }
    this.#machine = outcome.machine;
    this.#seq = entry.seq;
    this.#at = entry.at;
    yield* projectEvents({
      runId: entry.runId,
      seq: entry.seq,
      at: entry.at,
      event,
      before,
      after: outcome.machine,
      effects: outcome.effects,
    });
  }

  #checkpointData(checkpointId: string, completed: readonly string[]): CheckpointData {
    const { runId } = this.run;
    // A run that failed is taken up again from where it stood, which is no stored checkpoint.
    if (checkpointId === `${runId}@failed`)
      return { ...Context.checkpointData(Machine.context(this.#machine), checkpointId), completedSteps: [...completed] };
    const checkpoint = this.#storage.getCheckpoint(checkpointId);
    if (checkpoint === undefined || hashCheckpoint(checkpoint) !== checkpoint.sha256) {
      const what = checkpoint === undefined ? "is missing" : "is damaged";
      throw new WorkflowError(
        "journal_damaged",
        `Run ${runId}: checkpoint ${checkpointId}, to which journal entry ${this.#seq + 1} goes back, ${what}.`,
        {
          runId,
          remedy:
            "Restore the database from a backup, or take out what is sound with `axw doctor --salvage NEW.db`; nothing of this run was used.",
        },
      );
    }
    const then = RunReader.openJournal(this.#storage, checkpoint.runId).catchUp(checkpoint.seq);
    return Context.checkpointData(Machine.context(then.machine), checkpointId);
  }
}
