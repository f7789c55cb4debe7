import type {
  Effect,
  TransitionOutcome,
  WorkflowEvent,
  WorkflowMachine,
} from "@automatosx/rescript-core";
import type { Core, ShellRules } from "@automatosx/simulation";

/** A bug put in on purpose, to see that the simulator finds it. It lives in the tests and in nothing that is published. */
export interface PlantedBug {
  readonly name: string;
  readonly core?: (sound: Core) => Core;
  readonly rules?: (sound: ShellRules) => ShellRules;
}

/** A core that takes one event for another. */
export function mishears(
  name: string,
  hear: (event: WorkflowEvent, machine: WorkflowMachine) => WorkflowEvent,
): PlantedBug {
  return {
    name,
    core: (sound) => ({
      ...sound,
      transition: (machine, event, at) => sound.transition(machine, hear(event, machine), at),
    }),
  };
}

/** A core that answers other than it should. */
export function misanswers(
  name: string,
  answer: (
    outcome: TransitionOutcome,
    told: { machine: WorkflowMachine; event: WorkflowEvent; at: number; sound: Core },
  ) => TransitionOutcome,
): PlantedBug {
  return {
    name,
    core: (sound) => ({
      ...sound,
      transition: (machine, event, at) =>
        answer(sound.transition(machine, event, at), { machine, event, at, sound }),
    }),
  };
}

/** A core that asks for other effects than it should. */
export function misasks(
  name: string,
  ask: (
    effects: Effect[],
    event: WorkflowEvent,
    before: WorkflowMachine,
    after: WorkflowMachine,
  ) => Effect[],
): PlantedBug {
  return misanswers(name, (outcome, { event, machine }) =>
    outcome.ok
      ? { ...outcome, effects: ask(outcome.effects, event, machine, outcome.machine) }
      : outcome,
  );
}

/** A shell that keeps all rules but these. */
export function breaks(
  name: string,
  rules: (sound: ShellRules) => Partial<ShellRules>,
): PlantedBug {
  return { name, rules: (sound) => ({ ...sound, ...rules(sound) }) };
}
