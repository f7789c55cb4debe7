import type { RunView } from "@automatosx/run-view";
import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { RunRow } from "../../api/common.schema.js";
import type { GraphLayout, Run, RunActions, WireEntry } from "../../api/run.schema.js";
import type { CarriedData } from "../../fold/CarriedData.js";
import { receivedRun } from "../../fold/received-run.js";

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
  readonly #carried: CarriedData;

  constructor(run: Run) {
    const { view, carried } = receivedRun(run);
    this.view = view;
    this.#carried = carried;
    this.layout = run.layout;
    this.row = signal(run.row);
    this.actions = signal(run.actions);
    this.children = signal(run.children);
  }

  /** Changes with each change of `view`. */
  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  /** Folds the next entries. */
  add(entries: readonly WireEntry[]): void {
    for (const entry of entries) this.view.fold(this.#carried.take(entry));
    batch(() => {
      this.#version.value += 1;
    });
  }
}
