/** The rows of a long list that are in view, and some around them. */
export interface VisibleRange {
  readonly first: number;
  /** The index behind the last one. */
  readonly end: number;
}

/** How many rows beyond the view are drawn, so that scrolling shows no gaps. */
const AROUND = 12;

/** Returns which rows to draw. */
export function visibleRange(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
): VisibleRange {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - AROUND);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + AROUND);
  return { first: Math.min(first, count), end: Math.max(end, Math.min(first, count)) };
}

/** Where to scroll so that a row is in view: `undefined` if it is already. */
export function scrollFor(
  index: number,
  scrollTop: number,
  height: number,
  rowHeight: number,
): number | undefined {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return undefined;
}
