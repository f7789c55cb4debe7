import {
  type Effect,
  Machine,
  State,
  type WorkflowEvent,
  type WorkflowMachine,
  type WorkflowState,
} from "@automatosx/rescript-core";
import { type Budget, noBudget } from "./budget.js";
import type { Choice } from "./Choice.js";
import { type Core, compiledCore } from "./Core.js";
import { EPOCH } from "./fold.js";
import type { JournaledEvent } from "./journaled-event.js";
import type { KeptCheckpoint } from "./kept-checkpoint.js";
import type { AgentFailure, Plan } from "./Plan.js";
import { Recount } from "./Recount.js";
import { type ShellRules, soundRules } from "./ShellRules.js";

/** An attempt that an agent is working on. */
export interface Attempt {
  readonly step: number;
  readonly attemptNumber: number;
}

/** A timer of the process, due at an instant of its monotonic clock. */
export interface Timer {
  readonly at: number;
  /** The attempt that times out then; undefined for a timer that wakes the machine. */
  readonly hanging: Attempt | undefined;
}

export interface CoreWorldOptions {
  readonly core?: Core;
  readonly rules?: ShellRules;
  readonly budget?: Partial<Budget>;
  /** Called with each choice before it happens. */
  readonly onChoice?: ((choice: Choice) => void) | undefined;
  /** Called with each event that was sent to the machine, and the state that it led to. */
  readonly onEvent?:
    | ((event: WorkflowEvent, accepted: boolean, state: WorkflowState) => void)
    | undefined;
}

/** All that a world consists of: one run with its machine, journal, agents, timers and clocks. */
export class WorldState {
  readonly plan: Plan;
  readonly core: Core;
  readonly rules: ShellRules;
  budget: Budget;
  /** The plan's scripts, with the faults that have happened since. */
  scripts: readonly (readonly AgentFailure[])[];
  // --- what survives a crash
  journal: JournaledEvent[] = [];
  checkpoints: KeptCheckpoint[] = [];
  /** How many events were acted upon: an agent was called for them, or an observer saw them. */
  reportedCount = 0;
  /** The newest attempt of each step for which an agent was called. */
  called: number[];
  monotonic = EPOCH;
  wallOffset = 0;
  // --- what a crash destroys
  isUp = false;
  machine: WorkflowMachine;
  recount: Recount;
  turn: JournaledEvent[] = [];
  /** Effects that wait for the commit of their turn. */
  effects: Effect[] = [];
  /** Events that the machine sent itself and that are still to be delivered. */
  undelivered: WorkflowEvent[] = [];
  checkpointRequest: { readonly name: string | undefined } | undefined;
  attempts: Attempt[] = [];
  timers: Timer[] = [];
  /** The clock of the process minus the monotonic clock. */
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

  /** Copies everything but the recount, the budget and the options, which the constructor takes. */
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

  /** The clock of the process: the wall clock at its start, advanced by the monotonic clock. */
  get clock(): number {
    return this.monotonic + this.clockOffset;
  }

  /** True once the run has ended and everything about it is written. */
  get hasEnded(): boolean {
    return this.isUp && this.turn.length === 0 && State.isTerminal(this.state);
  }

  /** True if the agent of this step gives no answer to its present attempt. */
  isHanging(step: number): boolean {
    return this.nextFailure(step) === "timeout";
  }

  /** How the present attempt of a step fails by its script; undefined if it succeeds. */
  nextFailure(step: number): AgentFailure | undefined {
    return this.scripts[step]?.[this.recount.steps.failures[step] ?? 0];
  }
}
