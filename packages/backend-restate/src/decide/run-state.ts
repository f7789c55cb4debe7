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
const HEAD = "head";

const ROWS = "j:";

type Reading = Pick<restate.ObjectSharedContext, "get" | "stateKeys">;
type Writing = restate.ObjectContext;

/** The fold at the end of a segment, without its snapshot, which has this many pieces. */
interface SavedHead extends Omit<SavedFold, "snapshot"> {
  readonly pieces: number;
}

/** What a segment leaves for the next one. One value, because each read is a round trip. */
export interface SegmentHead {
  /** Counts the segments of the run. */
  readonly generation: number;
  /**
   * Whether the rows of the run are kept on the server. The worker that began the run decides it:
   * every other must make the same steps when it replays a segment.
   */
  readonly keepsRows?: boolean | undefined;
  /** The steps whose attempts were in flight. */
  readonly called: readonly string[];
  /** For which instant a segment of a waiting run is scheduled. */
  readonly scheduledAt?: number | undefined;
  /** Absent before the end of the first segment. */
  readonly saved?: SavedHead | undefined;
  /** Whether the definition of the run has changed. */
  readonly hasChanged?: boolean;
}

/** Returns how the run was started; undefined if it was not. */
export async function readStart(ctx: Reading): Promise<StartMessage | undefined> {
  return (await ctx.get<StartMessage>(START)) ?? undefined;
}

/** Stores a new run. */
export function writeStart(ctx: Writing, start: StartMessage, row: RunRow): void {
  ctx.set(START, start);
  ctx.set(ROW, row);
  writeHead(ctx, { generation: 0, called: [], keepsRows: row.keepsRows });
}

/** Returns what the last segment has left. */
export async function readHead(ctx: Reading): Promise<SegmentHead> {
  return (await ctx.get<SegmentHead>(HEAD)) ?? { generation: 0, called: [] };
}

export function writeHead(ctx: Writing, head: SegmentHead): void {
  ctx.set(HEAD, head);
}

/** Returns the fold at the end of the last segment. */
export async function readSaved(ctx: Reading, { pieces, ...rest }: SavedHead): Promise<SavedFold> {
  const texts: string[] = [];
  for (let index = 0; index < pieces; index += 1)
    texts.push((await ctx.get<string>(pieceKey(index))) ?? "");
  return { ...rest, snapshot: JSON.parse(texts.join("")) as SavedFold["snapshot"] };
}

/** Returns what a run has whose definition has changed; undefined for any other run. */
export async function readCurrent(ctx: Reading): Promise<RunStart | undefined> {
  return (await ctx.get<RunStart>(CURRENT)) ?? undefined;
}

/** Stores the fold at the end of a segment, and returns what belongs to its head. */
export function writeSaved(ctx: Writing, { snapshot, ...rest }: SavedFold): SavedHead {
  const text = JSON.stringify(snapshot);
  const pieces = Math.max(1, Math.ceil(text.length / PIECE_CHARS));
  for (let index = 0; index < pieces; index += 1)
    ctx.set(pieceKey(index), text.slice(index * PIECE_CHARS, (index + 1) * PIECE_CHARS));
  return { ...rest, pieces };
}

/** Stores what a run has whose definition has changed. */
export function writeCurrent(ctx: Writing, current: RunStart): void {
  ctx.set(CURRENT, current);
}

export async function readRow(ctx: Reading): Promise<RunRow | undefined> {
  return (await ctx.get<RunRow>(ROW)) ?? undefined;
}

export function writeRow(ctx: Writing, row: RunRow): void {
  ctx.set(ROW, row);
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
  asRows: (part: RowPart) => RowPart,
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
    const kept = await ctx.get<RowPart>(key);
    if (kept === null) continue;
    const part = asRows(kept);
    parts.push(part);
    chars += part.entries.reduce((sum, { payload }) => sum + payload.length + 100, 0);
  }
  return { parts, hasMore: false };
}

function pieceKey(index: number): string {
  return `${SNAPSHOT}:${index}`;
}
