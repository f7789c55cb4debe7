import { Context, Machine } from "@automatosx/rescript-core";
import { breaks, type PlantedBug } from "./planted-bug.ts";

const steps = (machine: Parameters<typeof Machine.context>[0]) =>
  Context.steps(Machine.context(machine));

const commits: readonly PlantedBug[] = [
  breaks("agents are called before the journal is written", () => ({
    beforeCommit: (_, effect) => effect.type === "run_step",
  })),
  breaks("events are reported before the journal is written", () => ({
    beforeCommit(world) {
      world.reported = world.journal.length + world.turn.length;
      return false;
    },
  })),
  breaks("a long turn loses its last event", () => ({
    written: (turn) => (turn.length > 3 ? turn.slice(0, -1) : turn),
  })),
  breaks("a turn of two is written backwards", () => ({
    written: (turn) => (turn.length === 2 ? turn.toReversed() : turn),
  })),
  breaks("the journal is read without its last event", () => ({
    read: (journal) => journal.slice(0, -1),
  })),
  breaks("the last event is read twice", () => ({
    read: (journal) => [...journal, ...journal.slice(-1)],
  })),
];

const agents: readonly PlantedBug[] = [
  breaks("an agent is called twice", (sound) => ({
    perform(world, effect) {
      sound.perform(world, effect);
      if (effect.type === "run_step" && effect.attemptNumber > 1)
        world.callAgent(effect.stepId, effect.attemptNumber);
    },
  })),
  breaks("an agent is called for an attempt that was taken back", (sound) => ({
    perform(world, effect) {
      if (effect.type === "run_step") world.callAgent(effect.stepId, effect.attemptNumber);
      else sound.perform(world, effect);
    },
  })),
  breaks("only the first of several agents is aborted", (sound) => ({
    perform: (world, effect) =>
      sound.perform(
        world,
        effect.type === "abort_steps" ? { ...effect, stepIds: effect.stepIds.slice(0, 1) } : effect,
      ),
  })),
  breaks("an abort is swallowed", (sound) => ({
    perform: (world, effect) =>
      effect.type === "abort_steps" ? undefined : sound.perform(world, effect),
  })),
];

const clocks: readonly PlantedBug[] = [
  breaks("the wall clock is believed", () => ({ startOfClock: (wallClock) => wallClock })),
  breaks("a timer is set too late", (sound) => ({
    perform: (world, effect) =>
      effect.type === "start_later"
        ? world.wakeAt(effect.dueAt + 50)
        : sound.perform(world, effect),
  })),
  breaks("a timer fires early and is not set again", (sound) => ({
    perform: (world, effect) =>
      effect.type === "start_later" ? world.wakeAt(effect.dueAt - 5) : sound.perform(world, effect),
  })),
];

const takingUp: readonly PlantedBug[] = [
  breaks("taking up sets no timers", () => ({
    takeUp(world) {
      for (const { id, status, attemptNumber } of steps(world.machine))
        if (status === "running") world.interrupt(id, attemptNumber);
      world.wake();
    },
  })),
  breaks("taking up leaves what was in flight", (sound) => ({
    takeUp(world) {
      if (steps(world.machine).every(({ status }) => status !== "running")) sound.takeUp(world);
      else world.wake();
    },
  })),
  breaks("taking up calls agents for their old attempts", () => ({
    takeUp(world) {
      for (const { id, status, attemptNumber } of steps(world.machine))
        if (status === "running") world.callAgent(id, attemptNumber);
      world.wake();
    },
  })),
  breaks("taking up does not ask what is to be done", (sound) => ({
    takeUp(world) {
      if (steps(world.machine).some(({ status }) => status === "running" || status === "waiting"))
        sound.takeUp(world);
    },
  })),
  breaks("taking up counts a lost attempt as a failure", (sound) => ({
    takeUp(world) {
      for (const { id, status, attemptNumber } of steps(world.machine)) {
        if (status !== "running") continue;
        world.tell({
          type: "step_failed",
          stepId: id,
          attemptNumber,
          error: "lost",
          reason: "error",
          chance: 0,
        });
      }
      sound.takeUp(world);
    },
  })),
];

export const shellBugs: readonly PlantedBug[] = [...commits, ...agents, ...clocks, ...takingUp];
