import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { RefObject, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { RunStore } from "../../client/RunStore.js";
import { select, selectedStep } from "../selection.js";
import { axisPaint } from "./axis-paint.js";
import { GridRow } from "./GridRow.jsx";
import type { RowKey } from "./row-moves.js";
import { rowMove } from "./row-moves.js";
import type { ShownRow, StepList } from "./StepList.js";
import { ticksOf } from "./ticks.js";
import { scrollFor, visibleRange } from "./visible-range.js";

const ROW_HEIGHT = 28;
const NARROW_ROW_HEIGHT = 40;
const NARROW = "(max-width: 40rem)";
const HEADER_HEIGHT = 28;

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
  /** Selects a step, unfolds what is around it, and brings its row into view. */
  show(path: string, options?: { readonly hasFocus?: boolean }): void;
}

/** The steps and their times: a tree of rows with a bar for each attempt. */
export function StepGrid(props: {
  readonly store: RunStore;
  readonly list: StepList;
  readonly control: RefObject<GridControl | null>;
  readonly onEnter: () => void;
}): VNode {
  const { store, list, control, onEnter } = props;
  const grid = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const view = useView(grid, body);
  const active = useSignal<string | undefined>(selectedStep.peek());
  const wantsFocus = useRef(false);
  const activeIndex = useComputed(() => {
    const rows = list.rows.value;
    const index = rows.findIndex(({ key }) => key === active.value);
    return index >= 0 ? index : 0;
  });
  useSignalEffect(() => {
    const path = selectedStep.value;
    if (path !== undefined) active.value = path;
  });

  const goTo = (index: number, hasFocus: boolean): void => {
    const row = list.rows.peek()[index];
    if (row === undefined) return;
    active.value = row.key;
    wantsFocus.current = hasFocus;
    bringIntoView(grid.current, body.current, index, view.value.rowHeight);
    if (row.rest === undefined) select(row.path);
  };
  const move = (key: RowKey, hasFocus: boolean): void => {
    const pageSize = Math.max(1, Math.floor(view.peek().height / view.peek().rowHeight) - 1);
    const does = rowMove(list.rows.peek(), activeIndex.peek(), key, pageSize);
    if (does?.does === "go") goTo(does.to, hasFocus);
    else if (does !== undefined) list.folds.set(does.key, does.does === "unfold");
  };
  const show = (path: string, { hasFocus = false }: { readonly hasFocus?: boolean } = {}): void => {
    if (list.indexOf(path) < 0) list.reveal(path);
    select(path);
    goTo(list.indexOf(path), hasFocus);
  };
  control.current = { move: (key) => move(key, false), show };

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    grid.current?.querySelector<HTMLElement>('[role="row"][tabindex="0"]')?.focus({
      preventScroll: true,
    });
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = KEYS[event.key];
    if (key !== undefined) move(key, true);
    else if (event.key === "Enter") onEnter();
    else return;
    event.preventDefault();
  };

  const rows = list.rows.value;
  const { first, end } = visibleRange(
    view.value.top,
    view.value.height,
    view.value.rowHeight,
    rows.length,
  );
  const at = activeIndex.value;
  const shown = [
    ...(at < first ? list.shown(at, at + 1) : []),
    ...list.shown(first, end),
    ...(at >= end ? list.shown(at, at + 1) : []),
  ];
  const hasCost = list.column !== undefined;
  return (
    <div
      ref={grid}
      class={`fall${hasCost ? "" : " no-cost"}`}
      role="treegrid"
      aria-label={`Steps of run ${store.runId}`}
      aria-rowcount={rows.length + 1}
      style={{ "--axis": axisPaint(list.scale.value) }}
      onKeyDown={onKeyDown}
    >
      <Header store={store} list={list} />
      {rows.length === 0 && <p class="empty dim">No step is listed here.</p>}
      <div
        ref={body}
        class="rows"
        role="rowgroup"
        style={{ height: `${rows.length * view.value.rowHeight}px` }}
      >
        {shown.map((each: ShownRow) => (
          <GridRow
            key={each.row.key}
            shown={each}
            isSelected={each.row.rest === undefined && each.row.path === selectedStep.value}
            isActive={each.index === at}
            top={each.index * view.value.rowHeight}
            hasCost={hasCost}
            onPick={({ index, row }) => {
              if (row.rest !== undefined) list.folds.set(row.key, row.isOpen !== true);
              goTo(index, true);
            }}
            onFold={(key, isOpen) => list.folds.set(key, isOpen)}
          />
        ))}
      </div>
    </div>
  );
}

