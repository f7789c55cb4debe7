import {
  type ReadonlySignal,
  untracked,
  useComputed,
  useSignal,
  useSignalEffect,
} from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { select, selectedStep } from "../selection.js";
import { type RowKey, rowMove } from "./row-moves.js";
import type { StepList } from "./StepList.js";
import { bringIntoView, type GridBoxes, type GridView } from "./use-grid-view.js";

const KEYS: Readonly<Record<string, RowKey>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
  Home: "first",
  End: "last",
  PageUp: "page-up",
  PageDown: "page-down",
};

/** What others may do with the list: keys of the whole screen, a click in the graph. */
export interface GridControl {
  move(key: RowKey): void;
  /** Goes to the details of the active step, or unfolds the rest of a fan-out. */
  enter(): void;
  /** Selects a step, unfolds what is around it, and brings its row into view. */
  show(path: string, options?: { readonly hasFocus?: boolean }): void;
}

/** How a person moves in the list. */
export interface GridMoves extends GridControl {
  /** The index of the row that has the focus, or gets it next. */
  readonly active: ReadonlySignal<number>;
  goTo(index: number): void;
  onKeyDown(event: KeyboardEvent): void;
}

/** Keeps the active row, and moves it: the selection of the address follows. */
export function useGridMoves(
  list: StepList,
  boxes: GridBoxes,
  view: ReadonlySignal<GridView>,
  onEnter: () => void,
): GridMoves {
  const key = useSignal<string | undefined>(selectedStep.peek());
  const wantsFocus = useRef(false);
  const active = useComputed(() =>
    Math.max(
      0,
      list.rows.value.findIndex((row) => row.key === key.value),
    ),
  );
  // A link, or the history of the browser, may select a step that has no row yet.
  useSignalEffect(() => {
    const path = selectedStep.value;
    if (path === undefined || path === key.peek()) return;
    key.value = path;
    untracked(() => {
      if (list.indexOf(path) < 0) list.reveal(path);
      const index = list.indexOf(path);
      if (index >= 0) bringIntoView(boxes, index, view.value.rowHeight, true);
    });
  });
  // The row exists only after the next rendering.
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    boxes.grid.current
      ?.querySelector<HTMLElement>('[role="row"][tabindex="0"]')
      ?.focus({ preventScroll: true });
  });
  const goTo = (index: number, hasFocus: boolean, isCentred = false): void => {
    const row = list.rows.peek()[index];
    if (row === undefined) return;
    key.value = row.key;
    wantsFocus.current = hasFocus;
    bringIntoView(boxes, index, view.peek().rowHeight, isCentred);
    if (row.rest === undefined) select(row.path);
  };
  const move = (by: RowKey, hasFocus: boolean): void => {
    const pageSize = Math.max(1, Math.floor(view.peek().height / view.peek().rowHeight) - 1);
    const does = rowMove(list.rows.peek(), active.peek(), by, pageSize);
    if (does?.does === "go") goTo(does.to, hasFocus);
    else if (does !== undefined) list.folds.set(does.key, does.does === "unfold");
  };
  const enter = (): void => {
    const row = list.rows.peek()[active.peek()];
    if (row?.rest === undefined) onEnter();
    else list.folds.set(row.key, row.isOpen !== true);
  };
  return {
    active,
    enter,
    // The focus stays in the list if it is there, and is not taken from anywhere else.
    move: (by) => move(by, boxes.grid.current?.contains(document.activeElement) === true),
    goTo: (index) => goTo(index, true),
    show: (path, { hasFocus = false } = {}) => {
      if (list.indexOf(path) < 0) list.reveal(path);
      select(path);
      goTo(list.indexOf(path), hasFocus, true);
    },
    onKeyDown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const by = KEYS[event.key];
      if (by !== undefined) move(by, true);
      else if (event.key === "Enter" || event.key === " ") enter();
      else return;
      event.preventDefault();
    },
  };
}
