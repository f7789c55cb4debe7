import type { RunCommand } from "@automatosx/workflow";
import { failure, outcomeOfStop, stopMessage } from "@automatosx/workflow/drive";
import { WorkflowError } from "@automatosx/workflow/errors";
import {
  type ChildRest,
  checkDepth,
  childRunId,
  fitsChild,
  hasEnded,
  hasFailedSince,
  isSpent,
  outcomeOfChild,
  readChild,
  startingAttempt,
  usedSince,
} from "@automatosx/workflow/hosting";
import { readArtifact } from "../attempts/ArtifactStore.js";
import { requestOf, sendable } from "../attempts/attempt-content.js";
import { resolved } from "../attempts/references.js";
import type { DecideHost } from "../decide/DecideHost.js";
import { readDefinition, readStart } from "../decide/run-state.js";
import { INBOX, type InboxCalls, RUN, type RunCalls } from "../services/faces.js";
import { restate } from "../services/sdk.js";
import type {
  AttemptAnswer,
  ChildAnswer,
  ChildLeg,
  ChildMessage,
  ChildState,
  CommandOutcome,
  StoredRest,
} from "../wire.js";
import { childStart } from "./child-start.js";
import { type ChildRef, HANDED_OVER } from "./family-messages.js";

type Child = Exclude<ReturnType<typeof readChild>, string>;

/**
 * One attempt at a step that runs a workflow of its own, as the embedded engine makes it: starts
 * the run or joins it, and waits until it has ended or is paused. It runs beside the segments of
 * the parent. What happens to the parent, its segment passes on to the child run.
 *
 * A replay must do the same, so nothing is awaited but promises of the server.
 */
export class ChildAttempt {
  readonly #ctx: restate.ObjectSharedContext;
  readonly #host: DecideHost;
  readonly #message: ChildMessage;
  #timeUp: restate.RestatePromise<number> | undefined;

  constructor(ctx: restate.ObjectSharedContext, host: DecideHost, message: ChildMessage) {
    this.#ctx = ctx;
    this.#host = host;
    this.#message = message;
  }

  /** Returns the outcome, or where the next call of the attempt continues. */
  async perform(): Promise<ChildAnswer> {
    try {
      const leg = this.#message.leg ?? (await this.#begin());
      return "childId" in leg ? await this.#untilAtRest(leg) : leg;
    } catch (error) {
      // An artifact that cannot be read now is waited for: a replay may find it.
      if (!(error instanceof WorkflowError) || error.code === "internal") throw error;
      return failure(error.message, "invalid", await this.#ctx.date.now());
    }
  }

  // --- the choice of the run

  async #begin(): Promise<ChildLeg | AttemptAnswer> {
    const { stepId, attemptNumber, facts } = this.#message;
    const child = await this.#read();
    const now = await this.#ctx.date.now();
    if (typeof child === "string") return failure(child, "expression", now);
    // Nothing of the step can exist before its first attempt.
    const known = attemptNumber === 1 ? [] : await this.#inbox().children(stepId);
    const latest = known.at(-1);
    const state = latest === undefined ? null : await this.#state(latest.runId);
    const isJoined =
      latest !== undefined &&
      latest.isCancelled !== true &&
      (state === null ||
        (fitsChild(state, { definitionHash: child.stored.hash, inputs: child.inputs }) &&
          !isSpent(facts, startingAttempt(latest.runId))));
    const childId = isJoined ? latest.runId : this.#newId(known);
    const { runId } = this.#message;
    for (const run of known)
      if (run.runId !== childId && !isOver(run)) cancelLeftOver(this.#ctx, runId, run, now);
    const begun = { number: 1, childId, hasJoined: true, rests: 0 };
    return isJoined && state !== null
      ? this.#joinRun({ ...begun, hasJoined: false }, state)
      : this.#startRun(begun, child);
  }

  #newId(known: readonly ChildRef[]): string {
    const { runId, stepId, attemptNumber } = this.#message;
    return childRunId(runId, stepId, known.length === 0 ? undefined : attemptNumber);
  }

