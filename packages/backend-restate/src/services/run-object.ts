import { statusOf } from "@automatosx/schemas/run-status";
import { RunFold } from "@automatosx/workflow/drive";
import { endingOfMachine, restOfChild, usesChildRuns } from "@automatosx/workflow/hosting";
import { ChildAttempt } from "../children/ChildAttempt.js";
import { endChildren } from "../children/end-children.js";
import { CORE_FORMAT, canFold } from "../core-format.js";
import type { DecideHost } from "../decide/DecideHost.js";
import { RunDecider } from "../decide/RunDecider.js";
import {
  readCurrent,
  readFacts,
  readHead,
  readParts,
  readRest,
  readRow,
  readSaved,
  readStart,
  readWholeStart,
  type SegmentHead,
  writeCurrent,
  writeDefinitions,
  writeFacts,
  writeHead,
  writePart,
  writeRest,
  writeRow,
  writeSaved,
  writeStart,
} from "../decide/run-state.js";
import { Segment, type SegmentOutside } from "../decide/Segment.js";
import { RUN_OBJECT } from "../names.js";
import { asWritten } from "../rows/as-written.js";
import { runStartOf } from "../rows/new-run.js";
import type { RowSink } from "../rows/RowSink.js";
import type {
  ChildAnswer,
  ChildMessage,
  ChildState,
  PresentRun,
  RowPart,
  RowsAnswer,
  RunRow,
  StartMessage,
} from "../wire.js";
import { INBOX, type InboxCalls, RUN, type RunCalls } from "./faces.js";
import { restate } from "./sdk.js";
import { RUN_OPTIONS } from "./settings.js";
import { identityOf } from "./start-identity.js";

/** One answer with rows has at most this many parts, and about this many characters. */
const PAGE = { parts: 500, chars: 4 * 1024 * 1024 };

/** How a longer child run came to rest is stored, and its state names it. */
const MAX_REST_CHARS = 512 * 1024;

/** The virtual object of a run. */
export function runObjectOf(host: DecideHost) {
  const written = (part: RowPart): RowPart => asWritten(part, host.artifacts);
  return restate.object({
    name: RUN_OBJECT,
    options: RUN_OPTIONS,
    handlers: {
      /** Stores a new run; called once, by the inbox. */
      begin: async (ctx: restate.ObjectContext, start: StartMessage): Promise<void> =>
        writeStart(ctx, start, firstRow(start, host.sink === undefined)),

      /** Performs one segment of the run; none if another one has followed the segment `after`. */
      drive: async (ctx: restate.ObjectContext, after?: number): Promise<void> =>
        driveSegment(ctx, host, after),

      /** Returns the run as it was when its row last changed; null if it does not exist. */
      row: restate.handlers.object.shared(
        async (ctx: restate.ObjectSharedContext): Promise<RunRow | null> =>
          (await readRow(ctx)) ?? null,
      ),

      /** Returns the rows after an entry, as far as they fit; null if the run does not exist. */
      rows: restate.handlers.object.shared(
        async (ctx: restate.ObjectSharedContext, afterSeq: number): Promise<RowsAnswer | null> => {
          // Read before the parts, so that they are at least as new.
          const row = await readRow(ctx);
          if (row === undefined) return null;
          const sink = sinkOf(host, row.runId, row.keepsRows);
          const found = sink?.readParts(ctx.key, afterSeq, PAGE);
          const answer = { row, ...(found ?? (await readParts(ctx, afterSeq, PAGE, written))) };
          // A definition may have a megabyte, and a follower asks often.
          const start = afterSeq === 0 ? await readWholeStart(ctx) : undefined;
          return start === undefined ? answer : { ...answer, start };
        },
      ),

      /** Returns what the run has now: its definition, inputs and context. */
      present: restate.handlers.object.shared(
        async (ctx: restate.ObjectSharedContext): Promise<PresentRun | null> => {
          const start = await readStart(ctx);
          if (start === undefined) return null;
          const { definition, inputs, context } = (await readCurrent(ctx)) ?? runStartOf(start);
          return { definition, inputs, context };
        },
      ),

      /** Performs an attempt of this run at a step that runs a workflow of its own. */
      child: restate.handlers.object.shared(
        async (ctx: restate.ObjectSharedContext, message: ChildMessage): Promise<ChildAnswer> =>
          new ChildAttempt(ctx, host, message).perform(),
      ),

      /** Cancels the child runs of this run, which has ended; see `endChildren`. */
      endChildren: restate.handlers.object.shared(
        async (ctx: restate.ObjectSharedContext, except: readonly string[]): Promise<boolean> =>
          endChildren(ctx, host, except),
      ),

      /** Returns this run for an attempt of its parent; null if it is no child run of that. */
      asChild: restate.handlers.object.shared(
        async (ctx: restate.ObjectSharedContext, parentRunId: string): Promise<ChildState | null> =>
          childState(ctx, parentRunId),
      ),

      /** Forgets the run. */
      purge: async (ctx: restate.ObjectContext): Promise<void> => ctx.clearAll(),
    },
  });
}

