import { failure, judgedStep } from "@automatosx/workflow/drive";
import { RunQueries } from "@automatosx/workflow/hosting";
import { agentService } from "../names.js";
import { INBOX, type InboxCalls } from "../services/faces.js";
import { restate } from "../services/sdk.js";
import type {
  AttemptAnswer,
  AttemptMessage,
  CommandOutcome,
  QueuedCommand,
  RowPart,
} from "../wire.js";
import type { DecideHost } from "./DecideHost.js";
import { performCommand } from "./perform-command.js";
import type { RunDecider, Stopped } from "./RunDecider.js";

/** What the segment waits for, settled. */
interface Happened {
  readonly key: string;
  readonly handle: (value: unknown, error: restate.TerminalError | undefined) => void;
  readonly value: unknown;
  readonly error: restate.TerminalError | undefined;
}

interface Call {
  readonly attemptNumber: number;
  readonly promise: restate.InvocationPromise<AttemptAnswer>;
  stopped: Stopped | undefined;
}

/** An awakeable that receives commands. */
export interface Listener {
  readonly id: string;
  readonly promise: restate.RestatePromise<QueuedCommand[]>;
}

/** An attempt that the run has begun, and that has not been called yet. */
interface Waiting {
  readonly stepId: string;
  readonly attemptNumber: number;
}

/** How many attempts of a run are called at once: each event is compared with all of them. */
const MAX_CALLS = 200;

const LISTENING = "commands";
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
  readonly #publish: (part: RowPart) => void;
  /** What may happen next, by its key. */
  readonly #pending = new Map<string, restate.RestatePromise<Happened>>();
  /** The attempts that have not settled, by step. The run may no longer wait for some of them. */
  readonly #calls = new Map<string, Call>();
  /** Attempts that wait until another one has stopped, by the step of that one. */
  readonly #delayed = new Map<string, Waiting[]>();
  /** Attempts beyond `MAX_CALLS`, oldest first. */
  readonly #waiting: Waiting[] = [];
  readonly #cancelled: Call[] = [];
  /** Absent until the inbox has been asked for commands. */
  #listener: Listener | undefined;
  #isStoppingAgents = false;
  #isTimeUp = false;
  #events = 0;

  /**
   * `publish` receives each turn of the run, before its effects are performed. `listener` is what
   * the inbox has been given already.
   */
  constructor(
    ctx: restate.ObjectContext,
    decider: RunDecider,
    host: DecideHost,
    publish: (part: RowPart) => void,
    listener?: Listener,
  ) {
    this.#ctx = ctx;
    this.#decider = decider;
    this.#host = host;
    this.#publish = publish;
    this.#listener = listener;
  }

  /** True if the run needs another segment now. */
  get continues(): boolean {
    return !this.#isAtRest;
  }

  /** Whether attempts have been called and have not settled. */
  get hasCalls(): boolean {
    return this.#calls.size > 0;
  }

  /** The steps whose attempts have been called and have not settled. */
  get called(): readonly string[] {
    return [...this.#calls.keys()];
  }

  /**
   * Meets what an earlier segment has left: attempts in flight, those that it had `called` first,
   * and timers.
   */
  resume(now: number, called: readonly string[]): void {
    const { fold } = this.#decider;
    const { machine } = fold;
    const before = new Set(called);
    const running = fold.running();
    // Under its key, a call meets the same attempt again.
    for (const { id, attemptNumber } of [
      ...running.filter((step) => before.has(step.id)),
      ...running.filter((step) => !before.has(step.id)),
    ])
      this.#call(id, attemptNumber);
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
      if (this.#mustEnd) break;
      const happened = await restate.RestatePromise.race([...this.#pending.values()]);
      this.#pending.delete(happened.key);
      this.#events += 1;
      happened.handle(happened.value, happened.error);
    }
    if (!this.#isAtRest) return;
    // The row of a run at rest has what the run has used.
    this.#publish(this.#decider.takeTurn().part);
    // The next segment of any other run takes the commands that this one has not performed.
    this.#ctx
      .objectSendClient<InboxCalls>(INBOX, this.#ctx.key)
      .leave({ listener: this.#listener?.id ?? "" });
  }

  get #isAtRest(): boolean {
    return this.#decider.fold.isAtRest && this.#calls.size === 0;
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
      this.#publish(part);
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
          default:
            // Questions and the end of the run are in its rows.
            break;
        }
      }
    }
  }

  #dispatch(stepId: string, attemptNumber: number): void {
    const before = [stepId, judgedStep(stepId)].find(
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
    const agentId = decider.agentOf(stepId, attemptNumber);
    if (agentId === undefined) return;
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
    const promise = this.#ctx.genericCall<AttemptMessage, AttemptAnswer>({
      ...{ service: agentService(agentId), method: "attempt", parameter: message },
      inputSerde: JSON_SERDE as restate.Serde<AttemptMessage>,
      outputSerde: JSON_SERDE as restate.Serde<AttemptAnswer>,
      idempotencyKey: message.idempotencyKey,
    });
    const call: Call = { attemptNumber, promise, stopped: undefined };
    this.#calls.set(stepId, call);
    this.#expect(`call:${stepId}`, promise, (answer, error) => {
      this.#calls.delete(stepId);
      decider.record({ stepId, attemptNumber }, answer ?? lostAnswer(error, decider), call.stopped);
      const delayed = this.#delayed.get(stepId) ?? [];
      this.#delayed.delete(stepId);
      for (const next of delayed) this.#dispatch(next.stepId, next.attemptNumber);
      this.#callWaiting();
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
    const listener = this.#ctx.awakeable<QueuedCommand[]>();
    const inbox = this.#ctx.objectClient<InboxCalls>(INBOX, this.#ctx.key);
    const commands = await inbox.arrive({ listener: listener.id });
    if (commands.length === 0) this.#listen(listener);
    else this.#perform(commands);
  }

  #listen(listener: Listener): void {
    this.#listener = listener;
    this.#expect(LISTENING, listener.promise, (commands) => {
      // A worker that is being replaced ends its segments so.
      if (commands.length === 0) this.#isTimeUp = true;
      else this.#perform(commands);
    });
  }

  // Performs commands, and asks for the next ones.
  #perform(commands: readonly QueuedCommand[]): void {
    this.#obey(commands);
    const listener = this.#ctx.awakeable<QueuedCommand[]>();
    const performed = commands.map(({ answerTo }) => answerTo);
    this.#ctx
      .objectSendClient<InboxCalls>(INBOX, this.#ctx.key)
      .take({ listener: listener.id, performed });
    this.#listen(listener);
  }

  #obey(commands: readonly QueuedCommand[]): void {
    for (const { answerTo, sentAt, ...message } of commands) {
      if (message.command.verb === "resume") this.#isStoppingAgents = false;
      const outcome = performCommand(this.#decider, message, sentAt, () => this.#stopAgents());
      this.#performTurns();
      // An edit may have given it something to do too, but then a person says when it continues.
      const { verb } = message.command;
      if (outcome.ok && (verb === "answer" || verb === "signal"))
        this.#decider.resumeWaiting(sentAt);
      this.#performTurns();
      this.#ctx.resolveAwakeable<CommandOutcome>(answerTo, outcome);
    }
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
