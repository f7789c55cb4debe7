import { type AcceptedEvent, projectEvents } from "@automatosx/run-view";
import type { JournalEntry, RunEvent, WorkflowDefinition } from "@automatosx/schemas";
import {
  type CheckpointData,
  Context,
  Machine,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { damagedRun } from "../storage/damaged-run.js";
import type { StoragePort, StoredDefinition, StoredRun } from "../storage/StoragePort.js";
import { checkRun, isBeingRemoved } from "./check-run.js";
import { type DecodeSources, decodeEvent, failedAt, resultOf } from "./event-codec.js";
import {
  damagedCheckpoint,
  hashCheckpoint,
  type LoadedSnapshots,
  loadSnapshots,
} from "./load-snapshots.js";

/** What is kept of an entry until it is looked for: of 10,000 whole ones the rest would be moved about by the garbage collector. */
interface Outcome {
  readonly seq: number;
  readonly stepId: string | undefined;
  readonly attemptNumber: number | undefined;
  readonly payload: string;
}

/** The journal's completed attempts, for what snapshots leave out. */
class Outcomes {
  readonly #outcomes: Outcome[] = [];
  #places: Map<string, number> | undefined;
  #next = 0;

  add({ seq, stepId, attemptNumber, payload }: JournalEntry): void {
    this.#outcomes.push({ seq, stepId, attemptNumber, payload });
  }

  /** At once where it is asked for in the order of the journal, as snapshots of a chain do: no map of 10,000 steps is made then. */
  find(stepId: string, attemptNumber: number): Outcome | undefined {
    const next = this.#outcomes[this.#next];
    const isNext = next?.stepId === stepId && next.attemptNumber === attemptNumber;
    this.#places ??= isNext
      ? undefined
      : new Map(this.#outcomes.map((outcome, index) => [nameOf(outcome), index]));
    const place = isNext ? this.#next : this.#places?.get(nameOf({ stepId, attemptNumber }));
    if (place === undefined) return undefined;
    this.#next = place + 1;
    return this.#outcomes[place];
  }
}

function nameOf({
  stepId = "",
  attemptNumber = 0,
}: Pick<Outcome, "stepId" | "attemptNumber">): string {
  return `${attemptNumber} ${stepId}`;
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
    const definition = run === undefined ? undefined : storage.getWorkflow(run.definitionHash);
    if (run === undefined || definition === undefined) {
      throw new WorkflowError("run_not_found", `There is no run ${runId}.`, {
        remedy: "`axw list` shows the runs that there are.",
        runId,
      });
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
  get checkpoint():
    | { readonly machine: WorkflowMachine; readonly checkpointId: string }
    | undefined {
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
      yield* projectEvents(this.#fold(entry));
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
    const outcomes = new Outcomes();
    for (const entry of this.#storage.readJournal(this.run.runId, this.#seq)) {
      if (entry.seq > upTo) break;
      // A snapshot fits a machine that knows its steps and its graph: up to there the events are folded.
      const isCovered =
        entry.seq <= seq && Context.graph(Machine.context(this.#machine)) !== undefined;
      if (!isCovered) this.#fold(entry);
      else if (entry.type === "step_completed") outcomes.add(entry);
      else if (entry.type === "restore_checkpoint") this.#wasRestored = true;
      if (
        isCovered &&
        entry.seq === seq &&
        loaded !== undefined &&
        !this.#useSnapshots(loaded, entry.at, outcomes)
      )
        return this.#foldAll(upTo);
    }
    return this.#checked();
  }

  #useSnapshots(loaded: LoadedSnapshots, at: number, outcomes: Outcomes): boolean {
    const missing: string[] = [];
    const snapshots = loaded.withResults((stepId, attemptNumber) => {
      const found = outcomes.find(stepId, attemptNumber);
      if (found !== undefined) {
        const entry = { runId: this.run.runId, seq: found.seq, type: "step_completed" };
        return resultOf(entry, JSON.parse(found.payload) as Record<string, unknown>, this.#sources);
      }
      missing.push(stepId);
      return null;
    });
    if (missing.length > 0) {
      this.#problems.push(
        damagedCheckpoint(loaded.checkpointId, `the journal has no result for \`${missing[0]}\``),
      );
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
    for (const entry of this.#storage.readJournal(this.run.runId, 0)) {
      if (entry.seq > upTo) break;
      this.#fold(entry);
    }
    return this.#checked();
  }

  // Where the row was written with the last entry read, it has to say what the journal gives.
  #checked(): this {
    const state = Machine.state(this.#machine);
    if (
      this.#isRowChecked &&
      this.#seq === this.run.journalSeq &&
      state !== this.run.state &&
      !isBeingRemoved(this.run)
    )
      throw damagedRun(this.run.runId, `it is ${this.run.state}, the journal gives ${state}`);
    return this;
  }

  #fold(entry: JournalEntry): AcceptedEvent {
    const before = this.#machine;
    const event = decodeEvent(entry, Machine.context(before), this.#sources);
    const outcome = Machine.transition(before, event, entry.at);
    if (!outcome.ok) {
      throw new WorkflowError(
        "journal_damaged",
        `Run ${this.run.runId}: journal entry ${entry.seq} (${entry.type}) does not fit the state \`${outcome.state}\`: ${outcome.reason}.`,
        {
          runId: this.run.runId,
          remedy:
            "The run was written by another version or changed by hand; start the workflow again.",
        },
      );
    }
    if (entry.type === "restore_checkpoint") this.#wasRestored = true;
    this.#machine = outcome.machine;
    this.#seq = entry.seq;
    this.#at = entry.at;
    const { runId, seq, at } = entry;
    return { runId, seq, at, event, before, after: outcome.machine, effects: outcome.effects };
  }

  #checkpointData(checkpointId: string, completed: readonly string[]): CheckpointData {
    const { runId } = this.run;
    // A run that failed is taken up again from where it stood, which is no stored checkpoint.
    if (checkpointId === failedAt(runId))
      return {
        ...Context.checkpointData(Machine.context(this.#machine), checkpointId),
        completedSteps: [...completed],
      };
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
