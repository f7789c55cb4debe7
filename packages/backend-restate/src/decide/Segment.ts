import { failure, reconciledStep } from "@automatosx/workflow/drive";
import { RunQueries } from "@automatosx/workflow/hosting";
import { agentService } from "../names.js";
import { INBOX, type InboxCalls, RUN, type RunCalls } from "../services/faces.js";
import { restate } from "../services/sdk.js";
import {
  type AttemptAnswer,
  type AttemptMessage,
  type ChildAnswer,
  type CommandOutcome,
  nameOf,
  type QueuedCommand,
  type QueuedMessage,
} from "../wire.js";
import { ChildCalls } from "./ChildCalls.js";
import type { DecideHost } from "./DecideHost.js";
import { performCommand } from "./perform-command.js";
import { Relatives } from "./Relatives.js";
import type { RunDecider, Stopped } from "./RunDecider.js";
import type { ChildWait, SegmentHead } from "./run-state.js";
import type { Listener, SegmentOutside } from "./SegmentOutside.js";

/** What the segment waits for, settled. */
interface Happened {
  readonly key: string;
  readonly handle: (value: unknown, error: restate.TerminalError | undefined) => void;
  readonly value: unknown;
  readonly error: restate.TerminalError | undefined;
}

interface Call {
  readonly promise: restate.InvocationPromise<AttemptAnswer>;
  stopped: Stopped | undefined;
}

/** An attempt that the run has begun, and that has not been called yet. */
interface Waiting {
  readonly stepId: string;
  readonly attemptNumber: number;
}

/** How many attempts of a run are called at once: each event is compared with all of them. */
const MAX_CALLS = 200;

const LISTENING = "commands";
const ENDING = "children";
const TIME = "time";

const JSON_SERDE: unknown = restate.serde.json;

/**
 * Drives a run for a while: performs its effects, and gives it what happens, in the order in which
 * the server has recorded it. A replay does exactly the same, so nothing may be awaited in it but
 * promises of the server, one at a time.
 */
export class Segment {
  readonly #ctx: restate.ObjectContext;
  readonly #decider: RunDecider;
  readonly #host: DecideHost;
  readonly #outside: SegmentOutside;
  readonly #relatives: Relatives;
  readonly #children: ChildCalls;
  /** What may happen next, by its key. */
  readonly #pending = new Map<string, restate.RestatePromise<Happened>>();
  /**
   * The attempts that have not settled, by step; undefined for those that wait for child runs. The
   * run may no longer wait for some of them.
   */
  readonly #calls = new Map<string, Call | undefined>();
  /** Attempts that wait until another one has stopped, by the step of that one. */
  readonly #delayed = new Map<string, Waiting[]>();
  /** Attempts beyond `MAX_CALLS`, oldest first. */
  readonly #waiting: Waiting[] = [];
  readonly #cancelled: Call[] = [];
  /** Attempts that start child runs, before the first of which the rows of the run are written. */
  readonly #unwritten: Waiting[] = [];
  #isWritten: boolean;
  #isEndingChildren = false;
  /** Absent until the inbox has been asked for commands. */
  #listener: Listener | undefined;
  #isStoppingAgents = false;
  #isTimeUp = false;
  #events = 0;

  /** `waits` is what an earlier segment has left, `listener` what the inbox has been given already. */
  constructor(
    ctx: restate.ObjectContext,
    decider: RunDecider,
    host: DecideHost,
    outside: SegmentOutside,
    waits?: Readonly<Record<string, ChildWait>>,
    listener?: Listener,
  ) {
    this.#ctx = ctx;
    this.#decider = decider;
    this.#host = host;
    this.#outside = outside;
    this.#relatives = new Relatives(ctx, decider);
    this.#children = new ChildCalls(ctx, decider, this.#relatives, waits);
    this.#isWritten = outside.written === undefined;
    this.#listener = listener;
  }

  /** True if the run needs another segment now. */
  get continues(): boolean {
    return !this.#isAtRest;
  }

  /** Whether attempts have been called and have not settled. */
  get hasCalls(): boolean {
    return this.#calls.size > 0 || this.#isEndingChildren;
  }

