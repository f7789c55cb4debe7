import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useId, useMemo, useRef } from "preact/hooks";
import { Icon } from "../../shell/Icons.jsx";
import { CopyOf } from "../CopyOf.jsx";
import { RowHeights, rowWindow } from "../log/RowHeights.js";
import { useViewport, viewportOf } from "../use-viewport.js";
import { expressionPath, type JsonRow, jsonRows } from "./json-rows.js";

/** The height of a row, in px. */
const ROW = 24;

/** A JSON value as a tree whose parts can be folded; only the visible rows are drawn. */
export function JsonTree(props: {
  readonly value: unknown;
  readonly label: string;
  /** What the value is in an expression; without it, paths begin at the value. */
  readonly root: string;
}): VNode {
  const { value, label, root } = props;
  const folds = useSignal<ReadonlySet<string>>(new Set());
  const current = useSignal("");
  const box = useRef<HTMLDivElement>(null);
  const view = useViewport(box);
  const id = useId();
  const heights = useMemo(() => new RowHeights(ROW), []);
  const rows = useMemo(() => jsonRows(value, folds.value), [value, folds.value]);
  const place = Math.max(
    0,
    rows.findIndex(({ pointer }) => pointer === current.value),
  );
  const shown = rowWindow(heights, rows.length, view.value);

  const toggle = (pointer: string): void => {
    folds.value = withOther(folds.peek(), pointer);
  };
  const go = (to: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    current.value = rows[next]?.pointer ?? "";
    if (box.current !== null) reveal(box.current, next);
  };
  const pick = ({ pointer, isOpen }: JsonRow, isTwist: boolean): void => {
    if (isOpen !== undefined && (isTwist || current.peek() === pointer)) toggle(pointer);
    current.value = pointer;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[place];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!press(event.key, { rows, place, row, toggle, go })) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="json">
      {/* biome-ignore lint/a11y: the tree is the widget, its rows are named by it. */}
      <div
        class="json-rows"
        ref={box}
        role="tree"
        aria-label={label}
        aria-activedescendant={`${id}-${place}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onScroll={({ currentTarget }) => {
          view.value = viewportOf(currentTarget);
        }}
      >
        <div style={{ height: `${shown.height}px` }}>
          <div style={{ transform: `translateY(${shown.top}px)` }}>
            {rows.slice(shown.first, shown.end).map((row, index) => (
              <Row
                key={row.pointer}
                id={`${id}-${shown.first + index}`}
                row={row}
                isCurrent={shown.first + index === place}
                onPick={(isTwist) => pick(row, isTwist)}
              />
            ))}
          </div>
        </div>
      </div>
      <Foot row={rows[place]} root={root} />
    </div>
  );
}

/** The same set with an element if it was without it, and without it otherwise. */
function withOther(set: ReadonlySet<string>, element: string): ReadonlySet<string> {
  const other = new Set(set);
  if (!other.delete(element)) other.add(element);
  return other;
}

/** Scrolls as little as needed to show a row. */
function reveal(element: HTMLElement, row: number): void {
  const top = row * ROW;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + ROW > element.scrollTop + element.clientHeight)
    element.scrollTop = top + ROW - element.clientHeight;
}

interface Position {
  readonly rows: readonly JsonRow[];
  readonly place: number;
  readonly row: JsonRow;
  readonly toggle: (pointer: string) => void;
  readonly go: (to: number) => void;
}

/** Moves in the tree by a key, as the pattern for trees says. Returns false for any other key. */
function press(key: string, { rows, place, row, toggle, go }: Position): boolean {
  switch (key) {
    case "ArrowDown":
      go(place + 1);
      return true;
    case "ArrowUp":
      go(place - 1);
      return true;
    case "Home":
      go(0);
      return true;
    case "End":
      go(rows.length - 1);
      return true;
    case "ArrowRight":
      if (row.isOpen === false) toggle(row.pointer);
      else if (row.isOpen === true) go(place + 1);
      return true;
    case "ArrowLeft":
      if (row.isOpen === true) toggle(row.pointer);
      else go(rows.findLastIndex((each, at) => at < place && each.depth < row.depth));
      return true;
    case "Enter":
    case " ":
      if (row.isOpen !== undefined) toggle(row.pointer);
      return true;
    default:
      return false;
  }
}

function Row(props: {
  readonly id: string;
  readonly row: JsonRow;
  readonly isCurrent: boolean;
  /** A click on the row, or on its arrow. */
  readonly onPick: (isTwist: boolean) => void;
}): VNode {
  const { id, row, isCurrent, onPick } = props;
  const { depth, key, kind, text, isOpen } = row;
  return (
    // biome-ignore lint/a11y: the tree handles the keyboard.
    <div
      class={isCurrent ? "json-row cur" : "json-row"}
      id={id}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isCurrent}
      {...(isOpen !== undefined && { "aria-expanded": isOpen })}
      style={{ paddingLeft: `${0.75 + depth}rem` }}
      onClick={() => onPick(false)}
    >
      {isOpen === undefined ? (
        <span class="twist" />
      ) : (
        // biome-ignore lint/a11y: the arrow keys do the same.
        <span
          class="twist"
          onClick={(event) => {
            event.stopPropagation();
            onPick(true);
          }}
        >
          <Icon name={isOpen ? "down" : "right"} isSmall />
        </span>
      )}
      {key !== undefined && <span class={typeof key === "number" ? "dimmer" : "k"}>{key}:</span>}
      <span class={VALUE_CLASSES[kind]}>{text}</span>
    </div>
  );
}

const VALUE_CLASSES: Readonly<Record<JsonRow["kind"], string>> = {
  object: "dimmer",
  array: "dimmer",
  string: "s",
  number: "x",
  boolean: "x",
  null: "c",
  part: "s",
};

/** The place of the current row, and the copies of it. */
function Foot(props: { readonly row: JsonRow | undefined; readonly root: string }): VNode | null {
  const { row, root } = props;
  if (row === undefined) return null;
  const path = expressionPath(root, row.pointer);
  return (
    <div class="log-foot">
      <code class="cut" title={path}>
        {path}
      </code>
      <span class="grow" />
      <CopyOf text={() => path} label="Copy the path" word="Path" />
      <CopyOf text={() => valueText(row.value)} label="Copy the value" word="Value" />
    </div>
  );
}

/** A value as it is copied: a text as it is, anything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "null");
}
