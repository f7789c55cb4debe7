import type { RunStart, SavedFold } from "@automatosx/workflow/drive";
import type { FactsOfSteps, StepFacts, StoredDefinition } from "@automatosx/workflow/hosting";
import type { restate } from "../services/sdk.js";
import type { ChildLeg, RowPart, RunRow, StartMessage, StoredRest } from "../wire.js";
import type { Stopped } from "./RunDecider.js";

/** Snapshots are stored in pieces of this many characters: the server refuses large values. */
const PIECE_CHARS = 512 * 1024;

const START = "start";
/** The definition, inputs and context of a run whose definition has changed. */
const CURRENT = "current";
const SNAPSHOT = "snapshot";
const ROW = "row";
const HEAD = "head";

/** What the journal says about steps that run a workflow of their own. */
const FACTS = "facts";
/** How a child run came to rest, for the attempt that waits for it. */
const REST = "rest";

const ROWS = "j:";

/** The definitions of the runs that steps start, by hash. */
const DEFINITIONS = "definition:";

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
  /** How those were stopped that have not ended yet, by step. Absent if there are none. */
  readonly stopped?: Readonly<Record<string, Stopped>>;
  /** Whether a paused run begins no attempts, because its agents were stopped. */
  readonly isStoppingAgents?: boolean;
  /** For which instant a segment of a waiting run is scheduled. */
  readonly scheduledAt?: number | undefined;
  /** Absent before the end of the first segment. */
  readonly saved?: SavedHead | undefined;
  /** Whether the definition of the run has changed. */
  readonly hasChanged?: boolean;
  /** What is known of attempts in flight that wait for child runs, by step. */
  readonly waits?: Readonly<Record<string, ChildWait>>;
  /** Whether child runs that a user has paused are resumed too. */
  readonly isByUser?: boolean;
  /** Whether the run waits for the end of child runs that it needs no longer. */
  readonly isEndingChildren?: boolean;
}

/** An attempt in flight that waits for a child run. */
export interface ChildWait {
  readonly attemptNumber: number;
  /** Where its next call continues; absent for the first one. */
  readonly leg?: ChildLeg | undefined;
  readonly stopped?: Stopped | undefined;
  /** Whether it has passed a pause on. */
  readonly isPaused?: boolean;
  /** Whether the step joins its run again if the attempt finds it paused. */
  readonly isRejoined?: boolean;
}

/** Returns how the run was started; undefined if it was not. */
export async function readStart(ctx: Reading): Promise<StartMessage | undefined> {
  return (await ctx.get<StartMessage>(START)) ?? undefined;
}

/** Stores a new run. */
export function writeStart(
  ctx: Writing,
  { children = [], ...start }: StartMessage,
  row: RunRow,
): void {
  ctx.set(START, start);
  writeDefinitions(ctx, children);
  ctx.set(ROW, row);
  writeHead(ctx, { generation: 0, called: [], keepsRows: row.keepsRows });
}

/** Returns how a run was started, with the definitions of the runs that its steps start. */
export async function readWholeStart(ctx: Reading): Promise<StartMessage | undefined> {
  const start = await readStart(ctx);
  const keys = (await ctx.stateKeys()).filter((key) => key.startsWith(DEFINITIONS)).toSorted();
  if (start === undefined || keys.length === 0) return start;
  const children: StoredDefinition[] = [];
  for (const key of keys) children.push((await ctx.get<StoredDefinition>(key)) as StoredDefinition);
  return { ...start, children };
}

/** Returns the definition of a run that steps start; undefined if the run does not have it. */
export async function readDefinition(
  ctx: Reading,
  hash: string,
): Promise<StoredDefinition | undefined> {
  return (await ctx.get<StoredDefinition>(DEFINITIONS + hash)) ?? undefined;
}

/** Stores definitions of runs that steps start. */
export function writeDefinitions(ctx: Writing, definitions: readonly StoredDefinition[]): void {
  for (const definition of definitions) ctx.set(DEFINITIONS + definition.hash, definition);
}

/** Returns what the journal says about steps that run a workflow of their own. */
export async function readFacts(ctx: Reading): Promise<FactsOfSteps> {
  return new Map((await ctx.get<[string, StepFacts][]>(FACTS)) ?? []);
}

export function writeFacts(ctx: Writing, facts: FactsOfSteps): void {
  ctx.set(FACTS, [...facts]);
}

/** How a run was at the entry with this `seq`. */
interface RestAt {
  readonly seq: number;
  readonly rest: StoredRest;
}

export async function readRest(ctx: Reading): Promise<RestAt | undefined> {
  return (await ctx.get<RestAt>(REST)) ?? undefined;
}

export function writeRest(ctx: Writing, rest: RestAt): void {
  ctx.set(REST, rest);
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
