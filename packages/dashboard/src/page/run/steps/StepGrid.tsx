import type { RefObject, VNode } from "preact";
import { useRef } from "preact/hooks";
import type { RunStore } from "../../client/RunStore.js";
import { selectedStep } from "../selection.js";
import { axisPaint } from "./axis-paint.js";
import { GridRow } from "./GridRow.jsx";
import type { ShownRow, StepList } from "./StepList.js";
import { ticksOf } from "./ticks.js";
import { type GridControl, useGridMoves } from "./use-grid-moves.js";
import { useGridView } from "./use-grid-view.js";
import { visibleRange } from "./visible-range.js";

/** The steps and their times: a tree of rows with a bar for each attempt. */
export function StepGrid(props: {
  readonly store: RunStore;
  readonly list: StepList;
  readonly control: RefObject<GridControl | null>;
  readonly onEnter: () => void;
}): VNode {
  const { store, list, control, onEnter } = props;
  const boxes = {
    grid: useRef<HTMLDivElement>(null),
    body: useRef<HTMLDivElement>(null),
  };
  const view = useGridView(boxes);
  const moves = useGridMoves(list, boxes, view, onEnter);
  control.current = moves;
  const { rowHeight } = view.value;
  const rows = list.rows.value;
  const active = moves.active.value;
  const hasCost = list.column !== undefined;
  const pick = ({ index, row }: ShownRow): void => {
    if (row.rest !== undefined) list.folds.set(row.key, row.isOpen !== true);
    moves.goTo(index);
  };
  return (
    <div
      ref={boxes.grid}
      class={`fall${hasCost ? "" : " no-cost"}`}
      role="treegrid"
      aria-label={`Steps of run ${store.runId}`}
      aria-rowcount={rows.length + 1}
      style={{ "--axis": axisPaint(list.scale.value) }}
      onKeyDown={(event) => moves.onKeyDown(event)}
    >
      <Header store={store} list={list} />
      {rows.length === 0 && <p class="empty dim">No step is listed here.</p>}
      <div
        ref={boxes.body}
        class="rows"
        role="rowgroup"
        style={{ height: `${rows.length * rowHeight}px` }}
      >
        {drawn(list, view.value, active).map((each) => (
          <GridRow
            key={each.row.key}
            shown={each}
            isSelected={each.row.rest === undefined && each.row.path === selectedStep.value}
            isActive={each.index === active}
            top={each.index * rowHeight}
            hasCost={hasCost}
            onPick={pick}
            onFold={(key, isOpen) => list.folds.set(key, isOpen)}
          />
        ))}
      </div>
    </div>
  );
}

/** The rows in view, and the active one wherever it is: it keeps the focus. */
function drawn(
  list: StepList,
  view: { readonly top: number; readonly height: number; readonly rowHeight: number },
  active: number,
): readonly ShownRow[] {
  const { length } = list.rows.value;
  const { first, end } = visibleRange(view.top, view.height, view.rowHeight, length);
  return [
    ...(active < first ? list.shown(active, active + 1) : []),
    ...list.shown(first, end),
    ...(active >= end ? list.shown(active, active + 1) : []),
  ];
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
