import type { restate } from "../services/sdk.js";
import type { RowPart, RunRow } from "../wire.js";

/** The newest turns are kept in one value until they have this many characters. */
const PAGE_CHARS = 4 * 1024;

/** How many pages are requested at once. */
const PAGES_AHEAD = 16;

/** The newest turns. */
const TAIL = "tail";

/** The turns before, by the first and the last entry that a page has. */
const PAGE = "j:";

type Reading = Pick<restate.ObjectSharedContext, "get" | "stateKeys">;
type Turns = readonly RowPart[];

/** The end of what a follower reads. */
export interface Tail {
  /** The row of the run after these turns: a follower needs nothing else. */
  readonly row: RunRow;
  readonly turns: Turns;
}

/** Requests the newest turns of a run; null if it has none. */
export function readTail(ctx: Pick<Reading, "get">): Promise<Tail | null> {
  return ctx.get<Tail>(TAIL);
}

/**
 * Keeps the rows of a run in its state, in pages. Each read of a value is a round trip, so a short
 * run has one value; each turn writes the newest page again, so pages are small.
 */
export class RowPages {
  readonly #ctx: restate.ObjectContext;
  #turns: Turns;
  #chars: number;

  /** `tail`: the newest turns that are stored. */
  constructor(ctx: restate.ObjectContext, tail: Tail | null) {
    this.#ctx = ctx;
    this.#turns = tail?.turns ?? [];
    this.#chars = charsOf(this.#turns);
  }

  /** Keeps a turn, and the row after it, for `readParts`. */
  write(part: RowPart, row: RunRow): void {
    const { entries, run } = part;
    if (entries.length === 0 && run === undefined) return;
    if (entries.length > 0) this.#add(part);
    const tail: Tail = { row, turns: this.#turns };
    this.#ctx.set(TAIL, tail);
  }

  #add(part: RowPart): void {
    if (this.#chars >= PAGE_CHARS) {
      const { first, last } = rangeOf(this.#turns);
      this.#ctx.set(`${PAGE}${first}-${last}`, this.#turns);
      this.#turns = [];
      this.#chars = 0;
    }
    this.#turns = [...this.#turns, part];
    this.#chars += charsOf([part]);
  }
}

/**
 * Returns the parts that have entries after `afterSeq`, as far as they fit into one answer.
 * `newest` was read before; a page that has been completed since has turns of it too.
 */
export async function readParts(
  ctx: Reading,
  newest: Tail | null,
  afterSeq: number,
  limits: { readonly parts: number; readonly chars: number },
): Promise<{ readonly parts: readonly RowPart[]; readonly hasMore: boolean }> {
  const tail = newest?.turns ?? [];
  const start = tail[0]?.entries[0]?.seq ?? 0;
  const keys = start > afterSeq + 1 ? pagesBetween(await ctx.stateKeys(), afterSeq, start) : [];
  const parts: RowPart[] = [];
  let chars = 0;
  for (let index = 0; index < keys.length; index += PAGES_AHEAD) {
    if (parts.length >= limits.parts || chars >= limits.chars) return { parts, hasMore: true };
    const pages = keys.slice(index, index + PAGES_AHEAD).map((key) => ctx.get<Turns>(key));
    for (const page of pages) {
      const turns = ((await page) ?? []).filter((part) => lastOf(part) > afterSeq);
      parts.push(...turns);
      chars += charsOf(turns);
    }
  }
  return { parts: [...parts, ...tail.filter((part) => lastOf(part) > afterSeq)], hasMore: false };
}

// The keys of the pages that have entries after `afterSeq` and before `end`, in order.
function pagesBetween(stored: readonly string[], afterSeq: number, end: number): readonly string[] {
  return stored
    .filter((key) => key.startsWith(PAGE))
    .map((key) => ({ key, range: key.slice(PAGE.length).split("-").map(Number) }))
    .filter(({ range: [first = 0, last = 0] }) => last > afterSeq && first < end)
    .toSorted((a, b) => (a.range[0] ?? 0) - (b.range[0] ?? 0))
    .map(({ key }) => key);
}

function rangeOf(turns: Turns): { readonly first: number; readonly last: number } {
  const [start] = turns;
  const end = turns.at(-1);
  return { first: start?.entries[0]?.seq ?? 0, last: end === undefined ? 0 : lastOf(end) };
}

function lastOf({ afterSeq, entries }: RowPart): number {
  return entries.at(-1)?.seq ?? afterSeq;
}

function charsOf(turns: Turns): number {
  let chars = 0;
  for (const { entries } of turns) for (const { payload } of entries) chars += payload.length + 100;
  return chars;
}
