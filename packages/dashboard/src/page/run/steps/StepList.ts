import {
  isOwned,
  progressOf,
  type ReasonedStep,
  type RunView,
  type StepInfo,
  withReasons,
} from "@automatosx/run-view";
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { RunStore } from "../../client/RunStore.js";
import { type CostColumn, costColumn, costText, sumOf } from "./costs.js";
import { FoldState } from "./FoldState.js";
import { type Bar, barsOf, type StepTimes, spansOf, thinBarsOf, tookOf } from "./row-bars.js";
import { type RowWords, type Words, wordsOfRest, wordsOfStep } from "./row-words.js";
import { StepTable } from "./StepTable.js";
import { type RowFilter, type StepRow, stepRows } from "./step-rows.js";
import { type Span, type TimeScale, timeScale } from "./time-scale.js";

/** A row with everything that it shows. */
export interface ShownRow {
  readonly row: StepRow;
  /** Its position in the list, from 0. */
  readonly index: number;
  readonly words: RowWords;
  readonly bars: readonly Bar[];
  readonly tookMs: number | undefined;
  readonly cost: string;
}

const NO_ROW = { level: 1, position: 1, siblings: 1, isOpen: undefined, owner: undefined };

/** The list of the steps of a run: its rows, and the axis of their bars. */
export class StepList {
  readonly folds = new FoldState();
  readonly table = new StepTable();
  /** All rows, in order. */
  readonly rows: ReadonlySignal<readonly StepRow[]>;
  /** The axis; it moves with the clock. */
  readonly scale: ReadonlySignal<TimeScale>;
  readonly #store: RunStore;
  readonly #late = signal(0);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: RunStore, filter: ReadonlySignal<RowFilter>) {
    this.#store = store;
    this.rows = computed(() => {
      void [store.version.value, this.#late.value, this.folds.changes.value];
      this.#update();
      return stepRows(this.table, this.folds, filter.value);
    });
    this.scale = computed(() => {
      const isMoving = store.at.value === undefined && !store.live.hasEnded;
      if (!isMoving) void store.version.value;
      return this.#scaleAt(isMoving ? store.now.value : store.view.at);
    });
  }

