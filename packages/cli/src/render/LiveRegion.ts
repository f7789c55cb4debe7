import type { CliIo } from "../io.js";
import type { Output } from "../Output.js";
import { displayWidth } from "./display-width.js";

const REDRAW_MS = 100;
const TICK_MS = 200;
const ERASE_TO_END_OF_ROW = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

/** Returns the rows of the region: at most `height` rows, each at most `width` cells wide. */
export type Rows = (height: number, width: number) => readonly string[];

/**
 * A few rows at the bottom of the terminal, redrawn at most ten times a second. Text above them is
 * only ever appended, so it stays in the scrollback. The region leaves at least two rows of the
 * terminal free.
 *
 * The region changes no mode of the terminal: it does not hide the cursor and does not use the
 * alternate screen. So no end of the process, not even `kill -9`, has to restore anything.
 */
export class LiveRegion {
  readonly #out: Output;
  readonly #rows: Rows;
  readonly #io: Pick<CliIo, "isForeground">;
  readonly #release: (() => void)[];
  #drawn: readonly string[] = [];
  #drawnColumns = 0;
  #appended = "";
  #appendedRows = 0;
  #pendingDraw: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(out: Output, rows: Rows, io: Pick<CliIo, "onExit" | "onSignal" | "isForeground">) {
    this.#out = out;
    this.#rows = rows;
    this.#io = io;
    const tick = setInterval(() => this.refresh(), TICK_MS);
    tick.unref();
    this.#release = [
      () => clearInterval(tick),
      out.onResize(() => this.refresh()),
      io.onSignal("SIGCONT", () => this.#redrawBelow()),
      io.onExit(() => this.stop()),
    ];
  }

  /** Adds a line above the region, where it stays. */
  append(line: string): void {
    this.#appended += `${line}\n`;
    this.#appendedRows += this.#heightOf(line);
    this.refresh();
  }

  /** How many rows have been added above the region so far. */
  get appendedRows(): number {
    return this.#appendedRows;
  }

  /** How many of the added rows can still be seen above the region. */
  get visibleRows(): number {
    return this.#out.rows - this.#drawn.length;
  }

  /** Schedules a redraw. */
  refresh(): void {
    if (this.#isStopped || this.#pendingDraw !== undefined) return;
    this.#pendingDraw = setTimeout(() => this.#draw(), REDRAW_MS);
  }

  /** Erases the region and keeps the appended text. Nothing is drawn any more. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#pendingDraw);
    this.#out.write((this.#io.isForeground() ? this.#erase() : "") + this.#appended);
    for (const release of this.#release) release();
  }

  // While the process was suspended, the shell has written below the region.
  #redrawBelow(): void {
    this.#drawn = [];
    this.refresh();
  }

  #draw(): void {
    this.#pendingDraw = undefined;
    // The shell's prompt stands where the region would be drawn.
    if (!this.#io.isForeground()) {
      this.#write(this.#appended, []);
      return;
    }
    const { columns } = this.#out;
    // Leave one cell free, because some terminals wrap a row that fills the last column.
    const rows = this.#rows(Math.max(1, this.#out.rows - 2), Math.max(1, columns - 1));
    const keepsPlace =
      this.#appended === "" && rows.length === this.#drawn.length && columns === this.#drawnColumns;
    const text = keepsPlace
      ? this.#changes(rows)
      : this.#erase() + this.#appended + rows.join("\n");
    this.#drawnColumns = columns;
    this.#write(text, rows);
  }

  #write(text: string, drawn: readonly string[]): void {
    this.#out.write(text);
    this.#appended = "";
    this.#drawn = drawn;
  }

  // Only the changed rows are written, so that nothing flickers. The cursor ends after the last
  // row.
  #changes(rows: readonly string[]): string {
    if (rows.every((row, index) => row === this.#drawn[index])) return "";
    const last = rows.length - 1;
    const lines = rows.map((row, index) =>
      row === this.#drawn[index] && index < last ? "" : row + ERASE_TO_END_OF_ROW,
    );
    return `\r${last > 0 ? `\x1b[${last}A` : ""}${lines.join("\n")}`;
  }

  // A terminal that has become narrower has wrapped the rows, so count them at its current width.
  #erase(): string {
    if (this.#drawn.length === 0) return "\r";
    const height = this.#drawn.reduce((sum, row) => sum + this.#heightOf(row), 0);
    const up = Math.min(height, this.#out.rows) - 1;
    return `\r${up > 0 ? `\x1b[${up}A` : ""}${ERASE_BELOW}`;
  }

  #heightOf(row: string): number {
    return Math.max(1, Math.ceil(displayWidth(unstyled(row)) / this.#out.columns));
  }
}

function unstyled(row: string): string {
  // oxlint-disable-next-line no-control-regex -- styles begin with ESC
  return row.replace(/\x1b\[[0-9;]*m/g, "");
}
