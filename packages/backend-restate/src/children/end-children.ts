import type { DecideHost } from "../decide/DecideHost.js";
import { INBOX, type InboxCalls, RUN, type RunCalls } from "../services/faces.js";
import { restate } from "../services/sdk.js";
import { cancelLeftOver, isOver } from "./ChildAttempt.js";
import { type ChildRef, HANDED_OVER } from "./family-messages.js";

/**
 * Cancels the child runs of a run that has ended, and waits until they have ended, with their
 * handlers. Those of the steps `except` are cancelled by their attempts. Returns false if it is to
 * be called again: it lasts no longer than a segment.
 */
export async function endChildren(
  ctx: restate.ObjectSharedContext,
  host: DecideHost,
  except: readonly string[],
): Promise<boolean> {
  const runId = ctx.key;
  const children = await ctx.objectClient<InboxCalls>(INBOX, runId).children();
  // A failed run has no work left, and a later resume of it has no parent.
  const left = children.filter(
    (child) => !except.includes(child.stepId) && !isOver(child) && child.status !== "failed",
  );
  const now = await ctx.date.now();
  for (const child of left) cancelLeftOver(ctx, runId, child, now);
  const time = ctx.sleep(host.segmentMs).map(() => HANDED_OVER);
  for (const child of left) if (!(await hasEndedInTime(ctx, child, time))) return false;
  return true;
}

async function hasEndedInTime(
  ctx: restate.ObjectSharedContext,
  { runId: childId, stepId }: ChildRef,
  time: restate.RestatePromise<number>,
): Promise<boolean> {
  const runId = ctx.key;
  for (let rests = -1; ; ) {
    const state = await ctx.objectClient<RunCalls>(RUN, childId).asChild(runId);
    if (state === null || (state.rest !== undefined && state.status !== "paused")) return true;
    const { id: listener, promise } = ctx.awakeable<number>();
    const inbox = ctx.objectSendClient<InboxCalls>(INBOX, runId);
    inbox.watch({ stepId, by: "end", listener, after: rests });
    const woken = await restate.RestatePromise.race([promise, time]);
    if (woken === HANDED_OVER) return false;
    rests = woken;
  }
}
