import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { cutToWidth, displayWidth, padToWidth } from "../render/display-width.js";
import { fitReason } from "../render/reason.js";
import { ICON_WIDTH, liveStatus } from "../render/status.js";

export const STATUS_WIDTH = 14;
/** On a narrower terminal, a row shows the icon of a status without its word. */
const MIN_COLUMNS_FOR_WORDS = 50;
/** The minimum number of cells for a step's name. */
const MIN_NAME_WIDTH = 8;
/** Failed steps that are shown again because their lines have scrolled away. */
const MAX_FAILED = 3;
const MIN_UPCOMING = 3;
/** How many open steps are shown, and the share of the rows that they may take. */
const MAX_OPEN = 5;
const MAX_OPEN_SHARE = 1 / 3;

/** A step as a row shows it. */
export interface StepRow {
  readonly status: string;
  readonly id: string;
  /** What follows the name: its time and agent, or what it waits for. */
  readonly about: string;
  /** What it printed last. */
  readonly lastLine?: string;
}

/** How many steps of each kind there are, and how to get the first ones. */
export interface StepSource {
  readonly activeCount: number;
  readonly upcomingCount: number;
  /** Steps with others inside that have begun. */
  open(limit: number): readonly StepRow[];
  active(limit: number): readonly StepRow[];
  failed(limit: number): readonly StepRow[];
  upcoming(limit: number): readonly StepRow[];
}

/**
 * The rows of the steps, at most `height`: those in flight, failed ones whose line has scrolled
 * away, the last output of those in flight, and the next ones. A last row counts the others.
 */
export function stepRows(
  out: Output,
  steps: StepSource,
  {
    height: allRows,
    width,
    now,
  }: { readonly height: number; readonly width: number; readonly now: number },
): string[] {
  const open = steps.open(Math.min(MAX_OPEN, Math.floor(allRows * MAX_OPEN_SHARE)));
  const height = allRows - open.length;
  const { activeCount, upcomingCount } = steps;
  const mustOmit = activeCount > height || (upcomingCount > 0 && activeCount >= height);
  const active = steps.active(Math.max(0, Math.min(activeCount, mustOmit ? height - 1 : height)));
  let room = height - active.length - (upcomingCount > 0 || mustOmit ? 1 : 0);
  const failed = steps.failed(Math.min(MAX_FAILED, Math.max(0, room)));
  room -= failed.length;
  const withOutput = new Set(
    active.filter(({ lastLine = "" }) => lastLine !== "").slice(0, Math.max(0, room)),
  );
  room -= withOutput.size;
  // The row that counts the others is free if there are none.
  const wanted = Math.min(upcomingCount, Math.max(MIN_UPCOMING, Math.floor(out.rows / 3)));
  const isWhole = wanted === upcomingCount && active.length === activeCount && room + 1 >= wanted;
  const upcoming = steps.upcoming(Math.max(0, Math.min(wanted, isWhole ? room + 1 : room)));
  const layout = layoutOf([...open, ...active, ...failed, ...upcoming], width);
  const draw = (row: StepRow): string => stepRow(out, row, layout, now);
  const rest = restOf(activeCount - active.length, upcomingCount - upcoming.length, upcoming);
  return [
    ...open.map(draw),
    ...active.flatMap((row) =>
      withOutput.has(row) ? [draw(row), outputRow(out, row, layout)] : [draw(row)],
    ),
    ...failed.map(draw),
    ...upcoming.map(draw),
    ...(rest === "" ? [] : [out.paint("gray", cutToWidth(rest, width))]),
  ].slice(0, Math.max(0, allRows));
}

function restOf(active: number, upcoming: number, shown: readonly StepRow[]): string {
  if (active > 0)
    return `… and ${active} more in flight${upcoming > 0 ? `, ${upcoming} pending` : ""}`;
  if (upcoming === 0) return "";
  return shown.length > 0 ? `… ${upcoming} more` : `… ${upcoming} pending`;
}

interface Layout {
  readonly width: number;
  readonly statusWidth: number;
  readonly nameWidth: number;
}

function layoutOf(rows: readonly StepRow[], width: number): Layout {
  const statusWidth = width + 1 >= MIN_COLUMNS_FOR_WORDS ? STATUS_WIDTH : ICON_WIDTH;
  const room = Math.max(0, width - statusWidth);
  const longest = Math.max(0, ...rows.map(({ id }) => displayWidth(cleanLine(id))));
  const tail = Math.max(0, ...rows.map(({ about }) => Math.min(displayWidth(about), room / 2)));
  const nameWidth = Math.min(longest, Math.max(MIN_NAME_WIDTH, Math.floor(room - tail - 2)));
  return { width, statusWidth, nameWidth };
}

function stepRow(out: Output, row: StepRow, layout: Layout, now: number): string {
  const { width, statusWidth, nameWidth } = layout;
  const room = width - statusWidth;
  if (room <= 0) return cutToWidth(`${row.status} ${cleanLine(row.id)}`, width);
  const name = padToWidth(cleanLine(row.id), nameWidth);
  const about =
    row.status === "failed" ? fitReason(row.about, room - displayWidth(name) - 2) : row.about;
  const text = cutToWidth(`${name}  ${about}`.trimEnd(), room);
  const shown = QUIET.has(row.status) ? out.paint("gray", text) : text;
  return `${liveStatus(out, row.status, statusWidth, now)}${shown}`;
}

/** Statuses of steps that do nothing yet. */
const QUIET: ReadonlySet<string> = new Set(["pending", "ready"]);

function outputRow(out: Output, { lastLine = "" }: StepRow, layout: Layout): string {
  const { width, statusWidth } = layout;
  const text = cutToWidth(`${" ".repeat(statusWidth)}└ ${lastLine}`, width);
  return out.paint("dim", text);
}

/** Joins the parts with ` · ` in at most `maxRows` rows; what does not fit is cut. */
export function partRows(parts: readonly string[], width: number, maxRows: number): string[] {
  const rows: string[] = [];
  for (const part of parts) {
    const last = rows.at(-1);
    const joined = last === undefined ? part : `${last} · ${part}`;
    if (last === undefined || (displayWidth(joined) > width && rows.length < maxRows))
      rows.push(part);
    else rows[rows.length - 1] = joined;
  }
  return rows.map((row) => cutToWidth(row, width));
}
