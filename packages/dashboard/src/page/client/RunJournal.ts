import { RunQueries } from "@automatosx/rescript-core";
import {
  type AcceptedEvent,
  JournalError,
  type JournalPosition,
  RunView,
} from "@automatosx/run-view";
import type { WorkflowDefinition } from "@automatosx/schemas";
import type { Run, WireEntry } from "../../api/run.schema.js";
import { CarriedData } from "../../fold/CarriedData.js";
import { Usage, type Used } from "./Usage.js";

/** A copy of the view is kept after each of these numbers of entries, to step back from. */
const COPY_EVERY = 500;

/**
 * The journal of a run, as far as the page has it, and what the core makes of it. The journal of a
 * long run comes in two parts: first its beginning and a snapshot, later the entries between.
 */
export class RunJournal {
  readonly #origin: Run["origin"];
  readonly #carried: CarriedData;
  #live: RunView;
  #usage = new Usage();
  #copies: RunView[] = [];
  #entries: WireEntry[] = [];
  /** How many of the entries are the journal's first ones, without a gap. */
  #whole = 0;
  /** The sequence number of the snapshot that the view came from; 0 without one. */
  readonly #snapshotSeq: number;
  #snapshot: JournalPosition | undefined;
  /** The view that folds the entries that the snapshot skipped. */
  #history: { readonly view: RunView; readonly usage: Usage; copies: RunView[] } | undefined;

  constructor(run: Pick<Run, "origin" | "snapshot">) {
    this.#origin = run.origin;
    this.#carried = new CarriedData(run.origin.runId);
    this.#live = this.#empty();
    this.#copies.push(this.#live.copy());
    const { snapshot } = run;
    this.#snapshotSeq = snapshot?.seq ?? 0;
    this.#snapshot = snapshot && {
      seq: snapshot.seq,
      at: snapshot.at,
      snapshots: snapshot.states as JournalPosition["snapshots"],
    };
  }

  /** The run, up to the last entry that was folded. */
  get live(): RunView {
    return this.#live;
  }

  /** The entries that the page has, in order. */
  get entries(): readonly WireEntry[] {
    return this.#entries;
  }

  /** Whether the page has every entry up to the last one. */
  get hasHistory(): boolean {
    return this.#snapshotSeq === 0 || this.#whole >= this.#snapshotSeq;
  }

  /** The sequence number of the last entry before the gap: the next one is to be read. */
  get historySeq(): number {
    return this.#history?.view.seq ?? this.#whole;
  }

  /** What attempts have used. */
  get usage(): Usage {
    return this.#usage;
  }

  usedBy(stepId: string, upTo: number, attempt?: number): Used | undefined {
    return this.#usage.of(stepId, upTo, attempt);
  }

  /**
   * Folds the next entry.
   *
   * @throws JournalError; the view keeps its state from before the entry
   */
  add(wire: WireEntry): void {
    if (this.#snapshot !== undefined && this.#live.hasGraph) {
      // Its definition is part of the state that the snapshot continues from.
      this.#live.skip(this.#carried.take(wire));
      return;
    }
    this.#fold(this.#live, wire, this.#usage);
    this.#entries.push(wire);
    if (this.#snapshotSeq === 0 || this.#whole >= this.#snapshotSeq) {
      this.#whole = wire[0];
      keep(this.#live, this.#copies);
    } else if (this.#snapshot !== undefined) this.#whole = wire[0];
  }

  /** Jumps to the snapshot. The entries before it that the answer contained must be folded. */
  jump(): void {
    if (this.#snapshot === undefined) return;
    this.#live.fastForward(this.#snapshot);
    this.#snapshot = undefined;
  }

  /**
   * Folds the next entry of those that the snapshot skipped. After the last one the whole journal
   * is folded, and every earlier event can be looked back at.
   *
   * @throws JournalError
   */
  addSkipped(wire: WireEntry): void {
    this.#history ??= this.#beginHistory();
    const { view, usage, copies } = this.#history;
    this.#fold(view, wire, usage);
    keep(view, copies);
    this.#entries.splice(wire[0] - 1, 0, wire);
    if (wire[0] < this.#snapshotSeq) return;
    for (const entry of this.#entries.slice(wire[0])) {
      this.#fold(view, entry, usage);
      keep(view, copies);
    }
    this.#whole = view.seq;
    this.#live = view;
    this.#usage = usage;
    this.#copies = copies;
    this.#history = undefined;
  }

  /**
   * Returns the run as it was after an entry. `from`, an earlier answer, is used and changed if it
   * is the nearest.
   */
  viewAt(seq: number, from?: RunView): RunView {
    let view = from !== undefined && from.seq <= seq ? from : undefined;
    const kept = this.#copies.findLast((copy) => copy.seq <= seq);
    if (kept !== undefined && (view === undefined || kept.seq > view.seq)) view = kept.copy();
    if (view === undefined) throw new RangeError(`Entry ${seq} is not known.`);
    for (const wire of this.#entries.slice(view.seq, seq)) view.fold(this.#carried.take(wire));
    return view;
  }

  get runId(): string {
    return this.#origin.runId;
  }

  #beginHistory() {
    const view = this.#empty();
    const history = { view, usage: new Usage(), copies: [view.copy()] };
    for (const wire of this.#entries.slice(0, this.#whole)) this.#fold(view, wire, history.usage);
    return history;
  }

  #empty(): RunView {
    const { definition, ...origin } = this.#origin;
    return new RunView(
      { ...origin, definition: definition as WorkflowDefinition },
      this.#carried.references,
    );
  }

  #fold(view: RunView, wire: WireEntry, usage: Usage): void {
    usage.add(view.fold(this.#carried.take(wire)), launchesAgent);
  }
}

function keep(view: RunView, copies: RunView[]): void {
  if (view.seq % COPY_EVERY === 0) copies.push(view.copy());
}

function launchesAgent(machine: AcceptedEvent["before"], stepId: string): boolean {
  const step = RunQueries.step(machine, stepId);
  return (
    step !== undefined &&
    step.kind === undefined &&
    [step.run, step.gate, step.wait, step.stop, step.workflow].every((each) => each === undefined)
  );
}

/** Whether the core has refused an entry, rather than this page having failed. */
export function isJournalError(error: unknown): error is JournalError {
  return error instanceof JournalError;
}
