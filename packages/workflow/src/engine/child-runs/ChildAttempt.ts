import type { RunCommand } from "../../backend/run-command.js";
import { RunQueries, type WorkflowEvent } from "../../core/workflow-state-machine.js";
import { type Outcome, stopped } from "../../drive/outcome.js";
import { WorkflowError } from "../../errors.js";
import { RunReader } from "../../journal/RunReader.js";
import { isOwned } from "../../storage/owner-state.js";
import type { StoredRun } from "../../storage/StoragePort.js";
import type { ActiveRun } from "../ActiveRun.js";
import type { EngineContext } from "../EngineContext.js";
import { readEnding } from "../ended-run.js";
import type { RunEnding } from "../RunEnding.js";
import type { RunningAttempt } from "../RunningAttempt.js";
import { resumeRun } from "../resume-run.js";
import { sendCommand } from "../send-command.js";
import { whenAnswered } from "../when-answered.js";
import type { RestingChild } from "./child-outcome.js";
import { hasEnded } from "./choose-child.js";

/** The interval at which to look at a run that another process owns, in ms. */
const WATCH_MS = 200;

/** What the attempt does with its child run. */
type Intent = "run" | "pause" | "cancel" | "time_out" | "leave";

export interface ChildAttemptOptions {
  readonly engine: EngineContext;
  readonly parent: ActiveRun;
  readonly attempt: RunningAttempt;
  readonly childId: string;
  readonly limits: { readonly timeoutMs?: number | undefined };
  /** Starts the run. */
  readonly start: () => ActiveRun;
  /** Whether the parent knows that the run has failed, so that this attempt tries it again. */
  readonly isFailureKnown: (run: StoredRun) => boolean;
  /** Whether a run that a user paused is resumed too. */
  readonly resumesPaused: boolean;
}

/**
 * One attempt at a step that runs a workflow of its own: starts the run or joins it, and waits
 * until it has ended or is paused. A pause, a resume or a cancellation of the parent applies to the
 * child too.
 */
export class ChildAttempt {
  readonly #options: ChildAttemptOptions;
  readonly #left = Promise.withResolvers<undefined>();
  #intent: Intent = "run";
  #stopsAgents = false;
  #hasJoined = false;
  /** Whether this attempt has paused the run. */
  #hasPaused = false;
  #cancelTimer: (() => void) | undefined;
  /** How the run came to rest in this engine. */
  #rested: RestingChild | undefined;

  constructor(options: ChildAttemptOptions) {
    this.#options = options;
  }

  /** Returns the child run once it rests, or the outcome of an attempt that was stopped. */
  async perform(): Promise<RestingChild | Outcome> {
    const { attempt, limits } = this.#options;
    const onAbort = (): void => this.#aborted();
    attempt.addEventListener("abort", onAbort);
    attempt.onTold = (event) => this.#told(event);
    const { timeoutMs } = limits;
    if (timeoutMs !== undefined)
      this.#cancelTimer = attempt.clock.setTimer(timeoutMs, () => this.#change("time_out"));
    if (attempt.aborted) onAbort();
    try {
      return await this.#untilAtRest();
    } finally {
      this.#cancelTimer?.();
      attempt.onTold = undefined;
      attempt.removeEventListener();
    }
  }

  // --- what happens to the parent