  /** What the next segment needs besides the fold. */
  get left(): Omit<SegmentHead, "generation" | "saved"> {
    const { waits } = this.#children;
    const stopped = [...this.#calls].flatMap(([id, call]) =>
      call?.stopped === undefined ? [] : [[id, call.stopped] as const],
    );
    return {
      called: [...this.#calls.keys()],
      ...(stopped.length > 0 && { stopped: Object.fromEntries(stopped) }),
      ...(this.#isStoppingAgents && { isStoppingAgents: true }),
      ...(waits !== undefined && this.continues && { waits }),
      // Whatever resumes a run at rest sets it again.
      ...(this.#decider.isByUser && this.continues && { isByUser: true }),
      ...(this.#isEndingChildren && { isEndingChildren: true }),
    };
  }

  /**
   * Meets what an earlier segment has left: attempts in flight, those that it had `called` first,
   * and timers. Resumes a run that has waited for an instant.
   */
  resume(now: number, head: SegmentHead): void {
    const { called, stopped = {}, isEndingChildren = false, isStoppingAgents = false } = head;
    const { wakeAt } = this.#decider;
    if (wakeAt !== undefined && wakeAt <= now) this.#relatives.continueWaiting(now);
    if (isEndingChildren) this.#endChildren();
    const { fold } = this.#decider;
    const { machine } = fold;
    const before = new Set(called);
    const running = fold.running();
    this.#children.keep(new Set(running.map(({ id }) => id)));
    // Under its key, a call meets the same attempt again.
    for (const { id, attemptNumber } of [
      ...running.filter((step) => before.has(step.id)),
      ...running.filter((step) => !before.has(step.id)),
    ])
      this.#call(id, attemptNumber);
    this.#isStoppingAgents = isStoppingAgents;
    for (const [id, reason] of Object.entries(stopped)) {
      const call = this.#calls.get(id);
      if (call !== undefined) call.stopped = reason;
    }
    for (const { retryAt } of fold.waiting()) if (retryAt !== undefined) this.#wakeAt(retryAt, now);
    const next = RunQueries.nextDueAt(machine);
    if (next !== undefined && !this.#isAtRest) this.#wakeAt(next, now);
  }

  /** Runs until the run comes to rest, or the segment has lasted long enough. */
  async run(): Promise<void> {
    const time = this.#ctx.sleep(this.#host.segmentMs);
    this.#expect(TIME, time, () => {
      this.#isTimeUp = true;
    });
    if (this.#listener === undefined) await this.#arrive();
    else this.#listen(this.#listener);
    for (;;) {
      this.#performTurns();
      for (const { promise } of this.#cancelled.splice(0))
        this.#ctx.cancel(await promise.invocationId);
      await this.#callChildren();
      if (this.#mustEnd) break;
      const happened = await restate.RestatePromise.race([...this.#pending.values()]);
      this.#pending.delete(happened.key);
      this.#events += 1;
      happened.handle(happened.value, happened.error);
    }
    if (!this.#isAtRest) return;
    // The row of a run at rest has what the run has used.
    this.#outside.publish(this.#decider.takeTurn().part);
    // The next segment of any other run takes the commands that this one has not performed.
    this.#ctx
      .objectSendClient<InboxCalls>(INBOX, this.#ctx.key)
      .leave({ listener: this.#listener?.id ?? "" });
  }

  get #isAtRest(): boolean {
    return this.#decider.fold.isAtRest && !this.hasCalls;
  }

  get #mustEnd(): boolean {
    return this.#isAtRest || this.#isTimeUp || this.#events >= this.#host.segmentEvents;
  }

  #expect<T>(
    key: string,
    promise: restate.RestatePromise<T>,
    handle: (value: T, error: restate.TerminalError | undefined) => void,
  ): void {
    const handleAny = handle as Happened["handle"];
    this.#pending.set(
      key,
      promise.map((value, error): Happened => ({ key, handle: handleAny, value, error })),
    );
  }

  // --- effects

  #performTurns(): void {
    const { fold } = this.#decider;
    while (fold.isPending) {
      const { part, effects } = this.#decider.takeTurn();
      this.#outside.publish(part);
      for (const effect of effects) {
        switch (effect.type) {
          case "run_step":
            this.#dispatch(effect.stepId, effect.attemptNumber);
            break;
          case "start_later":
          case "wake_at":
            this.#wakeAt(effect.dueAt, this.#decider.now);
            break;
          case "abort_steps":
            for (const stepId of effect.stepIds) this.#stop(stepId, "cancelled");
            break;
          case "finish_run":
            // A failed run keeps its child runs, because it may be resumed.
            if (effect.state !== "failed" && this.#decider.hasChildRuns) this.#endChildren();
            break;
          default:
            // Questions and the end of the run are in its rows.
            break;
        }
      }
    }
  }

  #dispatch(stepId: string, attemptNumber: number): void {
    const before = [stepId, reconciledStep(stepId)].find(
      (id) => id !== undefined && this.#calls.has(id),
    );
    if (before === undefined) {
      this.#call(stepId, attemptNumber);
      return;
    }
    const delayed = this.#delayed.get(before) ?? [];
    this.#delayed.set(before, delayed);
    delayed.push({ stepId, attemptNumber });
  }

  #call(stepId: string, attemptNumber: number): void {
    const decider = this.#decider;
    const performer = decider.performerOf(stepId, attemptNumber);
    if (performer === undefined) return;
    if (this.#isStoppingAgents && RunQueries.state(decider.fold.machine) === "paused") {
      const lost = failure("the engine was stopped", "interrupted", decider.now);
      decider.record({ stepId, attemptNumber }, lost, undefined);
      return;
    }
    if (this.#calls.size >= MAX_CALLS) {
      this.#waiting.push({ stepId, attemptNumber });
      return;
    }
    const message = decider.message(stepId, attemptNumber);
    if (message === undefined) return;
    if (performer.isChild && !this.#isWritten) {
      this.#unwritten.push({ stepId, attemptNumber });
      return;
    }
    if (performer.isChild) this.#callChild(message);
    else this.#callAgent(message, performer.agentId);
  }

  #callAgent(message: AttemptMessage, agentId: string): void {
    const { stepId } = message;
    const promise = this.#ctx.genericCall<AttemptMessage, AttemptAnswer>({
      ...{ service: agentService(agentId), method: "attempt", parameter: message },
      inputSerde: JSON_SERDE as restate.Serde<AttemptMessage>,
      outputSerde: JSON_SERDE as restate.Serde<AttemptAnswer>,
      idempotencyKey: message.idempotencyKey,
    });
    const call: Call = { promise, stopped: undefined };
    this.#calls.set(stepId, call);
    this.#expect(`call:${stepId}`, promise, (answer, error) =>
      this.#settle(message, answer ?? lostAnswer(error, this.#decider), call.stopped),
    );
  }

  #callChild(message: AttemptMessage): void {
    const { stepId, attemptNumber } = message;
    const promise = this.#children.call(message);
    this.#calls.set(stepId, undefined);
    this.#expect<ChildAnswer>(`call:${stepId}`, promise, (given, error) => {
      const answer = given ?? lostAnswer(error, this.#decider);
      if ("continues" in answer) {
        this.#children.continues(stepId, answer);
        this.#callChild(message);
        return;
      }
      const wait = this.#children.settled(stepId);
      this.#settle(message, answer, wait?.stopped);
      if (wait?.isRejoined !== true || answer.ok || answer.reason !== "waiting") return;
      const { fold, now } = this.#decider;
      if (fold.request(stepId, attemptNumber) === undefined)
        fold.tell({ type: "resume_workflow" }, now);
    });
  }

