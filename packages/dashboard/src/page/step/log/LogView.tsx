import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useViewport, type Viewport } from "../use-viewport.js";
import type { LogLines } from "./LogLines.js";
import { LogRow } from "./LogRow.jsx";
import { isWithin, type LineRange, linesBetween } from "./line-range.js";
import { RowHeights, type RowWindow, rowWindow, scrollTopFor } from "./RowHeights.js";

/** The height of a line that is not wrapped, in px. */
const ROW = 20;

export interface LogViewProps {
  readonly lines: LogLines;
  readonly label: string;
  readonly isWrapped: boolean;
  /** The text that is marked. */
  readonly wanted: string;
  /** The number of the hit to look at. */
  readonly hit: number | undefined;
  /** The place to show; it becomes undefined once it is shown. */
  readonly target: Signal<number | undefined>;
  /** Whether the end stays in view. The viewer sets it when the reader scrolls. */
  readonly isFollowing: Signal<boolean>;
  /** The lines that are selected, by number. */
  readonly selected: ReadonlySignal<LineRange | undefined>;
  readonly onSelect: (range: LineRange | undefined) => void;
  readonly onCopy: () => void;
  readonly onNext: (step: 1 | -1) => void;
}

/** The visible part of a log: of a million lines, only those around the visible ones are drawn. */
export function LogView(props: LogViewProps): VNode {
  const { lines, isWrapped, selected } = props;
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const heights = useMemo(() => new RowHeights(ROW), [lines, isWrapped]);
  const forget = useCallback(() => heights.clear(), [heights]);
  const view = useViewport(box, forget);
  const measured = useSignal(0);
  // The effect below depends on these too.
  void [lines.version.value, measured.value, props.target.value, props.isFollowing.value];
  const shown = rowWindow(heights, lines.total, view.value);
  useEffect(() => {
    void lines.need(shown.first + 1, shown.end);
  }, [lines, shown.first, shown.end, lines.total]);
  useLayoutEffect(() => {
    if (box.current !== null)
      hold({ element: box.current, list: list.current, heights, view, measured, shown, props });
  });
  const onScroll = (): void => {
    const element = box.current;
    if (element === null) return;
    const { scrollTop, clientHeight: height, scrollHeight } = element;
    if (scrollTop === view.peek().scrollTop) return;
    if (props.target.peek() === undefined)
      props.isFollowing.value = scrollHeight - scrollTop - height < ROW / 2;
    view.value = { scrollTop, height };
  };
  return (
    // biome-ignore lint/a11y: a log is scrolled by the keyboard.
    <div
      class={isWrapped ? "log view" : "log view long"}
      ref={box}
      role="log"
      aria-live="off"
      aria-label={props.label}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={(event) => onKey(event, props)}
      onCopy={(event) => {
        if (selected.value === undefined || isTextSelected()) return;
        event.preventDefault();
        props.onCopy();
      }}
    >
      <div style={{ height: `${shown.height}px` }}>
        <ol
          ref={list}
          style={{ transform: `translateY(${shown.top}px)`, "--gutter": gutterWidth(lines) }}
          {...gutter(lines, props)}
        >
          {rowsOf(shown, props)}
        </ol>
      </div>
    </div>
  );
}

function rowsOf({ first, end }: RowWindow, props: LogViewProps): readonly VNode[] {
  const { lines, wanted, hit, selected } = props;
  return Array.from({ length: end - first }, (_, index) => {
    const place = first + index + 1;
    const line = lines.at(place);
    return (
      <LogRow
        key={place}
        place={place}
        line={line}
        wanted={wanted}
        isHit={line !== undefined && line[0] === hit}
        isSelected={line !== undefined && isWithin(line[0], selected.value)}
      />
    );
  });
}

/** The width of the widest number, so that none is wrapped. */
function gutterWidth({ total }: LogLines): string {
  return `${Math.max(4, String(total).length + 2)}ch`;
}

