import type { RunStart, SavedFold } from "@automatosx/workflow/drive";
import type { FactsOfSteps, StepFacts, StoredDefinition } from "@automatosx/workflow/hosting";
import type { restate } from "../services/sdk.js";
import type { ChildLeg, RunRow, StartMessage, StoredRest } from "../wire.js";
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

/** The definitions of the runs that steps start, by hash. */
const DEFINITIONS = "definition:";

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

/** Requests how the run was started; null if it was not. Sent at once, also before it is awaited. */
export function readStart(ctx: Reading): Promise<StartMessage | null> {
  return ctx.get<StartMessage>(START);
}

/** Stores a new run, and returns the head for its first segment, which stores one at its end. */
export function writeStart(
  ctx: Writing,
  { children = [], ...start }: StartMessage,
  row: RunRow,
): SegmentHead {
  ctx.set(START, start);
  writeDefinitions(ctx, children);
  ctx.set(ROW, row);
  return { generation: 0, called: [], keepsRows: row.keepsRows };
}

/** Returns how a run was started, with the definitions of the runs that its steps start. */
export async function readWholeStart(
  ctx: Reading & Pick<restate.ObjectSharedContext, "stateKeys">,
): Promise<StartMessage | null> {
  const start = await readStart(ctx);
  const keys = (await ctx.stateKeys()).filter((key) => key.startsWith(DEFINITIONS)).toSorted();
  if (start === null || keys.length === 0) return start;
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
