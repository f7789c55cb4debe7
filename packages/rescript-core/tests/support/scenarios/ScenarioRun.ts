import {
  type Effect,
  Machine,
  RunQueries,
  type TransitionOutcome,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../../src/index.js";
import { preparing } from "../machines.js";
import { describeChange, describeEffect, describeEnd, describeSteps } from "./describe-change.js";
import { readAttempt, readEvent } from "./read-event.js";
import type { Scenario } from "./read-scenario.js";

export type Transition = typeof Machine.transition;

/** One event sent by a scenario, the machine before it, and the answer. */
export interface Told {
  readonly event: WorkflowEvent;
  readonly before: WorkflowMachine;
  readonly outcome: TransitionOutcome;
}

const COMMANDS = [
  ...["new", "prepare", "tell", "only", "repeat", "clock", "wake", "reload", "steps", "request"],
  ...["questions", "signals"],
];

/** What begins a line that is no command. */
const DEFINITIONS: ReadonlySet<string> = new Set([
  "",
  "#",
  "step",
  "amended",
  "failure",
  "always",
  "output",
  "policy",
]);

/** Performs the commands of a scenario, and writes the answer under each. */
export class ScenarioRun {
  readonly told: Told[] = [];
  #machine = Machine.make(0);
  #now = 0;
  readonly #scenario: Scenario;
  readonly #transition: Transition;

  /**
   * `transition` may differ from the machine's, to check whether the scenario detects the
   * difference.
   */
  constructor(scenario: Scenario, transition: Transition = Machine.transition) {
    this.#scenario = scenario;
    this.#transition = transition;
  }

  /** The text of the scenario with this machine's answers. */
  write(): string {
    return this.#scenario.lines
      .flatMap((line) => [line, ...this.#answerAt(line).map((answer) => `  ${answer}`)])
      .join("\n")
      .concat("\n");
  }

  // A mistake in one of forty files is found by the scenario's title and the line.
  #answerAt(line: string): string[] {
    try {
      return this.#answer(line);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`In the scenario "${this.#scenario.title}", at \`${line}\`: ${problem}`, {
        cause,
      });
    }
  }

  #answer(line: string): string[] {
    const [command = "", ...words] = line.split(" ");
    const rest = words.join(" ");
    switch (command) {
      case "new":
        this.#machine = Machine.make(this.#now);
        return [];
      case "prepare":
        return this.#prepare(rest);
      case "tell":
        return this.#tell(rest, true);
      case "only":
        return this.#tell(rest, false);
      case "repeat":
        return this.#repeat(Number(words[0]), words.slice(1).join(" "));
      case "clock":
        this.#now = Number(rest);
        return [];
      case "wake":
        return this.#wake();
      case "reload":
        return this.#reload();
      case "steps":
        return describeSteps(this.#machine);
      case "request":
        return this.#request(rest);
      case "questions":
        return orNothing(RunQueries.questions(this.#machine).map((asked) => JSON.stringify(asked)));
      case "signals":
        return orNothing(RunQueries.signals(this.#machine).map((kept) => JSON.stringify(kept)));
      default:
        if (DEFINITIONS.has(command)) return [];
        throw new Error(
          `\`${command}\` is not a command; the commands are ${COMMANDS.join(", ")}.`,
        );
    }
  }

  // Sends the events that bring a new machine to `scheduling_steps`, or only to the given state.
  #prepare(state: string): string[] {
    const { steps, policy, outputs, handlers } = this.#scenario;
    this.#machine = Machine.make(this.#now);
    for (const event of preparing([...steps], policy, outputs, handlers)) {
      if (RunQueries.state(this.#machine) !== state) this.#accept(event);
    }
    return [RunQueries.state(this.#machine)];
  }

  #tell(line: string, follows: boolean): string[] {
    return this.#accept(readEvent(line, this.#scenario, this.#machine), follows);
  }

  #accept(event: WorkflowEvent, follows = true): string[] {
    const before = this.#machine;
    const outcome = this.#transition(before, event, this.#now);
    this.told.push({ event, before, outcome });
    if (!outcome.ok) return [`refused: ${outcome.reason}`];
    this.#machine = outcome.machine;
    const ends =
      RunQueries.state(before) === RunQueries.state(outcome.machine)
        ? []
        : describeEnd(outcome.machine);
    return [
      ...describeChange(before, outcome.machine),
      ...ends,
      ...this.#release(outcome.effects, follows),
    ];
  }

  #release(effects: readonly Effect[], follows: boolean): string[] {
    return effects.flatMap((effect) => [
      describeEffect(effect),
      ...(effect.type === "tell" && follows
        ? this.#accept(effect.event).map((answer) => `  ${answer}`)
        : []),
    ]);
  }

  #wake(): string[] {
    const effects = Machine.wake(this.#machine, this.#now);
    return effects.length === 0 ? ["nothing"] : this.#release(effects, true);
  }

  // Saves and restores a run through a checkpoint: a snapshot as JSON, loaded by another engine.
  #reload(): string[] {
    const { policy, outputs, handlers, amended } = this.#scenario;
    const hash = RunQueries.definitionHash(this.#machine);
    const steps = hash === undefined ? this.#scenario.steps : amended;
    const snapshot = JSON.parse(JSON.stringify(Machine.snapshot(this.#machine, undefined)));
    const prepared = preparing([...steps], policy, outputs, handlers).reduce((machine, event) => {
      const outcome = Machine.transition(machine, event, 0);
      return outcome.ok ? outcome.machine : machine;
    }, Machine.make(0));
    this.#machine = Machine.fastForward(prepared, [snapshot]);
    return [RunQueries.state(this.#machine), ...describeSteps(this.#machine)];
  }

  // The answer to the last of them stands for all.
  #repeat(count: number, line: string): string[] {
    return Array.from({ length: count }, () => this.#tell(line, true)).at(-1) ?? [];
  }

  #request(word: string): string[] {
    const { stepId, attemptNumber } = readAttempt(word);
    const request = RunQueries.request(this.#machine, stepId, attemptNumber);
    return [request === undefined ? "nothing to run" : JSON.stringify(request)];
  }
}

const orNothing = (lines: readonly string[]): string[] =>
  lines.length === 0 ? ["nothing"] : [...lines];
