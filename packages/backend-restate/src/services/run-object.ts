import { ChildAttempt } from "../children/ChildAttempt.js";
import { childState } from "../children/child-rest.js";
import { endChildren } from "../children/end-children.js";
import type { DecideHost } from "../decide/DecideHost.js";
import { beginRun, driveRun, sinkOf } from "../decide/drive-segment.js";
import { readParts, readTail } from "../decide/row-pages.js";
import { readCurrent, readRow, readStart, readWholeStart } from "../decide/run-state.js";
import { RUN_OBJECT } from "../names.js";
import { asWritten } from "../rows/as-written.js";
import { runStartOf } from "../rows/new-run.js";
import type {
  BeginMessage,
  ChildAnswer,
  ChildMessage,
  ChildState,
  PresentRun,
  RowsAnswer,
  RowsMessage,
  RunRow,
} from "../wire.js";
import { restate } from "./sdk.js";
import { RUN_OPTIONS } from "./settings.js";

/** One answer with rows has at most this many parts, and about this many characters. */
const PAGE = { parts: 500, chars: 4 * 1024 * 1024 };

/** The virtual object of a run. */
export function runObjectOf(host: DecideHost) {
  return restate.object({
    name: RUN_OBJECT,
    options: RUN_OPTIONS,
    handlers: {
      /** Begins a run; called once, by the inbox. */
      begin: async (ctx: restate.ObjectContext, message: BeginMessage): Promise<void> =>
        beginRun(ctx, host, message),

      /** Performs one segment of the run; none if another one has followed the segment `after`. */
      drive: async (ctx: restate.ObjectContext, after?: number): Promise<void> =>
        driveRun(ctx, host, after),

      /** Returns the run as it was when its row last changed; null if it does not exist. */
      row: restate.handlers.object.shared(
        async (ctx: restate.ObjectSharedContext): Promise<RunRow | null> => readRow(ctx),
      ),

      /** Returns the rows after an entry, as far as they fit; null if the run does not exist. */
      rows: restate.handlers.object.shared(
        async (
          ctx: restate.ObjectSharedContext,
          { afterSeq, collectMs }: RowsMessage,
        ): Promise<RowsAnswer | null> => {
          const hasWaited =
            collectMs !== undefined &&
            (await host.live.untilNews(
              ctx.key,
              { afterSeq, collectMs },
              ctx.request().attemptCompletedSignal,
            ));
          const isFollower = collectMs !== undefined;
          const answer = await readRows(ctx, host, { afterSeq, isFollower });
          return answer !== null && hasWaited ? { ...answer, hasWaited } : answer;
        },
      ),

      /** Returns what the run has now: its definition, inputs and context. */
      present: restate.handlers.object.shared(
        async (ctx: restate.ObjectSharedContext): Promise<PresentRun | null> => {
          const start = await readStart(ctx);
          if (start === null) return null;
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

async function readRows(
  ctx: restate.ObjectSharedContext,
  host: DecideHost,
  { afterSeq, isFollower }: { readonly afterSeq: number; readonly isFollower: boolean },
): Promise<RowsAnswer | null> {
  // Requested together, because each answer is a round trip. A definition may have a megabyte, and
  // a follower needs none.
  const requested = {
    kept: host.sink === undefined ? readTail(ctx) : undefined,
    start: afterSeq === 0 && !isFollower ? readWholeStart(ctx) : undefined,
  };
  let tail = await requested.kept;
  const start = await requested.start;
  const row = tail?.row ?? (await readRow(ctx));
  if (row === null) return null;
  const answer = { row, ...(start != null && { start }) };
  const sink = sinkOf(host, row.runId, row.keepsRows);
  if (sink !== undefined) return { ...answer, ...sink.readParts(ctx.key, afterSeq, PAGE) };
  // The row comes first, so that the parts are at least as new.
  tail ??= await readTail(ctx);
  const { parts, hasMore } = await readParts(ctx, tail, afterSeq, PAGE);
  return { ...answer, hasMore, parts: parts.map((part) => asWritten(part, host.artifacts)) };
}
