import { statusOf } from "@automatosx/schemas/run-status";
import { RunFold } from "@automatosx/workflow/drive";
import { usesChildRuns } from "@automatosx/workflow/hosting";
import { announceRest } from "../children/child-rest.js";
import { CORE_FORMAT, canFold } from "../core-format.js";
import { runStartOf } from "../rows/new-run.js";
import type { RowSink } from "../rows/RowSink.js";
import { INBOX, type InboxCalls, RUN, type RunCalls } from "../services/faces.js";
import { restate } from "../services/sdk.js";
import { identityOf } from "../services/start-identity.js";
import type { BeginMessage, QueuedMessage, RowPart, RunRow, StartMessage } from "../wire.js";
import type { DecideHost } from "./DecideHost.js";
import { RunDecider } from "./RunDecider.js";
import { RowPages, readTail } from "./row-pages.js";
import {
  readCurrent,
  readFacts,
  readHead,
  readRow,
  readSaved,
  readStart,
  type SegmentHead,
  writeCurrent,
  writeDefinitions,
  writeFacts,
  writeHead,
  writeRow,
  writeSaved,
  writeStart,
} from "./run-state.js";
import { Segment } from "./Segment.js";
import type { Listener, SegmentOutside } from "./SegmentOutside.js";

/** Stores a new run, and performs its first segment. */
export async function beginRun(
  ctx: restate.ObjectContext,
  host: DecideHost,
  { start, keepsRows, answerTo }: BeginMessage,
): Promise<void> {
  const head = writeStart(ctx, start, firstRow(start, keepsRows));
  const listener = ctx.awakeable<QueuedMessage[]>();
  // Before anything can fail: the client waits until the run can be read.
  ctx.resolveAwakeable(answerTo, listener.id);
  await performSegment(ctx, host, { start, head }, listener);
}

/** Performs one segment of a run; none if another one has followed the segment `after`. */
export async function driveRun(
  ctx: restate.ObjectContext,
  host: DecideHost,
  after: number | undefined,
): Promise<void> {
  // Requested together, because each answer is a round trip.
  const requested = { start: readStart(ctx), head: readHead(ctx) };
  const start = await requested.start;
  const head = await requested.head;
  if (start === null || head === null) return;
  // A command may have started another segment since; that one continues the run.
  if (after !== undefined && after !== head.generation) return;
  await performSegment(ctx, host, { start, head });
}

/** What is stored of a run at the start of a segment. */
interface StoredRun {
  readonly start: StartMessage;
  readonly head: SegmentHead;
}

async function performSegment(
  ctx: restate.ObjectContext,
  host: DecideHost,
  { start, head }: StoredRun,
  listener?: Listener,
): Promise<void> {
  const sink = sinkOf(host, start.runId, head.keepsRows);
  if (!canFold(start.coreFormat))
    throw new Error(
      `Run ${start.runId} has the core format ${start.coreFormat}, and this worker can fold ` +
        `${CORE_FORMAT}: it needs a worker of the version that began it.`,
    );
  let segment: Segment | undefined;
  const isStopping = () => segment?.hasCalls === true;
  const decider = await openDecider(ctx, start, host, head, { isStopping });
  let row = (head.saved && (await readRow(ctx))) ?? firstRow(start, head.keepsRows);
  const pages = sink ?? new RowPages(ctx, head.saved === undefined ? null : await readTail(ctx));
  const hasReached = host.live.enter(start.runId, ctx.request().attemptCompletedSignal);
  const publishTurn = (part: RowPart): void => {
    if (part.run !== undefined) {
      row = rowAfter(row, part);
      writeRow(ctx, row);
    }
    if (pages instanceof RowPages) pages.write(part, row);
    else pages.publish(start, part);
    announceChange(ctx, decider, part);
    hasReached(part.entries.at(-1)?.seq ?? part.afterSeq);
  };
  const outside: SegmentOutside = {
    publish: publishTurn,
    written: sink && (async () => publish(ctx, sink, row)),
  };
  segment = new Segment(ctx, decider, host, outside, head.waits, listener);
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
  const current = head.hasChanged === true ? await readCurrent(ctx) : null;
  const fold = RunFold.restore(current ?? runStartOf(start), ids, saved, options);
  if (!usesChildRuns(fold.start.definition)) return new RunDecider(start, fold, saved.seq, parts);
  const facts = await readFacts(ctx);
  const decider = new RunDecider(start, fold, saved.seq, { ...parts, facts });
  decider.isByUser = head.isByUser === true;
  return decider;
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
export function sinkOf(
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

/** The row of a run as it began. */
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