  async #joinRun(leg: ChildLeg, state: ChildState): Promise<ChildLeg | AttemptAnswer> {
    const { rests, told } = await this.#join(leg.childId);
    const joined = { ...leg, rests };
    const command = lastOf(told);
    if (command === undefined || command.verb === "resume") return joined;
    if (command.verb === "cancel") {
      if (!hasEnded(state)) await this.#tell(leg.childId, command);
      return { ...joined, isStopped: true };
    }
    if (state.rest !== undefined && !hasEnded(state)) return this.#stopped("interrupted");
    await this.#tell(leg.childId, command);
    return joined;
  }

  async #startRun(leg: ChildLeg, child: Child): Promise<ChildLeg | AttemptAnswer> {
    const { runId, stepId, attemptNumber } = this.#message;
    const others = [leg.childId, childRunId(runId, stepId, attemptNumber)];
    let differences: readonly string[] = [];
    // A user may have started a run with the first id.
    for (const childId of new Set(others)) {
      const { rests, told } = await this.#join(childId);
      const command = lastOf(told);
      if (command?.verb === "cancel") return this.#stopped("cancelled");
      if (command?.verb === "pause") return this.#stopped("interrupted");
      const answer = await this.#start(childId, child);
      if (answer.ok) return { ...leg, childId, rests };
      await this.#inbox().forget({ stepId, attemptNumber, runId: childId });
      differences = answer.differences;
    }
    const because = differences.join(" and ");
    const now = await this.#ctx.date.now();
    return failure(
      `its run cannot be started: another one has its id, with ${because}`,
      "invalid",
      now,
    );
  }

  async #start(childId: string, child: Child) {
    const { runId, stepId } = this.#message;
    const { parent, startedFrom } = (await readStart(this.#ctx)) ?? {};
    const depth = (parent?.depth ?? 0) + 1;
    checkDepth(requestOf(this.#message, this.#host.artifacts), depth);
    const start = await childStart(
      {
        ...{ ...child, runId: childId, startedFrom, parent: { runId, stepId, depth } },
        createdAt: await this.#ctx.date.now(),
        referenceKey: this.#ctx.rand.uuidv4(),
      },
      (hash) => readDefinition(this.#ctx, hash),
    );
    return this.#inbox(childId).start(start);
  }

  async #read(): Promise<Child | string> {
    const request = requestOf(this.#message, this.#host.artifacts);
    const stored = await readDefinition(this.#ctx, request.workflow?.hash ?? "");
    return readChild(request, () => stored);
  }

  // --- the wait

  async #untilAtRest(begun: ChildLeg): Promise<ChildAnswer> {
    let leg = begun;
    for (;;) {
      const state = await this.#state(leg.childId);
      if (state === null)
        return failure("its run was removed", "invalid", await this.#ctx.date.now());
      if (state.rest !== undefined) {
        const rest = this.#restOf(state.rest, state.referenceKey);
        if (leg.isStopped !== true && !this.#mustResume(leg, rest, state.finishedAt))
          return this.#outcome(leg, rest, state.finishedAt);
        if (leg.isStopped !== true) {
          await this.#resume(leg.childId);
          leg = { ...leg, hasJoined: true };
          continue;
        }
        // A paused one is about to be cancelled.
        if (rest.status !== "paused") return this.#stopped("cancelled");
      }
      const rests = await this.#woken(leg);
      leg = { ...leg, hasJoined: true };
      if (rests === HANDED_OVER) return { continues: { ...leg, number: leg.number + 1 } };
      leg = { ...leg, rests };
    }
  }

  /** Whether a run at rest is to be resumed by this attempt. */
  #mustResume({ hasJoined }: ChildLeg, { status, pausedFor }: ChildRest, finishedAt = 0): boolean {
    if (hasJoined) return false;
    const { facts, resumesPaused } = this.#message;
    if (status === "failed") return hasFailedSince(facts, finishedAt);
    if (status !== "paused") return false;
    return pausedFor === "asked" ? resumesPaused : true;
  }

  /** Settles when a run of the step comes to rest, or when another call is to continue. */
  #woken({ rests }: ChildLeg): Promise<number> {
    const { runId, stepId, idempotencyKey: by } = this.#message;
    const { id: listener, promise } = this.#ctx.awakeable<number>();
    this.#inboxSend(runId).watch({ stepId, by, listener, after: rests });
    this.#timeUp ??= this.#ctx.sleep(this.#host.segmentMs).map(() => HANDED_OVER);
    return restate.RestatePromise.race([promise, this.#timeUp]);
  }

  async #outcome({ childId }: ChildLeg, rest: ChildRest, finishedAt = 0): Promise<AttemptAnswer> {
    const { attemptNumber, facts } = this.#message;
    // The clocks of two workers differ: a failure is recorded no earlier than its run has ended.
    const at = Math.max(await this.#ctx.date.now(), finishedAt);
    const before =
      attemptNumber === 1 ? { usd: 0, tokens: 0 } : usedSince(facts, startingAttempt(childId));
    return sendable(outcomeOfChild(rest, before, at), this.#message, this.#host.artifacts);
  }

  async #stopped(reason: "cancelled" | "interrupted"): Promise<AttemptAnswer> {
    return outcomeOfStop(reason, stopMessage(reason, {}), await this.#ctx.date.now());
  }

  // --- calls

  async #resume(childId: string): Promise<void> {
    const { runId, resumesPaused: isByUser } = this.#message;
    const { id: answerTo, promise } = this.#ctx.awakeable<CommandOutcome>();
    this.#inboxSend(childId).put({
      ...{ command: { verb: "resume" }, fromParent: { runId, isByUser }, answerTo },
      sentAt: await this.#ctx.date.now(),
    });
    // A run that refuses it has ended, or was resumed otherwise.
    await promise;
  }

  async #tell(childId: string, command: RunCommand): Promise<void> {
    const { runId } = this.#message;
    const sentAt = await this.#ctx.date.now();
    this.#inboxSend(childId).put({ command, sentAt, fromParent: { runId } });
  }

  /** Null if there is no such run, or another run or a user has started it. */
  #state(childId: string): Promise<ChildState | null> {
    return this.#ctx.objectClient<RunCalls>(RUN, childId).asChild(this.#message.runId);
  }

  #join(childId: string) {
    const { stepId, attemptNumber } = this.#message;
    return this.#inbox().join({ stepId, attemptNumber, runId: childId });
  }

  #restOf(stored: StoredRest, referenceKey: string): ChildRest {
    const read = (sha256: string): string => readArtifact(this.#host.artifacts, sha256);
    const rest = "stored" in stored ? (JSON.parse(read(stored.stored)) as ChildRest) : stored;
    return rest.result === undefined
      ? rest
      : { ...rest, result: resolved(rest.result, referenceKey, read) };
  }

  #inbox(runId = this.#message.runId) {
    return this.#ctx.objectClient<InboxCalls>(INBOX, runId);
  }

  #inboxSend(runId: string) {
    return this.#ctx.objectSendClient<InboxCalls>(INBOX, runId);
  }
}

/** Cancels a child run that is no longer needed, unless it is being cancelled. */
export function cancelLeftOver(
  ctx: restate.ObjectSharedContext,
  parentRunId: string,
  child: Pick<ChildRef, "runId">,
  sentAt: number,
): void {
  ctx.objectSendClient<InboxCalls>(INBOX, child.runId).put({
    command: { verb: "cancel", reason: "the run that started it needs it no longer" },
    ...{ sentAt, fromParent: { runId: parentRunId, isOnce: true } },
  });
}

/** Whether a run has ended, and cannot be resumed. */
export function isOver({ status }: ChildRef): boolean {
  return status !== undefined && hasEnded({ status });
}

/** What counts of the commands for an attempt: a cancellation, or else the last one. */
function lastOf(told: readonly RunCommand[]): RunCommand | undefined {
  return told.find(({ verb }) => verb === "cancel") ?? told.at(-1);
}
