import {
  Context,
  type FailureReason,
  Machine,
  type MachineSnapshot,
  type RunPolicy,
  RunQueries,
  State,
  type StepDef,
  type UsageAmounts,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../src/index.js";
import { preparing } from "./machines.js";
import { Shell } from "./Shell.js";

/** What an agent does with one launch: it takes `ms`, and ends as said. */
export interface Behaviour {
  readonly ms?: number;
  readonly usage?: UsageAmounts;
  readonly reason?: FailureReason;
  /** For a rate limit: how far off the reset is. */
  readonly resetMs?: number;
}

/** Answers a launch, which is counted for each agent from 1. */
export type Agents = (agentId: string, launch: number, stepId: string) => Behaviour;

interface Flight {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly endsAt: number;
  readonly behaviour: Behaviour;
}

/** Plays a run on a virtual clock that starts at 0. */
export class MoneyRun {
  readonly shell: Shell;
  readonly launches: Record<string, number> = {};
  readonly mostAtOnce: Record<string, number> = {};
  readonly order: string[] = [];
  readonly #steps: StepDef[];
  readonly #policy: RunPolicy;
  readonly #agents: Agents;
  #flights: Flight[] = [];

  constructor(steps: StepDef[], policy: RunPolicy, agents: Agents) {
    this.#steps = steps;
    this.#policy = policy;
    this.#agents = agents;
    this.shell = new Shell({ tasks: steps.map((def) => ({ def, failures: 0 })), policy });
    this.shell.now = 0;
    this.shell.machine = Machine.make(0);
    this.shell.begin();
    this.#launchNew();
  }

  get machine(): WorkflowMachine {
    return this.shell.machine;
  }

  get state(): string {
    return Machine.state(this.machine);
  }

  get elapsed(): number {
    return this.shell.now;
  }

  get budget() {
    return RunQueries.budget(this.machine);
  }

  tell(event: WorkflowEvent): void {
    if (!this.shell.tell(event)) throw new Error(`${event.type} was refused in ${this.state}`);
    this.#launchNew();
  }

  /** Plays until the run has ended or is paused. */
  play(): this {
    for (let turn = 0; turn < 10_000 && State.canPause(this.shell.state); turn += 1) {
      const next = this.#flights.toSorted((a, b) => a.endsAt - b.endsAt)[0];
      const dueAt = Context.nextDueAt(Machine.context(this.machine));
      if (next === undefined && dueAt === undefined) throw new Error("the run is stuck");
      if (next !== undefined && next.endsAt <= (dueAt ?? Number.POSITIVE_INFINITY)) {
        this.shell.now = Math.max(this.shell.now, next.endsAt);
        this.#flights = this.#flights.filter((flight) => flight !== next);
        this.tell(outcomeOf(next, this.shell.now));
      } else {
        this.shell.now = dueAt ?? 0;
        this.shell.wake();
        this.#launchNew();
      }
    }
    return this;
  }

  /** Ends the process: what is in flight is lost, and the machine comes from its snapshot. */
  crash(): this {
    const snapshot = JSON.parse(
      JSON.stringify(Machine.snapshot(this.machine, undefined)),
    ) as MachineSnapshot;
    const prepared = preparing(this.#steps, this.#policy).reduce((machine, event) => {
      const outcome = Machine.transition(machine, event, 0);
      if (!outcome.ok) throw new Error(outcome.reason);
      return outcome.machine;
    }, Machine.make(0));
    this.shell.machine = Machine.fastForward(prepared, [snapshot]);
    const lost = this.#flights;
    this.#flights = [];
    for (const { stepId, attemptNumber } of lost)
      this.shell.tell({
        type: "step_failed",
        stepId,
        attemptNumber,
        error: "its engine died",
        reason: "interrupted",
        chance: 0,
      });
    this.shell.wake();
    this.#launchNew();
    return this;
  }

  #launchNew(): void {
    for (const { id, agentId, attemptNumber, run } of this.shell.inFlight) {
      const isKnown = this.#flights.some(
        (flight) => flight.stepId === id && flight.attemptNumber === attemptNumber,
      );
      if (isKnown) continue;
      const launch = (this.launches[agentId] ?? 0) + 1;
      this.launches[agentId] = launch;
      this.order.push(id);
      const behaviour = run === undefined ? this.#agents(agentId, launch, id) : {};
      this.#flights.push({
        stepId: id,
        attemptNumber,
        endsAt: this.shell.now + (behaviour.ms ?? 0),
        behaviour,
      });
      const busy = this.shell.inFlight.filter((step) => step.agentId === agentId).length;
      this.mostAtOnce[agentId] = Math.max(this.mostAtOnce[agentId] ?? 0, busy);
    }
    const running = new Set(this.shell.inFlight.map(({ id }) => id));
    this.#flights = this.#flights.filter(({ stepId }) => running.has(stepId));
  }
}

function outcomeOf({ stepId, attemptNumber, behaviour }: Flight, now: number): WorkflowEvent {
  const { usage, reason, resetMs } = behaviour;
  const common = { stepId, attemptNumber, ...(usage !== undefined && { usage }) };
  return reason === undefined
    ? { type: "step_completed", result: stepId, ...common }
    : {
        type: "step_failed",
        error: reason,
        reason,
        chance: 0.5,
        ...(resetMs !== undefined && { retryAt: now + resetMs }),
        ...common,
      };
}