async function driveSegment(
  ctx: restate.ObjectContext,
  host: DecideHost,
  after: number | undefined,
): Promise<void> {
  const head = await readHead(ctx);
  // The definitions of child runs are stored with the first rows.
  const start = head.saved === undefined ? await readWholeStart(ctx) : await readStart(ctx);
  if (start === undefined) return;
  const sink = sinkOf(host, start.runId, head.keepsRows);
  // A command may have started another segment since; that one continues the run.
  if (after !== undefined && after !== head.generation) return;
  if (!canFold(start.coreFormat))
    throw new Error(
      `Run ${start.runId} has the core format ${start.coreFormat}, and this worker can fold ` +
        `${CORE_FORMAT}: it needs a worker of the version that began it.`,
    );
  let segment: Segment | undefined;
  const isStopping = () => segment?.hasCalls === true;
  const decider = await openDecider(ctx, start, host, head, { isStopping });
  let row = (head.saved && (await readRow(ctx))) ?? firstRow(start, head.keepsRows);
  const outside: SegmentOutside = {
    publish: (part) => {
      if (sink === undefined) writePart(ctx, part);
      else sink.publish(start, part);
      announceChange(ctx, decider, part);
      if (part.run === undefined) return;
      row = rowAfter(row, part);
      writeRow(ctx, row);
    },
    written: sink && (async () => publish(ctx, sink, row)),
  };
  segment = new Segment(ctx, decider, host, outside, head.waits);
  if (head.saved !== undefined) segment.resume(await ctx.date.now(), head);
  await segment.run();
  const next = await endSegment(ctx, decider, segment, head);
  await publish(ctx, sink, row);
  if (!segment.continues) announceRest(ctx, decider, host);
  if (segment.continues) ctx.objectSendClient<RunCalls>(RUN, ctx.key).drive(next);
}

// Stores what the next segment needs, and wakes a run that waits when it has something to do.
async function endSegment(
  ctx: restate.ObjectContext,
  decider: RunDecider,
  segment: Segment,
  head: SegmentHead,
): Promise<number> {
  const { changedStart, hasChanged, wakeAt } = decider;
  if (changedStart !== undefined) writeCurrent(ctx, changedStart);
  const generation = head.generation + 1;
  const isScheduled = wakeAt === undefined || segment.continues || wakeAt === head.scheduledAt;
  writeHead(ctx, {
    ...{ generation, keepsRows: head.keepsRows, ...segment.left },
    scheduledAt: wakeAt,
    saved: hasChanged ? writeSaved(ctx, decider.fold.save()) : head.saved,
    hasChanged: head.hasChanged === true || changedStart !== undefined,
  });
  if (decider.hasChildRuns && hasChanged) writeFacts(ctx, decider.facts);
  if (isScheduled) return generation;
  const delay = Math.max(0, Math.ceil(wakeAt - (await ctx.date.now())));
  ctx.objectSendClient<RunCalls>(RUN, ctx.key).drive(undefined, restate.rpc.sendOpts({ delay }));
  return generation;
}

async function openDecider(
  ctx: restate.ObjectContext,
  start: StartMessage,
  host: DecideHost,
  head: SegmentHead,
  options: { readonly isStopping: () => boolean },
): Promise<RunDecider> {
  const ids = { next: () => ctx.rand.uuidv4() };
  const parts = { host, chances: ctx.rand };
  if (head.saved === undefined) {
    const fold = new RunFold(runStartOf(start), ids, undefined, options);
    fold.begin(start.createdAt);
    return new RunDecider(start, fold, 0, parts);
  }
  const saved = await readSaved(ctx, head.saved);
  const current = head.hasChanged === true ? await readCurrent(ctx) : undefined;
  const fold = RunFold.restore(current ?? runStartOf(start), ids, saved, options);
  if (!usesChildRuns(fold.start.definition)) return new RunDecider(start, fold, saved.seq, parts);
  const facts = await readFacts(ctx);
  const decider = new RunDecider(start, fold, saved.seq, { ...parts, facts });
  decider.isByUser = head.isByUser === true;
  return decider;
}