  // Records the outcome of a call, and calls what has waited for it.
  #settle(
    { stepId, attemptNumber }: AttemptMessage,
    answer: AttemptAnswer,
    stopped: Stopped | undefined,
  ): void {
    this.#calls.delete(stepId);
    this.#decider.record({ stepId, attemptNumber }, answer, stopped);
    const delayed = this.#delayed.get(stepId) ?? [];
    this.#delayed.delete(stepId);
    for (const next of delayed) this.#dispatch(next.stepId, next.attemptNumber);
    this.#callWaiting();
  }

  // The row of a child run refers to that of its parent.
  async #callChildren(): Promise<void> {
    if (this.#unwritten.length === 0) return;
    await this.#outside.written?.();
    this.#isWritten = true;
    for (const { stepId, attemptNumber } of this.#unwritten.splice(0))
      this.#dispatch(stepId, attemptNumber);
  }

  #endChildren(): void {
    this.#isEndingChildren = true;
    const own = this.#ctx.objectClient<RunCalls>(RUN, this.#ctx.key);
    const ended = own.endChildren([...this.#calls.keys()]);
    this.#expect(ENDING, ended, (hasEnded) => {
      this.#isEndingChildren = false;
      if (!hasEnded) this.#endChildren();
    });
  }

  #callWaiting(): void {
    while (this.#calls.size < MAX_CALLS) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#dispatch(next.stepId, next.attemptNumber);
    }
  }

  #stop(stepId: string, reason: Stopped): void {
    this.#children.stop(stepId, reason);
    const call = this.#calls.get(stepId);
    if (call === undefined || call.stopped !== undefined) return;
    call.stopped = reason;
    this.#cancelled.push(call);
  }

  #wakeAt(dueAt: number, now: number): void {
    const key = `timer:${dueAt}`;
    if (this.#pending.has(key)) return;
    const timer = this.#ctx.sleep(Math.max(0, Math.ceil(dueAt - now)));
    this.#expect(key, timer, () => this.#decider.fold.wake(this.#decider.atLeastNow(dueAt)));
  }

  // --- commands

  // A run at rest has been woken for the commands, and would end the segment without them.
  async #arrive(): Promise<void> {
    this.#performTurns();
    const listener = this.#ctx.awakeable<QueuedMessage[]>();
    const inbox = this.#ctx.objectClient<InboxCalls>(INBOX, this.#ctx.key);
    const commands = await inbox.arrive({ listener: listener.id });
    if (commands.length === 0) this.#listen(listener);
    else this.#performAll(commands);
  }

  #listen(listener: Listener): void {
    this.#listener = listener;
    this.#expect(LISTENING, listener.promise, (commands) => {
      // A worker that is being replaced ends its segments so.
      if (commands.length === 0) this.#isTimeUp = true;
      else this.#performAll(commands);
    });
  }

  // Performs messages, and asks for the next ones.
  #performAll(messages: readonly QueuedMessage[]): void {
    this.#obey(messages);
    const listener = this.#ctx.awakeable<QueuedMessage[]>();
    const performed = messages.map(nameOf);
    this.#ctx
      .objectSendClient<InboxCalls>(INBOX, this.#ctx.key)
      .take({ listener: listener.id, performed });
    this.#listen(listener);
  }

  #obey(messages: readonly QueuedMessage[]): void {
    for (const message of messages) {
      if ("news" in message) {
        const isInFlight = (stepId: string): boolean => this.#children.has(stepId);
        if (this.#relatives.hear(message, isInFlight)) this.#children.rejoin(message.stepId);
      } else this.#perform(message);
      this.#performTurns();
    }
  }

  #perform({ answerTo, sentAt, fromParent, ...message }: QueuedCommand): void {
    const decider = this.#decider;
    if (fromParent !== undefined && fromParent.runId !== decider.start.parent?.runId) return;
    if (fromParent?.isOnce === true && RunQueries.isCancelling(decider.fold.machine)) return;
    const { command } = message;
    const { verb } = command;
    if (verb === "resume") {
      this.#isStoppingAgents = false;
      decider.isByUser ||= fromParent === undefined || fromParent.isByUser === true;
    }
    const stoppedBefore = this.#children.stopped;
    const outcome = performCommand(decider, message, sentAt, () => this.#stopAgents());
    this.#performTurns();
    if (outcome.ok) {
      this.#children.told(command, stoppedBefore);
      // An edit may have given it something to do too, but then a person says when it continues.
      if (verb === "answer" || verb === "signal") this.#relatives.continueWaiting(sentAt);
      else if (verb === "resume" && fromParent === undefined) this.#relatives.resumed(sentAt);
    }
    this.#performTurns();
    if (answerTo !== undefined) this.#ctx.resolveAwakeable<CommandOutcome>(answerTo, outcome);
  }

  #stopAgents(): void {
    this.#isStoppingAgents = true;
    for (const stepId of this.#calls.keys()) this.#stop(stepId, "interrupted");
    for (const { stepId, attemptNumber } of this.#waiting.splice(0))
      this.#call(stepId, attemptNumber);
  }
}

// A call fails if it was cancelled before the worker had begun, or was killed by a person.
function lostAnswer(error: restate.TerminalError | undefined, decider: RunDecider): AttemptAnswer {
  const why = error?.message ?? "it has no outcome";
  return failure(`the attempt was ended: ${why}`, "interrupted", decider.now);
}
