import type { Output } from "../Output.js";
import { displayWidth } from "./display-width.js";

const REDRAW_MS = 100;
const TICK_MS = 1000;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const ERASE_BELOW = "\x1b[J";

/** Returns the rows of the region: at most `height` rows, each at most `width` cells wide. */
export type Rows = (height: number, width: number) => readonly string[];

/**
 * A few rows at the bottom of the terminal, redrawn at most ten times a second. Text above them is
 * only ever appended, so it stays in the scrollback. The region leaves at least two rows of the
 * terminal free, and does not use the alternate screen.
 */
export class LiveRegion {
  readonly #out: Output;
  readonly #rows: Rows;
  readonly #release: (() => void)[] = [];
  #drawn: readonly string[] = [];
  #appended = "";
  #pendingDraw: NodeJS.Timeout | undefined;
  #isStopped = false;

  /**
   * `onExit` calls its argument when the process ends, so that the cursor is always shown again.
   */
  constructor(out: Output, rows: Rows, onExit: (action: () => void) => () => void) {
    this.#out = out;
    this.#rows = rows;
    const tick = setInterval(() => this.refresh(), TICK_MS);
    tick.unref();
    this.#release.push(
      () => clearInterval(tick),
      out.onResize(() => this.refresh()),
      onExit(() => this.stop()),
    );
    out.write(HIDE_CURSOR);
  }

  /** Adds a line above the region, where it stays. */
  append(line: string): void {
    this.#appended += `${line}\n`;
    this.refresh();
  }

  /** Schedules a redraw. */
  refresh(): void {
    if (this.#isStopped || this.#pendingDraw !== undefined) return;
    this.#pendingDraw = setTimeout(() => this.#draw(), REDRAW_MS);
  }

  /** Erases the region, keeps the appended text, and shows the cursor again. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#pendingDraw);
    this.#out.write(this.#erase() + this.#appended + SHOW_CURSOR);
    for (const release of this.#release) release();
  }

  #draw(): void {
    this.#pendingDraw = undefined;
    // Leave one cell free, because some terminals wrap a row that fills the last column.
    const rows = this.#rows(Math.max(1, this.#out.rows - 2), Math.max(1, this.#out.columns - 1));
    this.#out.write(this.#erase() + this.#appended + rows.join("\n"));
    this.#appended = "";
    this.#drawn = rows;
  }

  // A terminal that has become narrower has wrapped the rows, so count them at its current width.
  #erase(): string {
    if (this.#drawn.length === 0) return "\r";
    const height = this.#drawn.reduce(
      (sum, row) => sum + Math.max(1, Math.ceil(displayWidth(unstyled(row)) / this.#out.columns)),
      0,
    );
    const up = Math.min(height, this.#out.rows) - 1;
    return `\r${up > 0 ? `\x1b[${up}A` : ""}${ERASE_BELOW}`;
  }
}

function unstyled(row: string): string {
  // oxlint-disable-next-line no-control-regex -- styles begin with ESC
  return row.replace(/\x1b\[[0-9;]*m/g, "");
}
