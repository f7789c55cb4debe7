import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { scrollFor } from "./visible-range.js";

const ROW_HEIGHT = 28;
const NARROW_ROW_HEIGHT = 40;
const NARROW = "(max-width: 40rem)";
const HEADER_HEIGHT = 28;

/** The elements of the list: the box that scrolls, and the rows in it. */
export interface GridBoxes {
  readonly grid: RefObject<HTMLDivElement | null>;
  readonly body: RefObject<HTMLDivElement | null>;
}

/** What is in view of the rows. */
export interface GridView {
  /** How far the first row is above the upper edge of what is in view, in px. */
  readonly top: number;
  readonly height: number;
  readonly rowHeight: number;
}

/** What is in view of the rows. On narrow screens the whole page scrolls, not the list. */
export function useGridView({ grid, body }: GridBoxes): ReadonlySignal<GridView> {
  const view = useSignal<GridView>({ top: 0, height: 600, rowHeight: ROW_HEIGHT });
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

/** Scrolls as far as is needed for a row to be in view; `isCentred` puts it in the middle then. */
export function bringIntoView(
  { grid: { current: grid }, body: { current: body } }: GridBoxes,
  index: number,
  rowHeight: number,
  isCentred: boolean,
): void {
  if (grid === null || body === null) return;
  if (grid.scrollHeight > grid.clientHeight + 1) {
    const height = grid.clientHeight - HEADER_HEIGHT;
    const top = scrollFor(index, grid.scrollTop, height, rowHeight);
    if (top !== undefined)
      grid.scrollTop = isCentred ? (index + 0.5) * rowHeight - height / 2 : top;
    return;
  }
  const rows = body.getBoundingClientRect().top;
  const top = scrollFor(index, -rows, innerHeight, rowHeight);
  if (top !== undefined) scrollBy({ top: top + rows });
}
