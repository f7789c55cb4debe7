import type { RunStart, SavedFold } from "@automatosx/workflow/drive";
import type { restate } from "../services/sdk.js";
import type { RunRow, StartMessage } from "../wire.js";

/** Snapshots are stored in pieces of this many characters: the server refuses large values. */
const PIECE_CHARS = 512 * 1024;

const START = "start";
/** The definition, inputs and context of a run whose definition has changed. */
const CURRENT = "current";
const SNAPSHOT = "snapshot";
const ROW = "row";
const HEAD = "head";

type Reading = Pick<restate.ObjectSharedContext, "get">;
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

/** Requests how the run was started; null if it was not. Sent at once, also before it is awaited. */
export function readStart(ctx: Reading): Promise<StartMessage | null> {
  return ctx.get<StartMessage>(START);
}

/** Stores a new run, and returns the head for its first segment, which stores one at its end. */
export function writeStart(ctx: Writing, start: StartMessage, row: RunRow): SegmentHead {
  ctx.set(START, start);
  ctx.set(ROW, row);
  return { generation: 0, called: [], keepsRows: row.keepsRows };
}

/** Requests what the last segment has left. */
export function readHead(ctx: Reading): Promise<SegmentHead | null> {
  return ctx.get<SegmentHead>(HEAD);
}

export function writeHead(ctx: Writing, head: SegmentHead): void {
  ctx.set(HEAD, head);
}

/** Returns the fold at the end of the last segment. */
export async function readSaved(ctx: Reading, { pieces, ...rest }: SavedHead): Promise<SavedFold> {
  const found = Array.from({ length: pieces }, (_, index) => ctx.get<string>(pieceKey(index)));
  const texts: string[] = [];
  for (const piece of found) texts.push((await piece) ?? "");
  return { ...rest, snapshot: JSON.parse(texts.join("")) as SavedFold["snapshot"] };
}

/** Requests what a run has whose definition has changed; null for any other run. */
export function readCurrent(ctx: Reading): Promise<RunStart | null> {
  return ctx.get<RunStart>(CURRENT);
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

/** Requests the row of the run; null if it does not exist. */
export function readRow(ctx: Reading): Promise<RunRow | null> {
  return ctx.get<RunRow>(ROW);
}

export function writeRow(ctx: Writing, row: RunRow): void {
  ctx.set(ROW, row);
}

function pieceKey(index: number): string {
  return `${SNAPSHOT}:${index}`;
}
