import type {
  Effect,
  TransitionOutcome,
  WorkflowEvent,
  WorkflowMachine,
} from "@automatosx/rescript-core";
import type { Core, ShellRules } from "@automatosx/simulation";

/**
 * A deliberate bug that the simulator must find. It exists in the tests only and is not published.
 */
export interface PlantedBug {
  readonly name: string;
  readonly core?: (sound: Core) => Core;
  readonly rules?: (sound: ShellRules) => ShellRules;
}

/** A core that mistakes one event for another. */
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

/** A core that returns wrong outcomes. */
export function misanswers(
  name: string,
  answer: (
    outcome: TransitionOutcome,
    call: { machine: WorkflowMachine; event: WorkflowEvent; at: number; sound: Core },
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

/** A core that requests wrong effects. */
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

/** A shell that breaks some rules. */
export function breaks(
  name: string,
  rules: (sound: ShellRules) => Partial<ShellRules>,
): PlantedBug {
  return { name, rules: (sound) => ({ ...sound, ...rules(sound) }) };
}
