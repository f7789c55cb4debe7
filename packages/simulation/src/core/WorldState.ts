import {
  type Effect,
  Machine,
  State,
  type WorkflowEvent,
  type WorkflowMachine,
  type WorkflowState,
} from "@automatosx/rescript-core";
import type { AgentFailure } from "./AgentFailure.js";
import { type Budget, noBudget } from "./budget.js";
import type { Choice } from "./Choice.js";
import { type Core, compiledCore } from "./Core.js";
import { EPOCH } from "./fold.js";
import type { JournaledEvent } from "./journaled-event.js";
import type { KeptCheckpoint } from "./kept-checkpoint.js";
import type { Plan } from "./Plan.js";
import { Recount } from "./Recount.js";
import { type ShellRules, soundRules } from "./ShellRules.js";

/** An attempt that an agent is working on. */
export interface Attempt {
  readonly step: number;
  readonly attemptNumber: number;
}

/** A timer of the process, due at an instant on its monotonic clock. */
export interface Timer {
  readonly at: number;
  /**
   * The attempt that the timer ends with a timeout; undefined for a timer that wakes the machine.
   */
  readonly hanging: Attempt | undefined;
}

export interface CoreWorldOptions {
  readonly core?: Core;
  readonly rules?: ShellRules;
  readonly budget?: Partial<Budget>;
  /** Called with each choice before it happens, and the ids of the steps by their index. */
  readonly onChoice?: ((choice: Choice, stepIds: readonly string[]) => void) | undefined;
  /** Called with each event sent to the machine and the resulting state. */
  readonly onEvent?:
    | ((event: WorkflowEvent, accepted: boolean, state: WorkflowState) => void)
    | undefined;
}

/** The state of a world: one run with its machine, journal, agents, timers and clocks. */
export class WorldState {
  readonly plan: Plan;
  readonly core: Core;
  readonly rules: ShellRules;
  budget: Budget;
  /**
   * The plan's scripts, plus the failures injected since, by the index of the instance. Those of
   * items, rounds and inner steps are absent unless a failure was injected.
   */
  scripts: readonly (readonly AgentFailure[] | undefined)[];
  // --- state that survives a crash
  journal: JournaledEvent[] = [];
  checkpoints: KeptCheckpoint[] = [];
  /** Number of events acted upon: an agent was called for them, or an observer saw them. */
  reportedCount = 0;
  /** The newest attempt of each step for which an agent was called. */
  called: number[];
  monotonic = EPOCH;
  wallOffset = 0;
  // --- state that a crash destroys
  isUp = false;
  machine: WorkflowMachine;
  recount: Recount;
  turn: JournaledEvent[] = [];
  /** Effects that wait for the commit of their turn. */
  effects: Effect[] = [];
  /** Events that the machine sent to itself and that are still to be delivered. */
  undelivered: WorkflowEvent[] = [];
  checkpointRequest: { readonly name: string | undefined } | undefined;
  attempts: Attempt[] = [];
  timers: Timer[] = [];
  /** Offset of the process's clock from the monotonic clock. */
  clockOffset = 0;
  /** The machine as of the last commit. */
  committed: WorkflowMachine;
  readonly onEvent: CoreWorldOptions["onEvent"];
  readonly onChoice: CoreWorldOptions["onChoice"];

  constructor(plan: Plan, options: CoreWorldOptions = {}, recount = new Recount(plan)) {
    this.plan = plan;
    this.core = options.core ?? compiledCore;
    this.rules = options.rules ?? soundRules;
    this.budget = { ...noBudget, ...options.budget };
    this.scripts = plan.scripts;
    this.called = plan.defs.map(() => 0);
    this.machine = this.core.make(EPOCH);
    this.committed = this.machine;
    this.recount = recount;
    this.onEvent = options.onEvent;
    this.onChoice = options.onChoice;
  }

  /**
   * Copies everything except the recount, the budget and the options, which the constructor sets.
   */
  protected copyFrom(other: WorldState): void {
    this.scripts = other.scripts;
    this.journal = other.journal.slice();
    this.checkpoints = other.checkpoints.slice();
    this.reportedCount = other.reportedCount;
    this.called = other.called.slice();
    this.monotonic = other.monotonic;
    this.wallOffset = other.wallOffset;
    this.isUp = other.isUp;
    this.machine = other.machine;
    this.turn = other.turn.slice();
    this.effects = other.effects.slice();
    this.undelivered = other.undelivered.slice();
    this.checkpointRequest = other.checkpointRequest;
    this.attempts = other.attempts.slice();
    this.timers = other.timers.slice();
    this.clockOffset = other.clockOffset;
    this.committed = other.committed;
  }

  get state(): WorkflowState {
    return Machine.state(this.machine);
  }

  /** The process's clock: the wall clock when it started, advanced by the monotonic clock. */
  get clock(): number {
    return this.monotonic + this.clockOffset;
  }

  /** True once the run has ended and all its events are written. */
  get hasEnded(): boolean {
    return this.isUp && this.turn.length === 0 && State.isTerminal(this.state);
  }

  /** True if this step's agent never answers its current attempt. */
  isHanging(step: number): boolean {
    return this.nextFailure(step) === "timeout";
  }

  /** How a step's current attempt fails according to its script; undefined if it succeeds. */
  nextFailure(step: number): AgentFailure | undefined {
    return this.scriptOf(step)[this.recount.steps.scriptPosition(step)];
  }

  /** The script of a step's agent. */
  scriptOf(step: number): readonly AgentFailure[] {
    return this.scripts[step] ?? this.plan.tree?.scriptOf(this.recount.steps.idOf(step)) ?? [];
  }
}
