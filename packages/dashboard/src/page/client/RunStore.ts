import { RunView } from "@automatosx/run-view";
import type { JournalEntry, WorkflowDefinition } from "@automatosx/schemas";
import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { RunRow } from "../../api/common.schema.js";
import type { GraphLayout, Run, RunActions, WireEntry } from "../../api/run.schema.js";

/**
 * A run as the page knows it: its journal, folded by the core. Components read `version` to be
 * rendered again when the run changes, and everything else from `view`.
 */
export class RunStore {
  /** The run, up to the last entry that was folded. */
  readonly view: RunView;
  readonly layout: GraphLayout;
  /** The row, as the server last sent it. */
  readonly row: Signal<RunRow>;
  /** What can be done with the run. */
  readonly actions: Signal<RunActions>;
  readonly children: Signal<readonly RunRow[]>;
  readonly #version = signal(0);

  constructor(run: Run) {
    const { definition, ...origin } = run.origin;
    const definitions = run.definitions as Readonly<Record<string, WorkflowDefinition>>;
    this.view = new RunView(
      { ...origin, definition: definition as WorkflowDefinition },
      { artifact: () => null, definition: (hash) => definitions[hash] },
    );
    this.layout = run.layout;
    this.row = signal(run.row);
    this.actions = signal(run.actions);
    this.children = signal(run.children);
    this.add(run.entries);
  }

  /** Changes with each change of `view`. */
  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  /** Folds the next entries. */
  add(entries: readonly WireEntry[]): void {
    for (const entry of entries) this.view.fold(journalEntry(this.view.origin.runId, entry));
    batch(() => {
      this.#version.value += 1;
    });
  }
}

/** An entry as the core reads it. */
export function journalEntry(runId: string, wire: WireEntry): JournalEntry {
  const [seq, type, at, stepId, attemptNumber, payload] = wire;
  return {
    runId,
    seq,
    type,
    at,
    payload,
    ...(stepId !== null && { stepId }),
    ...(attemptNumber !== null && { attemptNumber }),
  };
}
