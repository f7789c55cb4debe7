import type { RunStart, SavedFold } from "@automatosx/workflow/drive";
import type { restate } from "../services/sdk.js";
import type { RowPart, RunRow, StartMessage } from "../wire.js";

/** Snapshots are stored in pieces of this many characters: the server refuses large values. */
const PIECE_CHARS = 512 * 1024;

const START = "start";
/** The definition, inputs and context of a run whose definition has changed. */
const CURRENT = "current";
const SNAPSHOT = "snapshot";
const ROW = "row";
/** For which instant a segment of a waiting run is scheduled. */
const WAKE_AT = "wakeAt";

/** The steps whose attempts were in flight at the end of the last segment. */
const CALLED = "called";
/** Counts the segments of a run. */
const GENERATION = "generation";

const ROWS = "j:";

type Reading = Pick<restate.ObjectSharedContext, "get" | "stateKeys">;
type Writing = restate.ObjectContext;

interface SavedHead extends Omit<SavedFold, "snapshot"> {
  readonly pieces: number;
}

/** Returns how the run was started; undefined if it was not. */
export async function readStart(ctx: Reading): Promise<StartMessage | undefined> {
  return (await ctx.get<StartMessage>(START)) ?? undefined;
}

/** Stores a new run. */
export function writeStart(ctx: Writing, start: StartMessage, row: RunRow): void {
  ctx.set(START, start);
  ctx.set(ROW, row);
}

/** Returns the fold at the end of the last segment; undefined before the first one. */
export async function readSaved(
  ctx: Reading,
): Promise<{ readonly saved: SavedFold; readonly current: RunStart | undefined } | undefined> {
  const head = await ctx.get<SavedHead>(SNAPSHOT);
  if (head === null) return undefined;
  const pieces: string[] = [];
  for (let index = 0; index < head.pieces; index += 1)
    pieces.push((await ctx.get<string>(pieceKey(index))) ?? "");
  const { pieces: _, ...rest } = head;
  const snapshot = JSON.parse(pieces.join("")) as SavedFold["snapshot"];
  return { saved: { ...rest, snapshot }, current: await readCurrent(ctx) };
}

/** Returns what a run has whose definition has changed; undefined for any other run. */
export async function readCurrent(ctx: Reading): Promise<RunStart | undefined> {
  return (await ctx.get<RunStart>(CURRENT)) ?? undefined;
}

/** Stores the fold at the end of a segment. */
export function writeSaved(
  ctx: Writing,
  { snapshot, ...rest }: SavedFold,
  current: RunStart | undefined,
): void {
  const text = JSON.stringify(snapshot);
  const pieces = Math.max(1, Math.ceil(text.length / PIECE_CHARS));
  for (let index = 0; index < pieces; index += 1)
    ctx.set(pieceKey(index), text.slice(index * PIECE_CHARS, (index + 1) * PIECE_CHARS));
  ctx.set<SavedHead>(SNAPSHOT, { ...rest, pieces });
  if (current !== undefined) ctx.set(CURRENT, current);
}

export async function readRow(ctx: Reading): Promise<RunRow | undefined> {
  return (await ctx.get<RunRow>(ROW)) ?? undefined;
}

export function writeRow(ctx: Writing, row: RunRow): void {
  ctx.set(ROW, row);
}

export async function readWakeAt(ctx: Reading): Promise<number | undefined> {
  return (await ctx.get<number>(WAKE_AT)) ?? undefined;
}

export function writeWakeAt(ctx: Writing, wakeAt: number | undefined): void {
  if (wakeAt === undefined) ctx.clear(WAKE_AT);
  else ctx.set(WAKE_AT, wakeAt);
}

export async function readCalled(ctx: Reading): Promise<readonly string[]> {
  return (await ctx.get<readonly string[]>(CALLED)) ?? [];
}

export function writeCalled(ctx: Writing, stepIds: readonly string[]): void {
  if (stepIds.length === 0) ctx.clear(CALLED);
  else ctx.set(CALLED, stepIds);
}

/**
 * Counts a segment, and returns its number; undefined if the segment was requested by the segment
 * `after`, and another one has run since.
 */
export async function nextGeneration(
  ctx: Writing,
  after: number | undefined,
): Promise<number | undefined> {
  const last = (await ctx.get<number>(GENERATION)) ?? 0;
  if (after !== undefined && after !== last) return undefined;
  ctx.set(GENERATION, last + 1);
  return last + 1;
}

// --- the rows of a run without a sink

/** Keeps a turn, for `readParts`. */
export function writePart(ctx: Writing, part: RowPart): void {
  // A turn without entries changes the row of the run, which is kept by itself.
  const [first] = part.entries;
  const last = part.entries.at(-1);
  // The key says which entries there are, so that a reader finds nothing new without reading.
  if (first !== undefined && last !== undefined) ctx.set(`${ROWS}${first.seq}-${last.seq}`, part);
}

/** Returns the parts that have entries after `afterSeq`, as far as they fit into one answer. */
export async function readParts(
  ctx: Reading,
  afterSeq: number,
  limits: { readonly parts: number; readonly chars: number },
): Promise<{ readonly parts: readonly RowPart[]; readonly hasMore: boolean }> {
  const keys = (await ctx.stateKeys())
    .filter((key) => key.startsWith(ROWS))
    .map((key) => ({ key, range: key.slice(ROWS.length).split("-").map(Number) }))
    .filter(({ range: [, last = 0] }) => last > afterSeq)
    .toSorted((a, b) => (a.range[0] ?? 0) - (b.range[0] ?? 0));
  const parts: RowPart[] = [];
  let chars = 0;
  for (const { key } of keys) {
    if (parts.length >= limits.parts || chars >= limits.chars) return { parts, hasMore: true };
    const part = await ctx.get<RowPart>(key);
    if (part === null) continue;
    parts.push(part);
    chars += part.entries.reduce((sum, { payload }) => sum + payload.length + 100, 0);
  }
  return { parts, hasMore: false };
}

function pieceKey(index: number): string {
  return `${SNAPSHOT}:${index}`;
}
