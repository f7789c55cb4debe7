/** How many rows share one sum. */
const BLOCK = 256;

/**
 * The heights of the rows of a long list, of which few were ever measured. Any other has the usual
 * height. Rows are numbered from 0.
 */
export class RowHeights {
  readonly usual: number;
  /** What measured rows are higher than usual, by row. */
  readonly #extra = new Map<number, number>();
  /** The same, added up by block. */
  readonly #blocks: number[] = [];

  constructor(usual: number) {
    this.usual = usual;
  }

  /** Notes the height of a row, and returns by how much it has changed. */
  set(row: number, height: number): number {
    const change = height - this.usual - (this.#extra.get(row) ?? 0);
    if (change === 0) return 0;
    this.#extra.set(row, height - this.usual);
    const block = Math.floor(row / BLOCK);
    while (this.#blocks.length <= block) this.#blocks.push(0);
    this.#blocks[block] = (this.#blocks[block] ?? 0) + change;
    return change;
  }

  /** Where a row begins. With the number of rows: the height of all of them. */
  offset(row: number): number {
    const block = Math.floor(row / BLOCK);
    let sum = row * this.usual;
    for (const extra of this.#blocks.slice(0, block)) sum += extra;
    for (let each = block * BLOCK; each < row; each += 1) sum += this.#extra.get(each) ?? 0;
    return sum;
  }

  /** The row of `count` rows that is at a height. */
  rowAt(height: number, count: number): number {
    if (count === 0) return 0;
    let block = 0;
    let rest = Math.max(0, height);
    const heightOf = (each: number): number => BLOCK * this.usual + (this.#blocks[each] ?? 0);
    while (rest >= heightOf(block) && (block + 1) * BLOCK < count) {
      rest -= heightOf(block);
      block += 1;
    }
    let row = block * BLOCK;
    for (;;) {
      const own = this.usual + (this.#extra.get(row) ?? 0);
      if (rest < own || row >= count - 1) return row;
      rest -= own;
      row += 1;
    }
  }

  /** Drops every measured height: the width has changed. */
  clear(): void {
    this.#extra.clear();
    this.#blocks.length = 0;
  }
}

/** The greatest height of an element that every browser can scroll, in px. */
export const HEIGHT_LIMIT = 12_000_000;

/** The rows to show, from `first` up to but not including `end`, and where they are. */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
  /** The first row that is not above the visible part. */
  readonly anchor: number;
  /** The height of the scrolled element, in px. */
  readonly height: number;
  /** Where the first shown row is in it, in px. */
  readonly top: number;
}

/** Rows above and below the visible part that are shown too. */
const MARGIN = 16;

/**
 * Returns which of `count` rows to show. A list that is higher than a browser can scroll moves
 * faster than its scroll bar.
 */
export function rowWindow(
  heights: RowHeights,
  count: number,
  view: { readonly scrollTop: number; readonly height: number },
): RowWindow {
  const whole = heights.offset(count);
  const height = Math.min(whole, HEIGHT_LIMIT);
  const room = height - view.height;
  const scale = room > 0 ? (whole - view.height) / room : 1;
  const from = Math.max(0, view.scrollTop * scale);
  const anchor = heights.rowAt(from, count);
  const first = Math.max(0, anchor - MARGIN);
  const end = Math.min(count, heights.rowAt(from + view.height, count) + 1 + MARGIN);
  return { first, end, anchor, height, top: view.scrollTop - (from - heights.offset(first)) };
}

/** The scroll position at which a row is a third of the way down the visible part. */
export function scrollTopFor(
  heights: RowHeights,
  count: number,
  { row, height }: { readonly row: number; readonly height: number },
): number {
  const whole = heights.offset(count);
  const wanted = Math.max(0, Math.min(heights.offset(row) - height / 3, whole - height));
  const room = Math.min(whole, HEIGHT_LIMIT) - height;
  return whole > height ? (wanted * room) / (whole - height) : 0;
}
