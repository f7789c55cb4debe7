import type { Request } from "../client/call.js";

/** The statuses to filter by, in the order of the buttons; `open` is running or paused. */
export const STATUS_FILTERS = ["open", "failed", "completed", "cancelled"] as const;
export type StatusFilter = (typeof STATUS_FILTERS)[number];

/** The spans of days to filter by: the number of days, today included. */
export const DAY_FILTERS = ["1", "7", "30"] as const;

/** Which runs are listed. It is read from the address, and written to it. */
export interface RunFilter {
  readonly q?: string;
  readonly status?: StatusFilter;
  readonly workflow?: string;
  /** The number of the last days, today included. */
  readonly days?: number;
  /** The first and the last day, both included: `2026-11-29`. */
  readonly from?: string;
  readonly to?: string;
  readonly children?: true;
  /** The cursors of the pages that were turned to; the last one is that of the page shown. */
  readonly cursors: readonly string[];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads the filter from the query of the address. A value that means nothing is left out. */
export function readFilter(query: URLSearchParams): RunFilter {
  const text = (name: string): string | undefined => query.get(name)?.trim() || undefined;
  const q = text("q");
  const workflow = text("workflow");
  const status = STATUS_FILTERS.find((each) => each === query.get("status"));
  const days = DAY_FILTERS.find((each) => each === query.get("days"));
  const from = dayOf(query.get("from"));
  const to = dayOf(query.get("to"));
  return {
    ...(q !== undefined && { q }),
    ...(status !== undefined && { status }),
    ...(workflow !== undefined && { workflow }),
    ...(days !== undefined && { days: Number(days) }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(query.get("children") === "true" && { children: true as const }),
    cursors: query.getAll("cursor"),
  };
}

function dayOf(text: string | null): string | undefined {
  return text !== null && DAY.test(text) && !Number.isNaN(startOf(text)) ? text : undefined;
}

/** Writes a filter as the query of the address, with its `?`; empty if every run is listed. */
export function writeFilter(filter: RunFilter): string {
  const { q, status, workflow, days, from, to, children, cursors } = filter;
  const query = new URLSearchParams();
  const given = { q, status, workflow, days: days?.toString(), from, to };
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && value !== "") query.set(name, value);
  if (children === true) query.set("children", "true");
  for (const cursor of cursors) query.append("cursor", cursor);
  return query.size === 0 ? "" : `?${query}`;
}

/** Whether a filter leaves out runs, besides those of other pages and child runs. */
export function isNarrow({ q, status, workflow, days, from, to }: RunFilter): boolean {
  return [q, status, workflow, days, from, to].some((value) => value !== undefined);
}

/** How many runs a page has. */
export const PAGE_SIZE = 50;

/** The query of the API for a filter. Days are those of the local time zone. */
export function requestOf(filter: RunFilter, now: number): NonNullable<Request<"runs">["query"]> {
  const { q, status, workflow, days, from, to, children, cursors } = filter;
  const first = days === undefined ? from && startOf(from) : daysBefore(now, days - 1);
  const cursor = cursors.at(-1);
  return {
    limit: PAGE_SIZE,
    ...(q !== undefined && { q }),
    ...(status !== undefined && { status }),
    ...(workflow !== undefined && { workflow }),
    ...(first !== undefined && { from: first }),
    ...(days === undefined && to !== undefined && { to: dayAfter(to) }),
    ...(children === true && { children: "true" as const }),
    ...(cursor !== undefined && { cursor }),
  };
}

function startOf(day: string): number {
  return new Date(`${day}T00:00`).getTime();
}

function dayAfter(day: string): number {
  const date = new Date(startOf(day));
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}

function daysBefore(now: number, days: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - days).getTime();
}