/** What is known after the rows were drawn. */
interface Drawn {
  readonly element: HTMLElement;
  readonly list: HTMLOListElement | null;
  readonly heights: RowHeights;
  readonly view: Signal<Viewport>;
  readonly measured: Signal<number>;
  readonly shown: RowWindow;
  readonly props: LogViewProps;
}

/**
 * Keeps what the reader looks at in its place, once the heights of the drawn rows are known: the
 * line that was asked for, the end of the log, or else the first visible line.
 */
function hold({ element, list, heights, view, measured, shown, props }: Drawn): void {
  const { lines, isWrapped, target, isFollowing } = props;
  const change = isWrapped ? measure(list, heights, shown.anchor) : NOTHING;
  const place = target.peek();
  if (place !== undefined && place <= lines.total) {
    const at = { row: place - 1, height: element.clientHeight };
    element.scrollTop = scrollTopFor(heights, lines.total, at);
    // Rows that are drawn for the first time may be higher than was assumed.
    const isDrawn = place > shown.first && place <= shown.end;
    if (isDrawn && !change.isAny) target.value = undefined;
  } else if (isFollowing.peek()) element.scrollTop = element.scrollHeight;
  else if (change.above !== 0) element.scrollTop += change.above;
  if (element.scrollTop !== view.peek().scrollTop)
    view.value = { scrollTop: element.scrollTop, height: element.clientHeight };
  if (change.isAny) measured.value += 1;
}

const NOTHING = { above: 0, isAny: false };

/** Measures the drawn rows; `above` is by how much those above the visible part have grown. */
function measure(
  list: HTMLOListElement | null,
  heights: RowHeights,
  anchor: number,
): { readonly above: number; readonly isAny: boolean } {
  let above = 0;
  let isAny = false;
  for (const child of list?.children ?? []) {
    const row = Number((child as HTMLElement).dataset["place"]) - 1;
    const change = heights.set(row, child.getBoundingClientRect().height);
    if (change === 0) continue;
    isAny = true;
    if (row < anchor) above += change;
  }
  return { above, isAny };
}

/** Selects lines by their numbers: a click, a click with Shift, or a drag. */
function gutter(lines: LogLines, { selected, onSelect }: LogViewProps) {
  const numberAt = (event: Event): number | undefined => {
    const row = event.target instanceof Element ? event.target.closest("li") : null;
    return row === null ? undefined : lines.at(Number(row.dataset["place"]))?.[0];
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      const isNumber = event.target instanceof Element && event.target.matches("li > i");
      const number = numberAt(event);
      if (!isNumber || number === undefined || event.button !== 0) return;
      event.preventDefault();
      const known = selected.peek();
      if (event.shiftKey && known !== undefined) onSelect(linesBetween(known.first, number));
      else if (known?.first === number && known.last === number) onSelect(undefined);
      else onSelect({ first: number, last: number });
      drag = number;
    },
    onPointerOver: (event: PointerEvent) => {
      if (event.buttons !== 1 || drag === undefined) {
        drag = undefined;
        return;
      }
      const number = numberAt(event);
      if (number !== undefined && number !== drag) onSelect(linesBetween(drag, number));
    },
  };
}

/** The number at which the reader began to drag. */
let drag: number | undefined;

function onKey(event: KeyboardEvent, props: LogViewProps): void {
  const { selected, onSelect, onCopy, onNext, wanted } = props;
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const range = selected.peek();
  if (isPlain && wanted !== "" && (event.key === "n" || event.key === "p"))
    onNext(event.key === "n" ? 1 : -1);
  else if (event.shiftKey && isPlain && range !== undefined && event.key === "ArrowDown")
    onSelect({ first: range.first, last: range.last + 1 });
  else if (event.shiftKey && isPlain && range !== undefined && event.key === "ArrowUp")
    onSelect({ first: range.first, last: Math.max(range.first, range.last - 1) });
  else if (event.key === "Escape" && range !== undefined) onSelect(undefined);
  else if ((event.ctrlKey || event.metaKey) && event.key === "c" && range !== undefined) {
    if (isTextSelected()) return;
    onCopy();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function isTextSelected(): boolean {
  return getSelection()?.isCollapsed === false;
}
