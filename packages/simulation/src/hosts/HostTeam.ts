import { AgentError, type AgentPort, type AgentRequest } from "@automatosx/workflow";
import type { SimulatedProcess } from "../engine/SimulatedProcess.js";
import { SeededRandom } from "../SeededRandom.js";
import { textHash } from "../text-hash.js";

/** How long an agent says that it may take to stop, in ms. Some would take longer if they could. */
const STOP_MS = 2000;

/** How often an agent that stops looks by when it must have stopped, in ms. */
const LOOK_MS = 100;

/** An attempt that an agent works on. */
export interface HostCall {
  readonly process: SimulatedProcess;
  readonly runId: string;
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly signal: AbortSignal;
  isAlive: boolean;
}

interface TeamHost {
  readonly seed: number;
  readonly log: (line: string) => void;
  readonly report: (failure: string) => void;
  /** Checks an attempt that begins. */
  readonly began: (call: HostCall) => void;
}

/** The agents of all hosts. */
export class HostTeam {
  readonly #host: TeamHost;
  readonly #calls: HostCall[] = [];
  readonly #begun = new Set<string>();

  constructor(host: TeamHost) {
    this.#host = host;
  }

  /** The attempts whose agents have not stopped, in processes that have not died. */
  get alive(): readonly HostCall[] {
    return this.#calls.filter(({ isAlive, process }) => isAlive && !process.isDead);
  }

  get attemptCount(): number {
    return this.#begun.size;
  }

  agentOf(process: SimulatedProcess): AgentPort {
    return {
      stopMs: STOP_MS,
      execute: (request) => this.#execute(process, request),
      reclaim: () => Promise.resolve(),
    };
  }

  #execute(process: SimulatedProcess, request: AgentRequest): Promise<unknown> {
    const { runId, stepId, attemptNumber, signal } = request;
    const key = `${runId}/${stepId}/${attemptNumber}`;
    this.#host.log(`${process.name} begins ${key}`);
    if (this.#begun.has(key)) this.#host.report(`${key} is given to an agent a second time`);
    this.#begun.add(key);
    const call: HostCall = { process, runId, stepId, attemptNumber, signal, isAlive: true };
    this.#calls.push(call);
    this.#host.began(call);
    const chance = new SeededRandom(this.#host.seed + textHash(key));
    if (chance.chance(0.2)) request.log("working\n");
    const fails = attemptNumber === 1 && chance.chance(0.1);
    return this.#work(call, {
      workMs: chance.chance(0.3) ? chance.between(5000, 25_000) : chance.between(50, 3000),
      stopMs: chance.pick([0, 200, STOP_MS, 5 * STOP_MS]),
      limitMs: () => request.stopWithinMs,
      outcome: fails ? undefined : resultOf(stepId, request.previousResults),
      log: (what) => this.#host.log(`${process.name} ${what} ${key}`),
    });
  }

  #work(
    call: HostCall,
    {
      workMs,
      stopMs,
      limitMs,
      outcome,
      log,
    }: {
      readonly workMs: number;
      readonly stopMs: number;
      /** How long the agent may still take to stop; it is read again while it stops. */
      readonly limitMs: () => number | undefined;
      readonly outcome: string | undefined;
      readonly log: (what: string) => void;
    },
  ): Promise<unknown> {
    const { process, signal } = call;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const end = (settle: () => void): void => {
      if (!call.isAlive) return;
      call.isAlive = false;
      settle();
    };
    signal.addEventListener("abort", () => {
      log("stops");
      const stopAt = process.clock.now() + stopMs;
      const look = (): void => {
        const leftMs = Math.min(stopAt - process.clock.now(), limitMs() ?? stopMs);
        if (leftMs <= 0) end(() => reject(signal.reason as Error));
        else if (call.isAlive) process.deliver(Math.min(leftMs, LOOK_MS), look);
      };
      process.deliver(0, look);
    });
    process.deliver(workMs, () =>
      end(() =>
        outcome === undefined ? reject(new AgentError("The agent fails.")) : resolve(outcome),
      ),
    );
    return promise;
  }
}

/** What the agent of a step returns, whichever attempt it is and wherever it is made. */
export function resultOf(stepId: string, given: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(given).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${stepId}(${parts.map(([, value]) => String(value)).join(",")})`;
}