  /** The amount that the run reports, if it reports any. */
  get column(): CostColumn {
    return costColumn(this.#store.knownUse);
  }

  /** What the rows from `first` to before `end` show. */
  shown(first: number, end: number): readonly ShownRow[] {
    const { view } = this.#store;
    const rows = this.rows.value.slice(first, end);
    const now = this.#now(view);
    const words = this.#words(view, now);
    const reasoned = this.#reasoned(rows, view);
    const scale = this.scale.value;
    return rows.flatMap((row, offset): ShownRow[] => {
      const index = first + offset;
      if (row.rest !== undefined) return [this.#restRow(row, row.rest, index, scale, now)];
      const step = reasoned.get(row.path);
      if (step === undefined) return [];
      const times = this.#timesOf(step);
      return [
        {
          ...{ row, index },
          words: wordsOfStep(row, step, words),
          bars: barsOf(times, scale, now),
          tookMs: tookOf(times, now),
          cost: this.#cost(step),
        },
      ];
    });
  }

  /** What one step says, and how long it was performed. */
  wordsOf(step: StepInfo): { readonly words: RowWords; readonly tookMs: number | undefined } {
    const { view } = this.#store;
    const now = this.#now(view);
    const row = { ...NO_ROW, key: step.id, path: step.id };
    const [reasoned = step] = withReasons([step], view);
    return {
      words: wordsOfStep(row, reasoned, this.#words(view, now)),
      tookMs: tookOf(this.#timesOf(step), now),
    };
  }

  /** Every step of the shown run, in the order of the definition. */
  steps(): readonly StepInfo[] {
    this.#update();
    return this.#stepsOf(this.table.order);
  }

  /** Whether a row of this step is listed, and where. */
  indexOf(path: string): number {
    return this.rows.value.findIndex(({ key }) => key === path);
  }

  /** Unfolds what is around a step, so that it has a row. */
  reveal(path: string): void {
    this.folds.reveal(path, this.table);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #update(): void {
    const waitMs = this.table.update(this.#store.view);
    if (waitMs === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#late.value += 1;
    }, waitMs);
  }

  /** The present of the shown run: of one that has ended, its last instant. */
  #now(view: RunView): number {
    return view.hasEnded || this.#store.at.value !== undefined ? view.at : this.#store.now.value;
  }

  #words(view: RunView, now: number): Words {
    const progress = (path: string): string | undefined => {
      const step = this.table.get(path);
      if (step === undefined) return undefined;
      const inner = this.#stepsOf(this.table.inner.get(path) ?? []);
      return progressOf(step, new Map([[path, inner]]));
    };
    return { view, now, isOwned: isOwned(this.#store.facts), progress };
  }

  #reasoned(rows: readonly StepRow[], view: RunView): ReadonlyMap<string, ReasonedStep> {
    const steps = this.#stepsOf(rows.flatMap(({ path, rest }) => (rest ? [] : [path])));
    return new Map(withReasons(steps, view).map((step) => [step.id, step]));
  }

  #restRow(
    row: StepRow,
    rest: readonly string[],
    index: number,
    scale: TimeScale,
    now: number,
  ): ShownRow {
    const members = this.#stepsOf(rest);
    const times = members.map((step) => this.#timesOf(step));
    const took = times.flatMap((each) => tookOf(each, now) ?? []);
    return {
      ...{ row, index },
      words: wordsOfRest(members),
      bars: thinBarsOf(times, scale, now),
      tookMs: took.length === 0 ? undefined : took.reduce((sum, ms) => sum + ms, 0),
      cost: costText(sumOf(rest.map((path) => this.#usedIn(path))), this.column),
    };
  }

  #cost(step: StepInfo): string {
    if (this.column === undefined) return "";
    const isReused = step.detail?.reused !== undefined && step.status === "completed";
    if (isReused && step.kind === undefined) return this.column === "usd" ? "$0" : "0";
    return costText(this.#usedIn(step.id), this.column);
  }

  /** What a step and everything inside it have used. */
  #usedIn(path: string): ReturnType<RunStore["usedBy"]> {
    const inner = this.table.inner.get(path);
    const own = this.#store.usedBy(path);
    if (inner === undefined) return own;
    return sumOf([own, ...inner.map((each) => this.#usedIn(each))]);
  }

  // An attempt whose process is gone has ended, at the latest with the last entry of that process.
  #timesOf(step: StepInfo): StepTimes {
    const { view, facts } = this.#store;
    const attempts = view.attempts(step.id);
    if (step.status !== "running" || isOwned(facts)) return { step, attempts };
    const ended = { status: "interrupted", finishedAt: view.at } as const;
    return {
      step,
      attempts: attempts.map((each) => (each.status === "running" ? { ...each, ...ended } : each)),
    };
  }

  #spansOf(step: StepInfo, now: number): readonly Span[] {
    if (step.gate !== undefined || step.wait !== undefined) return [];
    const { startedAt, finishedAt } = step;
    // Most steps have one attempt, which the step itself describes.
    if (step.status === "completed" && step.attemptNumber <= 1)
      return [[startedAt ?? now, finishedAt ?? now]];
    return spansOf(this.#timesOf(step), now);
  }

  #stepsOf(paths: readonly string[]): readonly StepInfo[] {
    return paths.flatMap((path) => this.table.get(path) ?? []);
  }

  #scaleAt(now: number): TimeScale {
    this.#update();
    const { view } = this.#store;
    const busy: Span[] = [];
    let dueAt: number | undefined;
    for (const path of this.table.order) {
      const step = this.table.get(path);
      if (step === undefined || step.startedAt === undefined) continue;
      if (step.kind === undefined) busy.push(...this.#spansOf(step, now));
      const due = step.retryAt ?? (step.status === "open" ? step.detail?.dueAt : undefined);
      if (due !== undefined) dueAt = Math.max(dueAt ?? 0, due);
    }
    const { createdAt } = view.origin;
    return timeScale({ begin: createdAt, end: now, hasEnded: view.hasEnded, busy, dueAt });
  }
}
