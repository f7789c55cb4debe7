import {
  type CheckpointData,
  Context,
  type Effect,
  Machine,
  type MachineSnapshot,
  State,
  type WorkflowEvent,
  type WorkflowMachine,
  type WorkflowState,
} from "@automatosx/rescript-core";
import {
  ALL_DONE,
  BATCH_DONE,
  BEGINNING,
  type Choice,
  faultReasons,
  RIGHT_NOW,
  stepsIn,
} from "./Choice.js";
import { type Core, compiledCore } from "./Core.js";
import { checkAccepted, checkFold, checkQuiet, checkRefused } from "./checks.js";
import { resultOf } from "./expected-end.js";
import { EPOCH, foldFromCheckpoint, foldWhole, recountOf } from "./fold.js";
import type { AgentFailure, Plan } from "./Plan.js";
import { BrokenPromise, demand } from "./promises.js";
import { Recount } from "./Recount.js";
import { type Entry, type ShellRules, soundRules } from "./ShellRules.js";

/** How much may still go wrong. When all of it is spent, the run has to end. */
export interface Budget {
  crashes: number;
  /** Failures beyond what the plan's agents do. */
  faults: number;
  /** Late and double answers of old attempts. */
  strays: number;
  /** Starts and ends of batches that the machine did not ask for. */
  requests: number;
  /** Pause, cancel, checkpoint, restore; a paused run may always be resumed. */
  commands: number;
  /** Time that passes for nothing, and jumps of the wall clock. */
  jumps: number;
}

const noBudget: Budget = { crashes: 0, faults: 0, strays: 0, requests: 0, commands: 0, jumps: 0 };

/** An agent at work. */
export interface Attempt {
  readonly step: number;
  readonly attemptNumber: number;
}

/** A timer of the process, on its monotonic clock: for a waiting step, or for an agent that gives no answer. */
export interface Timer {
  readonly at: number;
  readonly hanging: Attempt | undefined;
}

/** A checkpoint as it was written, and its text at that moment. */
export interface KeptCheckpoint {
  readonly seq: number;
  readonly data: CheckpointData;
  readonly snapshot: MachineSnapshot;
  readonly machine: WorkflowMachine;
  readonly text: string;
}

export interface WorldOptions {
  readonly core?: Core;
  readonly rules?: ShellRules;
  readonly budget?: Partial<Budget>;
  /** Told of each choice before it happens. */
  readonly watcher?: ((choice: Choice) => void) | undefined;
  /** Told of everything that the machine is told. */
  readonly listener?:
    | ((event: WorkflowEvent, accepted: boolean, state: WorkflowState) => void)
    | undefined;
}

/** One run in a virtual world: the machine and the shell around it, its agents, its journal, its clocks, its faults. */
export class World {
  readonly plan: Plan;
  readonly core: Core;
  readonly rules: ShellRules;
  budget: Budget;
  scripts: readonly (readonly AgentFailure[])[];
  // --- what survives a crash
  journal: Entry[] = [];
  checkpoints: KeptCheckpoint[] = [];
  /** Events up to here were acted upon: an agent was called, an observer told. */
  reported = 0;
  /** The newest attempt of each step that an agent was called for. */
  called: number[];
  monotonic = EPOCH;
  wallOffset = 0;
  // --- what a crash takes away
  isUp = false;
  machine: WorkflowMachine;
  recount: Recount;
  turn: Entry[] = [];
  effects: Effect[] = [];
  tells: WorkflowEvent[] = [];
  wantsCheckpoint: { readonly name: string | undefined } | undefined;
  attempts: Attempt[] = [];
  timers: Timer[] = [];
  clockOffset = 0;
  /** The machine as of the last commit. */
  committed: WorkflowMachine;
  readonly listener: WorldOptions["listener"];
  readonly watcher: WorldOptions["watcher"];

  constructor(plan: Plan, options: WorldOptions = {}, recount = new Recount(plan)) {
    this.plan = plan;
    this.core = options.core ?? compiledCore;
    this.rules = options.rules ?? soundRules;
    this.budget = { ...noBudget, ...options.budget };
    this.scripts = plan.scripts;
    this.called = plan.defs.map(() => 0);
    this.machine = this.core.make(EPOCH);
    this.committed = this.machine;
    this.recount = recount;
    this.listener = options.listener;
    this.watcher = options.watcher;
  }