function Header({ store, list }: { readonly store: RunStore; readonly list: StepList }): VNode {
  const { column } = list;
  const isLive = store.at.value === undefined && !store.live.hasEnded;
  const ticks = ticksOf(list.scale.value, isLive ? store.now.value : undefined);
  return (
    <div class="fr h" role="row" aria-rowindex={1}>
      <span role="columnheader">Step</span>
      <span class="bars" role="columnheader" aria-label="Time">
        {ticks.map(({ left, text, kind, isMinor }) => (
          <span
            key={`${kind}${text}${left}`}
            class={`${isMinor ? "hide-mid" : ""}${kind === "now" ? " now" : ""}`}
            style={{ left: `${left}%` }}
            {...(kind === "pause" && { title: `nothing was performed for ${text}` })}
          >
            {text}
          </span>
        ))}
      </span>
      <span class="num" role="columnheader">
        Took
      </span>
      {column !== undefined && (
        <span class="num cost" role="columnheader">
          {column === "usd" ? "Cost" : "Tokens"}
        </span>
      )}
    </div>
  );
}

interface View {
  /** How far the first row is above the upper edge of what is in view, in px. */
  readonly top: number;
  readonly height: number;
  readonly rowHeight: number;
}

/** What is in view of the rows. On narrow screens the whole page scrolls, not the list. */
function useView(grid: RefObject<HTMLDivElement | null>, body: RefObject<HTMLDivElement | null>) {
  const view = useSignal<View>({ top: 0, height: 600, rowHeight: ROW_HEIGHT });
  useEffect(() => {
    const narrow = matchMedia(NARROW);
    const measure = (): void => {
      if (grid.current === null || body.current === null) return;
      const frame = grid.current.getBoundingClientRect();
      const rows = body.current.getBoundingClientRect();
      const upper = Math.max(0, frame.top);
      const lower = Math.min(innerHeight, frame.bottom);
      const next = {
        top: Math.max(0, upper - rows.top),
        height: Math.max(0, lower - upper),
        rowHeight: narrow.matches ? NARROW_ROW_HEIGHT : ROW_HEIGHT,
      };
      const { top, height, rowHeight } = view.peek();
      if (top !== next.top || height !== next.height || rowHeight !== next.rowHeight)
        view.value = next;
    };
    const sizes = new ResizeObserver(measure);
    if (grid.current !== null) sizes.observe(grid.current);
    addEventListener("scroll", measure, { capture: true, passive: true });
    addEventListener("resize", measure);
    measure();
    return () => {
      sizes.disconnect();
      removeEventListener("scroll", measure, { capture: true });
      removeEventListener("resize", measure);
    };
  }, []);
  return view;
}

function bringIntoView(
  grid: HTMLDivElement | null,
  body: HTMLDivElement | null,
  index: number,
  rowHeight: number,
): void {
  if (grid === null || body === null) return;
  if (grid.scrollHeight > grid.clientHeight + 1) {
    const height = grid.clientHeight - HEADER_HEIGHT;
    const top = scrollFor(index, grid.scrollTop, height, rowHeight);
    if (top !== undefined) grid.scrollTop = top;
    return;
  }
  const rows = body.getBoundingClientRect().top;
  const top = scrollFor(index, -rows, innerHeight, rowHeight);
  if (top !== undefined) scrollBy({ top: top + rows });
}
