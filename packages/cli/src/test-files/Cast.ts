import type { Behaviour } from "@automatosx/schemas/test-files";
import {
  type AgentMap,
  type AgentRequest,
  agentReply,
  RUN_STEP_ID,
  runStepAgent,
} from "@automatosx/workflow";
import { agentFailure } from "./agent-failure.js";
import { behave } from "./behave.js";
import { shownRequest } from "./child-path.js";
import { Generator } from "./generate/Generator.js";
import type { EngineClock } from "./VirtualTime.js";

/** Something that happens to the run when an attempt of a step is in flight. */
export interface Trigger {
  /** The path of the step. */
  readonly step: string;
  /** The number of the attempt; by default the next one. */
  readonly attempt?: number | undefined;
}

/** A trigger that waits for its attempt. */
interface Armed extends Trigger {
  hasFired: boolean;
  readonly released: PromiseWithResolvers<void>;
}

/** A launch that an earlier process has seen. */
interface RecalledLaunch {
  readonly agentId: string;
  readonly stepId: string;
  /** Launches of this agent at this step, with this one. */
  readonly number: number;
  /** The conversation that it left. */
  readonly session: string;
  /** When it began, in ms since the epoch. */
  readonly at: number;
}

/** What outlives the process of a cast. */
export interface CastMemory {
  /** The launches of earlier processes, oldest first. */
  readonly launches: readonly RecalledLaunch[];
  /** Returns the launch that the next one of an agent at a step repeats, once. */
  relaunch(agentId: string, stepId: string): RecalledLaunch | undefined;
  launched(request: AgentRequest, launch: Pick<RecalledLaunch, "number" | "session" | "at">): void;
  answered(request: AgentRequest, result: unknown): void;
}

/** The settings of a cast. */
export interface CastOptions {
  /** The seed of the answers that are generated. Default 1. */
  readonly seed?: number | undefined;
  /** Whether programs are answered for instead of being started. */
  readonly answersPrograms?: boolean | undefined;
  readonly memory?: CastMemory | undefined;
}

/**
 * The scripted agents of a case. They record how often each was launched, and how many attempts
 * were in flight at once.
 */
export class Cast {
  /** The launches of each agent. */
  readonly launches = new Map<string, number>();
  /** The most attempts of each agent that were in flight at once. */
  readonly mostAtOnce = new Map<string, number>();
  /** The task of the last launch of each step, by path. */
  readonly tasks = new Map<string, string>();
  /** The step whose conversation the last launch of each step was given, by path. */
  readonly sessions = new Map<string, string>();
  /** Agents that were launched and for which the case has no behaviour. */
  readonly unknownAgents = new Set<string>();
  readonly #behaviours: Readonly<Record<string, Behaviour>>;
  /** The steps that left each conversation. */
  readonly #speakers = new Map<string, string>();
  /** Launches of an agent at a step. */
  readonly #launchesAt = new Map<string, number>();
  readonly #inFlight = new Map<string, number>();
  #waitingCount = 0;
  /** Incremented when an engine dies: what its agents still do no longer counts. */
  #life = 0;
  #trigger: Armed | undefined;

  /** Makes the answers of behaviours that generate them. */
  readonly generator: Generator;

  readonly #memory: CastMemory | undefined;
  readonly #answersPrograms: boolean;

  constructor(
    behaviours: Readonly<Record<string, Behaviour>>,
    { seed = 1, answersPrograms = false, memory }: CastOptions = {},
  ) {
    this.#answersPrograms = answersPrograms;
    this.#behaviours = behaviours;
    this.generator = new Generator(seed);
    this.#memory = memory;
    for (const { agentId, stepId, number, session } of memory?.launches ?? []) {
      this.launches.set(agentId, (this.launches.get(agentId) ?? 0) + 1);
      this.#launchesAt.set(launchKey(agentId, stepId), number);
      this.#speakers.set(session, stepId);
    }
  }

  /** How many attempts wait for the clock, or for being stopped. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** Returns the agents for an engine with this clock. */
  agents(clock: EngineClock): AgentMap {
    const execute = (request: AgentRequest): Promise<unknown> =>
      this.#perform(shownRequest(request), clock);
    const scripted = Object.fromEntries(
      ["*", RUN_STEP_ID, ...Object.keys(this.#behaviours)].map((agentId) => [
        agentId,
        { description: "scripted by a test", sessions: true, execute },
      ]),
    );
    return this.#answersPrograms ? scripted : { ...scripted, ...this.#programs() };
  }