  /** The same world again, to be led another way. */
  clone(): World {
    const copy = new World(this.plan, this, this.recount.clone());
    copy.scripts = this.scripts;
    copy.journal = this.journal.slice();
    copy.checkpoints = this.checkpoints.slice();
    copy.reported = this.reported;
    copy.called = this.called.slice();
    copy.monotonic = this.monotonic;
    copy.wallOffset = this.wallOffset;
    copy.isUp = this.isUp;
    copy.machine = this.machine;
    copy.turn = this.turn.slice();
    copy.effects = this.effects.slice();
    copy.tells = this.tells.slice();
    copy.wantsCheckpoint = this.wantsCheckpoint;
    copy.attempts = this.attempts.slice();
    copy.timers = this.timers.slice();
    copy.clockOffset = this.clockOffset;
    copy.committed = this.committed;
    return copy;
  }

  get state(): WorkflowState {
    return Machine.state(this.machine);
  }

  /** The clock of the process: the wall clock at its start, carried on by the monotonic one. */
  get clock(): number {
    return this.monotonic + this.clockOffset;
  }

  /** The run has ended, and everything about it is written. */
  get isOver(): boolean {
    return this.isUp && this.turn.length === 0 && State.isTerminal(this.state);
  }

  /** Makes a choice happen, and checks what has to hold after it. Throws `BrokenPromise`. */
  perform(choice: Choice): void {
    this.watcher?.(choice);
    switch (choice.kind) {
      case "answer":
        this.#answer(choice);
        break;
      case "fault":
        this.#fault(choice);
        break;
      case "stray":
        this.budget.strays -= 1;
        this.tell(
          this.#outcome(choice.step, choice.attempt, choice.more === 0 ? undefined : "error"),
        );
        break;
      case "request":
        this.budget.requests -= 1;
        this.tell(this.#request(choice.more));
        break;
      case "timer":
        this.#fireTimer();
        break;
      case "commit":
        this.#commit();
        break;
      case "tell":
        this.#deliverTell();
        break;
      case "written":
        this.#writeCheckpoint();
        break;
      case "boot":
        this.#boot();
        break;
      case "crash":
        this.#crash();
        break;
      case "pass":
        this.budget.jumps -= 1;
        this.monotonic += choice.more;
        break;
      case "jump":
        this.budget.jumps -= 1;
        this.wallOffset += choice.more;
        break;
      case "resume":
        this.tell({ type: "resume_workflow" });
        break;
      default:
        if (this.isUp) this.#command(choice);
        else this.#commandPassingBy(choice);
        break;
    }
    if (this.isUp) checkQuiet(this);
  }

  // --- what happens

  #outcome(step: number, attemptNumber: number, reason: AgentFailure | undefined): WorkflowEvent {
    const stepId = this.plan.defs[step]?.id ?? "";
    if (reason === undefined)
      return { type: "step_completed", stepId, attemptNumber, result: resultOf(stepId) };
    // Any number would do; this one is the same on every replay.
    const chance = ((step * 7 + attemptNumber * 3) % 10) / 10;
    return { type: "step_failed", stepId, attemptNumber, error: reason, reason, chance };
  }

