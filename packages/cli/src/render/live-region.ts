import type { Output } from "../output.js";
import { displayWidth } from "./display-width.js";

const REDRAW_MS = 100;
const TICK_MS = 1000;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const ERASE_BELOW = "\x1b[J";

/** The rows of the region: at most `height` of them, each at most `width` cells. */
export type Rows = (height: number, width: number) => readonly string[];

/**
 * A few rows at the lower end of the terminal that are drawn anew, at most ten times a second, below text that is only
 * ever appended and so stays in the scrollback. Never taller than the terminal less two rows; no alternate screen.
 */
export class LiveRegion {
  readonly #out: Output;
  readonly #rows: Rows;
  readonly #release: (() => void)[] = [];
  #drawn: readonly string[] = [];
  #appended = "";
  #due: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `onExit` runs its argument as the process ends, so that the cursor comes back on every way out. */
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

  /** Puts a line above the region, for good. */
  append(line: string): void {
    this.#appended += `${line}\n`;
    this.refresh();
  }

  /** Has the region drawn anew soon. */
  refresh(): void {
    if (this.#isStopped || this.#due !== undefined) return;
    this.#due = setTimeout(() => this.#draw(), REDRAW_MS);
  }

  /** Takes the region away, leaves what was appended, and gives the cursor back. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#due);
    this.#out.write(this.#erase() + this.#appended + SHOW_CURSOR);
    for (const release of this.#release) release();
  }

  #draw(): void {
    this.#due = undefined;
    // A row that fills the last column makes some terminals wrap, hence one cell less.
    const rows = this.#rows(Math.max(1, this.#out.rows - 2), Math.max(1, this.#out.columns - 1));
    this.#out.write(this.#erase() + this.#appended + rows.join("\n"));
    this.#appended = "";
    this.#drawn = rows;
  }

  // A terminal made narrower since has wrapped what was drawn: it is counted as it stands now.
  #erase(): string {
    if (this.#drawn.length === 0) return "\r";
    const height = this.#drawn.reduce(
      (sum, row) => sum + Math.max(1, Math.ceil(displayWidth(plain(row)) / this.#out.columns)),
      0,
    );
    const up = Math.min(height, this.#out.rows) - 1;
    return `\r${up > 0 ? `\x1b[${up}A` : ""}${ERASE_BELOW}`;
  }
}

function plain(row: string): string {
  // oxlint-disable-next-line no-control-regex -- colours begin with ESC
  return row.replace(/\x1b\[[0-9;]*m/g, "");
}
