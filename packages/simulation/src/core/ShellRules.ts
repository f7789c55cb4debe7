import { Context, type Effect, Machine, type WorkflowMachine } from "@automatosx/rescript-core";
import type { Core } from "./Core.js";
import type { World } from "./World.js";

/** An event that was accepted, and when. */
export interface Entry {
  readonly event: Parameters<Core["transition"]>[1];
  readonly at: number;
}

/**
 * What a shell has to get right, each as a rule of its own. Handed in, so that the checks themselves can be tried
 * on a shell that gets it wrong.
 */
export interface ShellRules {
  /** The instant that a process begins to count from: never before what the run has seen. */
  startOfClock(wallClock: number, latestKnown: number): number;
  /** What reaches outside waits for the commit; answers what may be done at once. */
  beforeCommit(world: World, effect: Effect): boolean;
  /** What of a turn is written. */
  written(turn: readonly Entry[]): readonly Entry[];
  /** Does an effect, once its cause is in the journal. */
  perform(world: World, effect: Effect): void;
  /** The journal as the next process reads it. */
  read(journal: readonly Entry[]): readonly Entry[];
  /** After a crash: what was in flight is told to be lost, waiting steps get their timers, the machine is asked to go on. */
  takeUp(world: World): void;
}

/** An event of the same turn may have ended the run, or taken the attempt back: then the agent is not called. */
function isWanted(machine: WorkflowMachine, stepId: string, attemptNumber: number): boolean {
  const step = Context.step(Machine.context(machine), stepId);
  return step?.status === "running" && step.attemptNumber === attemptNumber;
}

/** The rules as the engine keeps them. */
export const soundRules: ShellRules = {
  startOfClock: (wallClock, latestKnown) => Math.max(wallClock, latestKnown),
  beforeCommit: () => false,
  written: (turn) => turn,
  perform(world, effect) {
    switch (effect.type) {
      case "run_step":
        if (isWanted(world.machine, effect.stepId, effect.attemptNumber))
          world.callAgent(effect.stepId, effect.attemptNumber);
        break;
      case "start_later":
        world.wakeAt(effect.dueAt);
        break;
      case "abort_steps":
        for (const stepId of effect.stepIds) world.abort(stepId);
        break;
      default:
        break;
    }
  },
  read: (journal) => journal,
  takeUp(world) {
    const steps = Context.steps(Machine.context(world.machine));
    for (const { id, status, attemptNumber } of steps)
      if (status === "running") world.interrupt(id, attemptNumber);
    for (const { status, retryAt } of steps)
      if (status === "waiting" && retryAt !== undefined) world.wakeAt(retryAt);
    world.wake();
  },
};
