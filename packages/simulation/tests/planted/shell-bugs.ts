import { Context, Machine } from "@automatosx/rescript-core";
import { breaks, type PlantedBug } from "./planted-bug.ts";

const steps = (machine: Parameters<typeof Machine.context>[0]) =>
  Context.steps(Machine.context(machine));

const commits: readonly PlantedBug[] = [
  breaks("agents are called before the journal is written", () => ({
    beforeCommit: (_, effect) => effect.type === "run_step",
  })),
  breaks("events are reported before the journal is written", () => ({
    beforeCommit(shell) {
      shell.reportedCount = shell.journal.length + shell.turn.length;
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
    perform(shell, effect) {
      sound.perform(shell, effect);
      if (effect.type === "run_step" && effect.attemptNumber > 1)
        shell.callAgent(effect.stepId, effect.attemptNumber);
    },
  })),
  breaks("an agent is called for a withdrawn attempt", (sound) => ({
    perform(shell, effect) {
      if (effect.type === "run_step") shell.callAgent(effect.stepId, effect.attemptNumber);
      else sound.perform(shell, effect);
    },
  })),
  breaks("only the first of several agents is aborted", (sound) => ({
    perform: (shell, effect) =>
      sound.perform(
        shell,
        effect.type === "abort_steps" ? { ...effect, stepIds: effect.stepIds.slice(0, 1) } : effect,
      ),
  })),
  breaks("an abort is ignored", (sound) => ({
    perform: (shell, effect) =>
      effect.type === "abort_steps" ? undefined : sound.perform(shell, effect),
  })),
];

const clocks: readonly PlantedBug[] = [
  breaks("the wall clock is trusted", () => ({ startOfClock: (wallClock) => wallClock })),
  breaks("a timer is set too late", (sound) => ({
    perform: (shell, effect) =>
      effect.type === "start_later"
        ? shell.wakeAt(effect.dueAt + 50)
        : sound.perform(shell, effect),
  })),
  breaks("a timer fires early and is not set again", (sound) => ({
    perform: (shell, effect) =>
      effect.type === "start_later" ? shell.wakeAt(effect.dueAt - 5) : sound.perform(shell, effect),
  })),
];

const claims: readonly PlantedBug[] = [
  breaks("a claim sets no timers", () => ({
    resume(shell) {
      for (const { id, status, attemptNumber } of steps(shell.machine))
        if (status === "running") shell.interrupt(id, attemptNumber);
      shell.wake();
    },
  })),
  breaks("a claim ignores the attempts in flight", (sound) => ({
    resume(shell) {
      if (steps(shell.machine).every(({ status }) => status !== "running")) sound.resume(shell);
      else shell.wake();
    },
  })),
  breaks("a claim calls agents for their old attempts", () => ({
    resume(shell) {
      for (const { id, status, attemptNumber } of steps(shell.machine))
        if (status === "running") shell.callAgent(id, attemptNumber);
      shell.wake();
    },
  })),
  breaks("a claim does not wake the machine", (sound) => ({
    resume(shell) {
      if (steps(shell.machine).some(({ status }) => status === "running" || status === "waiting"))
        sound.resume(shell);
    },
  })),
  breaks("a claim counts a lost attempt as a failure", (sound) => ({
    resume(shell) {
      for (const { id, status, attemptNumber } of steps(shell.machine)) {
        if (status !== "running") continue;
        shell.tell({
          type: "step_failed",
          stepId: id,
          attemptNumber,
          error: "lost",
          reason: "error",
          chance: 0,
        });
      }
      sound.resume(shell);
    },
  })),
];

export const shellBugs: readonly PlantedBug[] = [...commits, ...agents, ...clocks, ...claims];
