import { stripVTControlCharacters } from "node:util";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { cutToWidth, displayWidth } from "./display-width.js";
import { fitReason } from "./reason.js";
import { statusWord } from "./status.js";

/**
 * A cell: text, which may be indented or depend on how many cells there are for it, or a status,
 * which is shown as a word, an icon and a colour.
 */
export type Cell = TextCell | StatusCell;

type TextCell = string | ((width: number) => string) | IndentedCell;

/** A text inside `depth` others. */
interface IndentedCell {
  readonly text: string;
  readonly depth: number;
}

/** `look` is the status whose icon and colour are shown. */
interface StatusCell {
  readonly status: string;
  readonly look?: string;
}

const GAP = 2;
const INDENT = "  ";
const LEAST_WIDTH = 8;
const LEAST_LAST_WIDTH = 16;

const NOTE_INDENT = " ".repeat(8);

/** How a table is made to fit a terminal; the columns are named by their titles. */
interface Fitting {
  readonly isCut?: boolean;
  /** The columns that are never truncated, such as an id, which has to be typed in full. */
  readonly whole?: readonly string[];
  /** The columns that are left out where truncation is not enough, in this order. */
  readonly dropped?: readonly string[];
}

/**
 * A table whose last column holds notes. On a terminal where a note does not fit, each note stands
 * on a line of its own below its row, where the command in it has room.
 */
export function tableWithNotes(
  out: Output,
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  fitting: Fitting = {},
): string[] {
  const inPlace = table(out, header, rows, { isCut: false });
  if (!out.isTty || fits(out, inPlace)) return inPlace;
  const last = header.length - 1;
  const [head = "", ...lines] = table(
    out,
    header.slice(0, last),
    rows.map((row) => row.slice(0, last)),
    fitting,
  );
  const room = out.columns - 1 - NOTE_INDENT.length;
  const notes = rows.map((row) => noteText(row[last] ?? "", room));
  return [
    head,
    ...lines.flatMap((line, i) => [line, ...(notes[i] === "" ? [] : [NOTE_INDENT + notes[i]])]),
  ];
}

// Colours take no cells.
function fits(out: Output, lines: readonly string[]): boolean {
  return lines.every((line) => displayWidth(stripVTControlCharacters(line)) < out.columns);
}

// A text that depends on its width has been fitted to it by its author.
function noteText(note: Cell, width: number): string {
  return typeof note === "function" ? cleanLine(note(width)) : fitReason(plainText(note), width);
}

/**
 * Returns the lines of a table whose columns are as wide as their widest cell. On a terminal, the
 * last column is truncated at the right edge, and omitted if it is empty; if that is not enough,
 * the widest other columns are truncated too, and then the `dropped` columns are left out. In a
 * pipe every cell is printed in full.
 */
export function table(
  out: Output,
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  { isCut = out.isTty, whole = [], dropped = [] }: Fitting = {},
): string[] {
  const lines = rendered(out, header, rows, { isCut, whole });
  const [title, ...others] = dropped;
  if (title === undefined || !isCut || fits(out, lines)) return lines;
  const at = header.indexOf(title);
  const without = <Item>(items: readonly Item[]): Item[] => items.filter((_, i) => i !== at);
  return table(out, without(header), rows.map(without), { isCut, whole, dropped: others });
}

function rendered(
  out: Output,
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  { isCut, whole }: Required<Pick<Fitting, "isCut" | "whole">>,
): string[] {
  const plain = rows.map((row) => row.map(plainText));
  const last = header.length - 1;
  const isLastEmpty = rows.length > 0 && plain.every((row) => (row[last] ?? "") === "");
  if (out.isTty && isLastEmpty)
    return rendered(
      out,
      header.slice(0, -1),
      rows.map((row) => row.slice(0, last)),
      { isCut, whole },
    );
  const widths = header.map((title, i) =>
    // Not `Math.max(...widths)`: a call takes fewer arguments than a database has runs.
    plain.reduce((most, row) => Math.max(most, displayWidth(row[i] ?? "")), displayWidth(title)),
  );
  if (isCut)
    cutWidths(
      widths,
      out.columns - 1,
      (i) => !whole.includes(header[i] ?? "") && rows.every((row) => isText(row[i])),
    );
  const render = (cells: readonly Cell[], text: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        const shown = isText(cell) ? cutCell(cell, text[i] ?? "", width) : (text[i] ?? "");
        const fill = i === last ? "" : " ".repeat(width - displayWidth(shown) + GAP);
        return (isText(cell) ? shown : statusWord(out, cell.status, 0, cell.look)) + fill;
      })
      .join("")
      .trimEnd();
  return [
    out.paint("bold", render(header, header)),
    ...rows.map((row, i) => render(row, plain[i] ?? [])),
  ];
}

/** Makes columns narrower until a row has at most `room` cells, the last column first. */
function cutWidths(widths: number[], room: number, isCuttable: (column: number) => boolean): void {
  const last = widths.length - 1;
  const sum = (): number => widths.reduce((total, width) => total + width, GAP * last);
  const cut = (column: number, least: number): void => {
    const width = widths[column] ?? 0;
    widths[column] = Math.max(Math.min(width, least), width - Math.max(0, sum() - room));
  };
  if (isCuttable(last)) cut(last, LEAST_LAST_WIDTH);
  while (sum() > room) {
    const others = widths.map((width, i) => (i < last && isCuttable(i) ? width : 0));
    const widest = Math.max(...others);
    if (widest <= LEAST_WIDTH) break;
    cut(others.indexOf(widest), widest - 1);
  }
  if (isCuttable(last)) cut(last, LEAST_WIDTH);
}

function cutCell(cell: TextCell, text: string, width: number): string {
  return cutToWidth(typeof cell === "function" ? cleanLine(cell(width)) : text, width);
}

function isText(cell: Cell | undefined): cell is TextCell | undefined {
  return typeof cell !== "object" || "depth" in cell;
}

// An icon and a space come before a status.
function plainText(cell: Cell): string {
  if (typeof cell === "function") return cleanLine(cell(Number.POSITIVE_INFINITY));
  if (typeof cell === "string") return cleanLine(cell);
  return "depth" in cell ? INDENT.repeat(cell.depth) + cleanLine(cell.text) : `? ${cell.status}`;
}