  /** Returns the performer of programs, which are really started. */
  #programs(): AgentMap {
    const execute = async (request: AgentRequest): Promise<unknown> => {
      let held: Promise<void> | undefined;
      const hold = (): Promise<void> => {
        held ??= this.#hold(request);
        return held;
      };
      const { recordProcess } = request;
      const record = async (pid: number): Promise<void> => {
        await recordProcess?.(pid);
        void hold();
      };
      try {
        return await runStepAgent.execute({ ...request, recordProcess: record });
      } finally {
        // The program may have ended, but its attempt is in flight until it is released.
        await hold();
      }
    };
    return { [RUN_STEP_ID]: { ...runStepAgent, execute } };
  }

  /** Holds the next attempt of a step when it is launched. Returns the trigger. */
  arm(trigger: Trigger): { readonly hasFired: boolean } {
    const armed = { ...trigger, hasFired: false, released: Promise.withResolvers<void>() };
    this.#trigger = armed;
    return armed;
  }

  /** Lets the held attempt continue. */
  release(): void {
    this.#trigger?.released.resolve();
    this.#trigger = undefined;
  }

  /** Forgets what is in flight, because its engine has died. */
  die(): void {
    this.#life += 1;
    this.#waitingCount = 0;
    this.#inFlight.clear();
    this.#trigger = undefined;
  }

  async #perform(request: AgentRequest, clock: EngineClock): Promise<unknown> {
    const { agentId, stepId, task } = request;
    const life = this.#life;
    const repeated = this.#memory?.relaunch(agentId, stepId);
    const number = this.#count(agentId, stepId, repeated?.number);
    this.tasks.set(stepId, task);
    const session = this.#converse(request, number);
    const at = repeated?.at ?? clock.now();
    this.#memory?.launched(request, { number, session, at });
    this.#changeInFlight(agentId, 1);
    // A launch that is repeated ends when it would have ended.
    let ahead = clock.now() - at;
    const wait = (durationMs: number): Promise<void> => {
      const left = Math.max(0, durationMs - ahead);
      ahead = Math.max(0, ahead - durationMs);
      return this.#wait(request, clock, left);
    };
    try {
      await this.#hold(request);
      const behaviour = this.#behaviourOf(agentId);
      const answer = await behave(behaviour, {
        request,
        number,
        now: () => clock.now(),
        wait,
        hang: () => this.#hang(request),
        generate: () => this.generator.answer(request, number),
      });
      const reply = { ...answer, session };
      if (life === this.#life) this.#memory?.answered(request, answer.result);
      return agentReply(reply);
    } finally {
      if (life === this.#life) this.#changeInFlight(agentId, -1);
    }
  }

  #behaviourOf(agentId: string): Behaviour {
    const behaviours = this.#behaviours;
    const behaviour = Object.hasOwn(behaviours, agentId) ? behaviours[agentId] : behaviours["*"];
    if (behaviour !== undefined) return behaviour;
    this.unknownAgents.add(agentId);
    throw agentFailure(`The case has no behaviour for the agent \`${agentId}\`.`, {
      class: "fatal",
    });
  }

  /**
   * Returns the reference of the conversation that a launch leaves behind: the one that it was
   * given, and its own part.
   */
  #converse(request: AgentRequest, number: number): string {
    const { stepId } = request;
    const { session: given } = request as { readonly session?: string };
    const speaker = given === undefined ? undefined : this.#speakers.get(given);
    if (speaker === undefined) this.sessions.delete(stepId);
    else this.sessions.set(stepId, speaker);
    const own = `${stepId}@${number}`;
    const left = given === undefined ? own : `${given} ${own}`;
    this.#speakers.set(left, stepId);
    return left;
  }

  /** Counts a launch, and returns its number: that of the launch that it repeats, if any. */
  #count(agentId: string, stepId: string, repeated: number | undefined): number {
    this.launches.set(agentId, (this.launches.get(agentId) ?? 0) + 1);
    if (repeated !== undefined) return repeated;
    const key = launchKey(agentId, stepId);
    const number = (this.#launchesAt.get(key) ?? 0) + 1;
    this.#launchesAt.set(key, number);
    return number;
  }

  #changeInFlight(agentId: string, by: number): void {
    const count = (this.#inFlight.get(agentId) ?? 0) + by;
    this.#inFlight.set(agentId, count);
    this.mostAtOnce.set(agentId, Math.max(count, this.mostAtOnce.get(agentId) ?? 0));
  }

  async #hold({ stepId, attemptNumber }: AgentRequest): Promise<void> {
    const trigger = this.#trigger;
    if (trigger === undefined || trigger.hasFired || trigger.step !== stepId) return;
    if (trigger.attempt !== undefined && trigger.attempt !== attemptNumber) return;
    trigger.hasFired = true;
    await this.#waiting(() => trigger.released.promise);
  }

  #wait({ signal }: AgentRequest, clock: EngineClock, durationMs: number): Promise<void> {
    return this.#waiting(
      () =>
        new Promise((resolve, reject) => {
          const cancel = clock.setWork(durationMs, resolve);
          const stop = (): void => {
            cancel();
            reject(signal.reason as Error);
          };
          if (signal.aborted) stop();
          else signal.addEventListener("abort", stop, { once: true });
        }),
    );
  }

  #hang({ signal }: AgentRequest): Promise<never> {
    return this.#waiting(
      () =>
        new Promise((_, reject) => {
          const stop = (): void => reject(signal.reason as Error);
          if (signal.aborted) stop();
          else signal.addEventListener("abort", stop, { once: true });
        }),
    );
  }

  async #waiting<T>(begin: () => Promise<T>): Promise<T> {
    const life = this.#life;
    this.#waitingCount += 1;
    try {
      return await begin();
    } finally {
      if (life === this.#life) this.#waitingCount -= 1;
    }
  }
}

function launchKey(agentId: string, stepId: string): string {
  return JSON.stringify([agentId, stepId]);
}
