import { endingOfMachine, restOfChild } from "@automatosx/workflow/hosting";
import type { DecideHost } from "../decide/DecideHost.js";
import type { RunDecider } from "../decide/RunDecider.js";
import { readRest, readRow, readStart, writeRest } from "../decide/run-state.js";
import { INBOX, type InboxCalls } from "../services/faces.js";
import type { restate } from "../services/sdk.js";
import type { ChildState } from "../wire.js";

/** How a longer child run came to rest is stored, and its state names it. */
const MAX_REST_CHARS = 512 * 1024;

/** A child run has come to rest: the attempt of its parent that waits for it continues. */
export function announceRest(
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

/** Returns a run for an attempt of its parent; null if it is no child run of that. */
export async function childState(
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