  #aborted(): void {
    const { attempt, parent } = this.#options;
    if (attempt.reason === "cancelled") this.#change("cancel");
    // Otherwise the engine is closed: it releases the child as well.
    else if (!parent.isDetached && RunQueries.state(parent.machine) === "paused") {
      this.#stopsAgents = true;
      this.#change("pause");
    } else this.#change("leave");
  }

  #told({ type }: WorkflowEvent): void {
    if (type === "pause_workflow") this.#change("pause");
    else if (type === "resume_workflow" && this.#intent === "pause") this.#change("run");
    // A second cancellation ends the run at once.
    else if (type === "cancel_workflow" && this.#intent === "cancel") this.#pass();
  }

  #change(intent: Intent): void {
    const isFinal = this.#intent !== "run" && this.#intent !== "pause";
    if (isFinal && intent !== "leave") return;
    this.#intent = intent;
    if (intent === "leave") this.#left.resolve(undefined);
    else this.#pass();
  }

  // Before the run is joined, it is started or resumed accordingly.
  #pass(): void {
    if (!this.#hasJoined) return;
    const command = this.#command();
    if (command !== undefined) void this.#send(command);
  }

  #command(): RunCommand | undefined {
    const { attempt } = this.#options;
    switch (this.#intent) {
      case "pause":
        this.#hasPaused = true;
        return { verb: "pause", ...(this.#stopsAgents && { stopAgents: true }) };
      case "run": {
        // A run that rests already is resumed by the loop.
        const { engine, childId } = this.#options;
        if (!this.#hasPaused || engine.runs.get(childId)?.isReleased !== false) return undefined;
        this.#hasPaused = false;
        return { verb: "resume" };
      }
      case "cancel": {
        const reason = attempt.explanation;
        return { verb: "cancel", ...(reason !== undefined && { reason }) };
      }
      case "time_out":
        return { verb: "cancel", reason: "the step that runs it took too long" };
      case "leave":
        return undefined;
    }
  }

  async #send(command: RunCommand): Promise<void> {
    const { engine, attempt, parent, childId } = this.#options;
    const send = (): Promise<unknown> => sendCommand(engine, childId, command);
    try {
      await whenAnswered(attempt.clock, send, () => parent.isDetached);
    } catch (error) {
      // The run has ended, or rests already.
      if (!(error instanceof WorkflowError)) throw error;
    }
  }

  // --- the child

  async #untilAtRest(): Promise<RestingChild | Outcome> {
    const { attempt, parent } = this.#options;
    const look = (): Promise<RestingChild | Outcome | undefined> => this.#look();
    for (;;) {
      const rest = await whenAnswered(attempt.clock, look, () => parent.isDetached);
      if (rest !== undefined) return rest;
    }
  }

  /** Does what is next. Undefined while the run does not rest. */
  async #look(): Promise<RestingChild | Outcome | undefined> {
    if (this.#intent === "leave") return this.#outcomeOfStop("interrupted");
    const stop = this.#stopped();
    const stored = this.#stored();
    if (stored === undefined) {
      if (stop !== undefined) return this.#outcomeOfStop(stop);
      await this.#join(this.#options.start());
    } else if (stop !== undefined && stop !== "interrupted") {
      // A run that was paused before this attempt joined it.
      if (!this.#hasJoined && !hasEnded(stored)) await this.#send(this.#command() as RunCommand);
      return this.#outcomeOfStop(stop);
    } else if (this.#isAtRest(stored)) return this.#rest(stored);
    else if (!(await this.#resume())) await this.#watch();
    return undefined;
  }

  /** Why the attempt stops, once its run rests. */
  #stopped(): "interrupted" | "cancelled" | "timeout" | undefined {
    if (this.#intent === "cancel") return "cancelled";
    if (this.#intent === "time_out") return "timeout";
    return this.#intent === "pause" ? "interrupted" : undefined;
  }

  #outcomeOfStop(reason: "interrupted" | "cancelled" | "timeout"): Outcome {
    return stopped(reason, this.#options.limits, this.#options.attempt.clock);
  }

  #stored(): StoredRun | undefined {
    return this.#options.engine.storage.getRun(this.#options.childId);
  }

  #isAtRest(run: StoredRun): boolean {
    if (hasEnded(run)) return true;
    if (run.status === "failed") return this.#hasJoined || !this.#options.isFailureKnown(run);
    if (run.status !== "paused" || this.#isActive()) return false;
    // It waits, or its budget is used up: it is resumed once, and pauses again.
    if (run.pauseReason !== undefined) return this.#hasJoined;
    if (this.#intent === "pause") return true;
    return !this.#hasPaused && (this.#hasJoined || !this.#options.resumesPaused);
  }

  #isActive(): boolean {
    return this.#options.engine.runs.has(this.#options.childId);
  }

  /** Resumes the run here and waits until it rests; false if another process owns it. */
  async #resume(): Promise<boolean> {
    const { engine, childId, resumesPaused } = this.#options;
    this.#hasPaused = false;
    try {
      // The run then resumes its own child runs in the same way.
      await resumeRun(engine, childId, { joins: true, isByUser: resumesPaused });
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      if (error.code === "run_owned_elsewhere") return false;
      // It has ended in the meantime.
      if (error.code === "run_not_resumable") return true;
      throw error;
    }
    const run = engine.runs.get(childId);
    if (run === undefined) this.#hasJoined = true;
    else await this.#join(run);
    return true;
  }

  async #join(run: ActiveRun): Promise<void> {
    this.#hasJoined = true;
    if (this.#intent !== "run") this.#pass();
    try {
      const ending = await Promise.race([run.ending, this.#left.promise]);
      if (ending === undefined) return;
      this.#rested = { ending, machine: run.machine, definition: run.definition };
      // The database is full or gone, so the parent cannot continue either.
      if (ending.status === "paused" && ending.errorCode !== undefined) this.#change("leave");
    } catch (error) {
      const { code } = error as Partial<WorkflowError>;
      // Another engine has started or claimed it.
      if (code !== "run_exists" && code !== "lease_lost") throw error;
    }
  }

  /** Waits while another process owns the run. */
  async #watch(): Promise<void> {
    const { engine, attempt } = this.#options;
    const { clock } = attempt;
    this.#hasJoined = true;
    if (this.#intent !== "run") this.#pass();
    for (;;) {
      const run = this.#stored();
      if (this.#intent === "leave" || run === undefined || !isOwned(run, clock.now())) return;
      if (engine.expired.mustWatch(run)) await engine.expired.watch(run);
      await Promise.race([
        new Promise<void>((resolve) => void clock.setTimer(WATCH_MS, resolve)),
        this.#left.promise,
      ]);
    }
  }

  #rest(stored: StoredRun): RestingChild {
    const { storage } = this.#options.engine;
    if (this.#rested?.ending.status === stored.status) return this.#rested;
    const { machine, definition } = RunReader.open(storage, stored.runId).catchUp();
    const ending: RunEnding = readEnding(storage, stored);
    return { ending, machine, definition };
  }
}
