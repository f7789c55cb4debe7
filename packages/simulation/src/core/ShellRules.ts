import {
  Context,
  type Effect,
  Machine,
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import type { JournaledEvent } from "./journaled-event.js";

/** The parts of a world's shell that its rules may use. */
export interface RuledShell {
  readonly machine: WorkflowMachine;
  readonly journal: readonly JournaledEvent[];
  /** Accepted events that are not yet in the journal. */
  readonly turn: readonly JournaledEvent[];
  /** Number of events acted upon: an agent was called for them, or an observer saw them. */
  reportedCount: number;
  /** Sends an event to the machine; returns false if the machine refuses it. */
  tell(event: WorkflowEvent): boolean;
  /** Requests the effects for the machine's present state and performs them. */
  wake(): void;
  wakeAt(dueAt: number): void;
  callAgent(stepId: string, attemptNumber: number): void;
  abort(stepId: string): void;
  /** Reports to the machine that an attempt was lost with its process. */
  interrupt(stepId: string, attemptNumber: number): void;
}

/**
 * The rules that a shell must follow, one per method. They are a parameter, so that tests can run
 * the checks on a shell that breaks a rule.
 */
export interface ShellRules {
  /** The initial value of a process's clock: never earlier than the latest instant of the run. */
  startOfClock(wallClock: number, latestKnown: number): number;
  /** True for an effect that may be performed before its cause is committed. */
  beforeCommit(shell: RuledShell, effect: Effect): boolean;
  /** The events of a turn that reach the journal. */
  written(turn: readonly JournaledEvent[]): readonly JournaledEvent[];
  /** Performs an effect whose cause is in the journal. */
  perform(shell: RuledShell, effect: Effect): void;
  /** The journal as the next process reads it. */
  read(journal: readonly JournaledEvent[]): readonly JournaledEvent[];
  /**
   * Continues a run after a crash: reports the attempts in flight as lost, sets the timers of
   * waiting steps, and wakes the machine.
   */
  resume(shell: RuledShell): void;
}

/** False if a later event in the same turn ended the run or withdrew the attempt. */
function isWanted(machine: WorkflowMachine, stepId: string, attemptNumber: number): boolean {
  const step = Context.step(Machine.context(machine), stepId);
  return step?.status === "running" && step.attemptNumber === attemptNumber;
}

/** The rules as the engine follows them. */
export const soundRules: ShellRules = {
  startOfClock: (wallClock, latestKnown) => Math.max(wallClock, latestKnown),
  beforeCommit: () => false,
  written: (turn) => turn,
  perform(shell, effect) {
    switch (effect.type) {
      case "run_step":
        if (isWanted(shell.machine, effect.stepId, effect.attemptNumber))
          shell.callAgent(effect.stepId, effect.attemptNumber);
        break;
      case "start_later":
      case "wake_at":
        shell.wakeAt(effect.dueAt);
        break;
      case "abort_steps":
        for (const stepId of effect.stepIds) shell.abort(stepId);
        break;
      default:
        break;
    }
  },
  read: (journal) => journal,
  resume(shell) {
    const steps = Context.steps(Machine.context(shell.machine));
    for (const { id, status, attemptNumber } of steps)
      if (status === "running") shell.interrupt(id, attemptNumber);
    const { pausedMs = 0 } = Machine.snapshot(shell.machine, undefined).clock ?? {};
    for (const { status, retryAt, detail } of steps) {
      const { dueAt, deadlineAt } = detail ?? {};
      if (status === "waiting" && retryAt !== undefined) shell.wakeAt(retryAt);
      if (status === "open" && dueAt !== undefined) shell.wakeAt(dueAt);
      if (deadlineAt !== undefined) shell.wakeAt(deadlineAt + pausedMs);
    }
    // What holds a step back from outside: a parked scope, a rate.
    const nextDueAt = RunQueries.nextDueAt(shell.machine);
    if (nextDueAt !== undefined) shell.wakeAt(nextDueAt);
    shell.wake();
  },
};