  #request(more: number): WorkflowEvent {
    if (more === BATCH_DONE) return { type: "batch_completed" };
    if (more === ALL_DONE) return { type: "all_steps_completed" };
    const stepIds = this.plan.defs.map(({ id }) => id);
    return { type: "execute_step_batch", stepIds: stepsIn(more, stepIds) };
  }

  #settle(step: number, attemptNumber: number): void {
    const index = this.attempts.findIndex(
      (attempt) => attempt.step === step && attempt.attemptNumber === attemptNumber,
    );
    if (index !== -1) this.attempts.splice(index, 1);
    const timer = this.timers.findIndex(
      ({ hanging }) => hanging?.step === step && hanging.attemptNumber === attemptNumber,
    );
    if (timer !== -1) this.timers.splice(timer, 1);
  }

  #answer({ step, attempt }: Choice): void {
    this.#settle(step, attempt);
    this.tell(this.#outcome(step, attempt, this.scripts[step]?.[this.recount.failures[step] ?? 0]));
  }

  // The agent fails from now on whenever it has come as far as this: it is still a function of its failures alone.
  #fault({ step, attempt, more }: Choice): void {
    this.budget.faults -= 1;
    const reason = faultReasons[more] ?? "error";
    const failureCount = this.recount.failures[step] ?? 0;
    this.scripts = this.scripts.map((script, index) =>
      index === step ? [...script.slice(0, failureCount), reason] : script,
    );
    this.#answer({ kind: "answer", step, attempt, more: 0 });
  }

  #fireTimer(): void {
    let earliest = 0;
    for (let index = 1; index < this.timers.length; index += 1) {
      if ((this.timers[index]?.at ?? 0) < (this.timers[earliest]?.at ?? 0)) earliest = index;
    }
    const [timer] = this.timers.splice(earliest, 1);
    if (timer === undefined) return;
    this.monotonic = Math.max(this.monotonic, timer.at);
    if (timer.hanging === undefined) this.wake();
    else {
      const { step, attemptNumber } = timer.hanging;
      this.#settle(step, attemptNumber);
      this.tell(this.#outcome(step, attemptNumber, "timeout"));
    }
  }

  #commit(): void {
    this.journal.push(...this.rules.written(this.turn));
    this.turn = [];
    this.committed = this.machine;
    const effects = this.effects;
    this.effects = [];
    for (const effect of effects) this.rules.perform(this, effect);
    this.reported = Math.max(this.reported, this.journal.length);
  }

  #deliverTell(): void {
    const event = this.tells.shift();
    if (event !== undefined) this.tell(event);
  }

  #writeCheckpoint(): void {
    const name = this.wantsCheckpoint?.name;
    this.wantsCheckpoint = undefined;
    const checkpointId = `c${this.recount.checkpoints}`;
    const data = this.core.checkpointData(this.machine, checkpointId);
    const since = this.checkpoints.at(-1)?.machine;
    const snapshot = this.core.snapshot(this.machine, since);
    const seq = this.journal.length + this.turn.length;
    this.checkpoints.push({
      seq,
      data,
      snapshot,
      machine: this.machine,
      text: JSON.stringify([data, snapshot]),
    });
    this.tell({ type: "checkpoint_created", checkpointId, ...(name !== undefined && { name }) });
  }

  #crash(): void {
    this.budget.crashes -= 1;
    this.#forget();
    this.checkpoints = this.checkpoints.filter(({ seq }) => seq < this.journal.length);
    demand(
      this.reported <= this.journal.length,
      "journalFirst",
      () => `${this.reported} events were reported, ${this.journal.length} are kept`,
    );
  }

  #forget(): void {
    this.isUp = false;
    this.turn = [];
    this.effects = [];
    this.tells = [];
    this.wantsCheckpoint = undefined;
    this.attempts = [];
    this.timers = [];
  }

  #boot(): void {
    const journal = this.#load();
    if (journal.length === 0)
      this.tell({
        type: "initiate_workflow",
        workflowId: "w",
        definition: "",
        format: "yaml",
        context: {},
      });
    else this.rules.takeUp(this);
  }

  #load(): readonly Entry[] {
    this.isUp = true;
    const journal = this.rules.read(this.journal);
    this.machine = this.plan.habits.usesCheckpoints
      ? foldFromCheckpoint(this, journal)
      : foldWhole(this, journal);
    this.recount = recountOf(this.plan, journal);
    this.clockOffset =
      this.rules.startOfClock(
        this.monotonic + this.wallOffset,
        Context.now(Machine.context(this.machine)),
      ) - this.monotonic;
    checkFold(this, this.machine);
    this.committed = this.machine;
    return journal;
  }

  // A process that only brings a command takes nothing up: it writes what follows, calls no agent, and leaves.
  #commandPassingBy(choice: Choice): void {
    this.#load();
    this.#command(choice);
    if (this.wantsCheckpoint !== undefined) this.#writeCheckpoint();
    this.journal.push(...this.turn);
    this.reported = this.journal.length;
    this.committed = this.machine;
    this.#forget();
  }

  #command({ kind, more }: Choice): void {
    this.budget.commands -= 1;
    if (kind === "pause") this.tell({ type: "pause_workflow" });
    else if (kind === "cancel") this.tell({ type: "cancel_workflow" });
    else if (kind === "checkpoint") this.tell({ type: "create_checkpoint", name: "asked" });
    else {
      if (State.canPause(this.state)) this.tell({ type: "pause_workflow" });
      this.tell({ type: "restore_checkpoint", checkpointData: this.#dataOf(more) });
    }
  }

  #dataOf(which: number): CheckpointData {
    if (which === BEGINNING)
      return { checkpointId: "beginning", completedSteps: [], pendingSteps: [], stepResults: {} };
    const kept = which === RIGHT_NOW ? undefined : this.checkpoints[which];
    return kept?.data ?? this.core.checkpointData(this.machine, "now");
  }

  // --- the shell

  /** Tells the machine; false when it declines. What follows is told too, at once or later, as is this shell's habit. */
  tell(event: WorkflowEvent): boolean {
    const before = this.machine;
    const at = this.clock;
    const outcome = this.core.transition(before, event, at);
    this.listener?.(event, outcome.ok, outcome.ok ? Machine.state(outcome.machine) : outcome.state);
    if (!outcome.ok) {
      checkRefused(this, event, outcome.reason);
      return false;
    }
    demand(
      at >= this.recount.now,
      "time",
      () => `${event.type} was told at ${at}, after ${this.recount.now}`,
    );
    this.machine = outcome.machine;
    if (outcome.machine !== before) this.turn.push({ event, at });
    this.recount.apply(event, at);
    checkAccepted(this, event, outcome.effects);
    // What the machine told itself before it went back is about a run that is no more.
    if (event.type === "restore_checkpoint") this.tells = [];
    this.#release(outcome.effects);
    return true;
  }

  /** Asks the machine what is to be done where it stands. */
  wake(): void {
    this.#release(this.core.wake(this.machine, this.clock));
  }

  callAgent(stepId: string, attemptNumber: number): void {
    const step = this.plan.indexOf.get(stepId) ?? -1;
    const isNew = attemptNumber > (this.called[step] ?? 0);
    demand(
      isNew,
      "attemptOnce",
      () => `an agent was called again for attempt ${attemptNumber} of ${stepId}`,
    );
    const isWanted =
      this.recount.status[step] === "running" && this.recount.attempt[step] === attemptNumber;
    demand(
      isWanted,
      "wanted",
      () =>
        `an agent was called for attempt ${attemptNumber} of ${stepId}, which is ${this.recount.status[step]}`,
    );
    this.called[step] = attemptNumber;
    const attempt = { step, attemptNumber };
    this.attempts.push(attempt);
    if (this.scripts[step]?.[this.recount.failures[step] ?? 0] === "timeout") {
      this.timers.push({
        at: this.monotonic + (this.plan.defs[step]?.timeout ?? 0),
        hanging: attempt,
      });
    }
  }

  wakeAt(dueAt: number): void {
    this.timers.push({ at: this.monotonic + Math.max(0, dueAt - this.clock), hanging: undefined });
  }

  abort(stepId: string): void {
    const step = this.plan.indexOf.get(stepId);
    this.attempts = this.attempts.filter((attempt) => attempt.step !== step);
    this.timers = this.timers.filter(
      ({ hanging }) => hanging === undefined || hanging.step !== step,
    );
  }

  interrupt(stepId: string, attemptNumber: number): void {
    this.tell({
      type: "step_failed",
      stepId,
      attemptNumber,
      error: "lost",
      reason: "interrupted",
      chance: 0,
    });
  }

  #release(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const answer = this.#answerTo(effect);
      if (answer === undefined) continue;
      if (this.plan.habits.tellsLate && effect.type === "tell") this.tells.push(answer);
      else if (!this.tell(answer))
        throw new BrokenPromise(
          "answersHeard",
          `the machine declined its own ${answer.type} in ${this.state}`,
        );
    }
  }

  #answerTo(effect: Effect): WorkflowEvent | undefined {
    switch (effect.type) {
      case "tell":
        return effect.event;
      case "parse_definition":
        return { type: "workflow_parsed", steps: [...this.plan.defs], policy: this.plan.policy };
      case "validate_definition":
        return { type: "workflow_valid" };
      case "build_dependency_graph":
        return { type: "graph_built", ...this.plan.graph };
      case "schedule_batches":
        return { type: "steps_scheduled" };
      case "gather_results":
        return {
          type: "results_aggregated",
          results: Context.results(Machine.context(this.machine)),
        };
      case "write_checkpoint":
        this.wantsCheckpoint = { name: effect.name };
        if (!this.plan.habits.writesLate) this.#writeCheckpoint();
        return undefined;
      default:
        if (this.rules.beforeCommit(this, effect)) this.rules.perform(this, effect);
        else this.effects.push(effect);
        return undefined;
    }
  }
}