// The attempt of the parent that waits for this run continues.
function announceRest(
  ctx: restate.ObjectContext,
  { fold, seq, start }: RunDecider,
  { artifacts }: DecideHost,
): void {
  const { parent, runId } = start;
  if (parent === undefined) return;
  const { machine } = fold;
  const { definition } = fold.start;
  const rest = restOfChild({ ending: endingOfMachine(runId, machine), machine, definition });
  const text = JSON.stringify(rest);
  const isLong = text.length > MAX_REST_CHARS;
  writeRest(ctx, { seq, rest: isLong ? { stored: artifacts.put(text).sha256 } : rest });
  const inbox = ctx.objectSendClient<InboxCalls>(INBOX, parent.runId);
  inbox.rested({ stepId: parent.stepId, runId, status: rest.status });
}

async function childState(
  ctx: restate.ObjectSharedContext,
  parentRunId: string,
): Promise<ChildState | null> {
  const start = await readStart(ctx);
  if (start?.parent?.runId !== parentRunId) return null;
  const rested = await readRest(ctx);
  const row = await readRow(ctx);
  const { status, finishedAt, written, journalSeq } = row ?? { status: "running" };
  // The row is newer while a segment continues the run.
  const isAtRest = written?.release === true && rested !== undefined && rested.seq === journalSeq;
  return {
    ...{ status, definitionHash: start.definition.hash, inputs: start.inputs },
    referenceKey: start.referenceKey,
    ...(finishedAt !== undefined && { finishedAt }),
    ...(isAtRest && { rest: rested.rest }),
  };
}

// A start with the id of the run is compared with what the run has now.
function announceChange(
  ctx: restate.ObjectContext,
  { fold, start: { parent } }: RunDecider,
  { definitions = [] }: RowPart,
): void {
  const definition = definitions.at(-1);
  if (definition === undefined) return;
  writeDefinitions(ctx, definitions.slice(0, -1));
  const { inputs, context } = fold.start;
  const identity = identityOf({ definition, inputs, context, ...(parent && { parent }) });
  ctx.objectSendClient<InboxCalls>(INBOX, ctx.key).amended(identity);
}

// Where the rows of a run are kept does not change when workers with other settings continue it.
function sinkOf(
  { sink }: DecideHost,
  runId: string,
  keepsRows: boolean | undefined,
): RowSink | undefined {
  if (keepsRows === true) return undefined;
  if (keepsRows === undefined || sink !== undefined) return sink;
  throw new Error(
    `The rows of run ${runId} are in the database of the worker that began it, and this worker ` +
      "has none: start its workers with the same --sink.",
  );
}

async function publish(
  ctx: restate.ObjectContext,
  sink: RowSink | undefined,
  row: RunRow,
): Promise<void> {
  if (sink === undefined) return;
  const damage = await ctx.run("published", () => sink.flush(row.runId) ?? null);
  if (damage !== null) writeRow(ctx, { ...row, damage });
}

function firstRow(start: StartMessage, keepsRows: boolean | undefined): RunRow {
  const { runId, definition, createdAt, startedFrom, parent } = start;
  const { workflowId, name, version, stepCount } = definition;
  return {
    ...{ runId, workflowId, workflowName: name, workflowVersion: version, stepCount, createdAt },
    ...{ state: "idle", status: "running", updatedAt: createdAt, journalSeq: 0 },
    ...(startedFrom !== undefined && { startedFrom }),
    ...(parent !== undefined && { parentRunId: parent.runId, parentStepId: parent.stepId }),
    ...(keepsRows !== undefined && { keepsRows }),
  };
}

function rowAfter(
  { finishedAt: _, error: __, errorCode: ___, ...row }: RunRow,
  { afterSeq, entries, run, definitions }: RowPart,
): RunRow {
  const { state, updatedAt, finishedAt, error, errorCode } = run as NonNullable<RowPart["run"]>;
  const definition = definitions?.at(-1);
  return {
    ...row,
    ...(definition !== undefined && {
      workflowName: definition.name,
      workflowVersion: definition.version,
      stepCount: definition.stepCount,
    }),
    ...{ state, status: statusOf(state), updatedAt },
    journalSeq: entries.at(-1)?.seq ?? afterSeq,
    ...(finishedAt !== undefined && { finishedAt }),
    ...(error !== undefined && { error }),
    ...(errorCode !== undefined && { errorCode }),
    written: run as NonNullable<RowPart["run"]>,
  };
}
