import type { StepDefinition } from "@automatosx/schemas";
import { AgentError, type AgentPort, type AgentRequest } from "@automatosx/workflow";
import { hashOf } from "./canned-answers.js";
import type { Misbehaviour } from "./faults.js";
import type { RunModel } from "./RunModel.js";
import { SeededRandom } from "./SeededRandom.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { Answer } from "./workflows.js";

/** What the team has to know of a run that it works for. */
export interface Assignment {
  readonly name: string;
  readonly model: RunModel;
  /** What the agents do, by step: one entry a failure that counts, and what comes after the last is done well. */
  readonly script: ReadonlyMap<string, ReadonlyMap<number, Misbehaviour>>;
  /** The result of a step, made of nothing but the step and what it was given. */
  readonly answer: Answer;
}

export interface TeamSurroundings {
  readonly seed: number;
  readonly abandonAfterMs: number;
  readonly assignmentOf: (runId: string) => Assignment | undefined;
  readonly report: (failure: string) => void;
  readonly tell: (line: string) => void;
}

/** An attempt that an agent is working on. */
interface Call {
  readonly key: string;
  readonly process: SimulatedProcess;
  readonly runId: string;
  readonly step: StepDefinition;
  readonly signal: AbortSignal;
  abortedAt: number | undefined;
  isSettled: boolean;
}

/** What the durations of the agents are multiples of, in ms. */
const BEAT_MS = 50;

/** The reason under which each kind of failure is recorded. */
const REASONS: Readonly<Record<Misbehaviour, string>> = {
  ...{ slow: "", error: "error", throws: "error", invalid: "invalid", unjson: "invalid" },
  ...{ hangs: "timeout", deaf: "timeout", late: "timeout" },
};

/** How long an agent works on a step, in ms, unless it is one of those that take half of the timeout. */
const LONGEST_WORK_MS = 300;

const LONGEST_RECLAIM_MS = 2000;

/** All agents of the world, whichever process calls them; they see to it that no call is one too many. */
export class Team {
  readonly #around: TeamSurroundings;
  readonly #calls = new Map<string, Call>();
  readonly #reclaimed = new Set<string>();
  readonly #reclaiming = new Map<string, SimulatedProcess>();
  readonly #meant = new Map<string, string>();

  constructor(around: TeamSurroundings) {
    this.#around = around;
  }

  /** The agents as one process has them. */
  agentFor(process: SimulatedProcess): AgentPort {
    return {
      // Not an async function: an agent that throws at once must throw.
      execute: (request) => this.#execute(process, request),
      reclaim: (key) => this.#reclaim(process, plain(key)),
    };
  }

  /** Is this how the attempt was to end? No reason stands for success. */
  isMeant(key: string, reason: string): boolean {
    return (this.#meant.get(key) ?? "") === reason;
  }

  /** Attempts of a run that this process has not been told to stop, or that have not heeded it. */
  callsOf(
    process: SimulatedProcess,
    runId: string,
  ): readonly { readonly key: string; readonly isAborted: boolean }[] {
    return [...this.#calls.values()]
      .filter((call) => call.process === process && call.runId === runId && !call.isSettled)
      .map(({ key, signal }) => ({ key, isAborted: signal.aborted }));
  }

  /** Attempts of a run in this process that are not over: an agent that was left behind does not count any more. */
  openCalls(process: SimulatedProcess, runId: string): readonly Call[] {
    return [...this.#calls.values()].filter(
      (call) =>
        call.process === process &&
        call.runId === runId &&
        !call.isSettled &&
        (call.abortedAt === undefined ||
          process.clock.now() < call.abortedAt + this.#around.abandonAfterMs),
    );
  }

  /** Is something that an attempt of the run left behind being ended by this process? Until it is, nothing of the run begins. */
  isReclaiming(process: SimulatedProcess, runId: string): boolean {
    return [...this.#reclaiming].some(([key, by]) => by === process && key.startsWith(`${runId}/`));
  }

  /** Was the agent told that its time is over? */
  hasTimedOut(key: string): boolean {
    const reason: unknown = this.#calls.get(key)?.signal.reason;
    return reason instanceof Error && reason.name === "TimeoutError";
  }

  // Half of them take a while, in which others may come.
  #reclaim(process: SimulatedProcess, key: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reclaiming.set(key, process);
    const ended = (): void => {
      this.#reclaiming.delete(key);
      this.#reclaimed.add(key);
      resolve();
    };
    const takesMs =
      (hashOf(`${this.#around.seed} reclaim ${key}`) % (2 * LONGEST_RECLAIM_MS)) -
      LONGEST_RECLAIM_MS;
    if (takesMs > 0) process.deliver(takesMs, ended);
    else ended();
    return promise;
  }

  #execute(process: SimulatedProcess, request: AgentRequest): Promise<unknown> {
    const assignment = this.#around.assignmentOf(request.runId);
    if (assignment === undefined) {
      this.#around.report(
        `an agent is called for ${plain(request.idempotencyKey)}, a run that no one started`,
      );
      return Promise.resolve(null);
    }
    const { model, name } = assignment;
    const { stepId, attemptNumber } = request;
    const step = model.steps.get(stepId)?.step as StepDefinition;
    this.#check(process, request, assignment, step);
    const call: Call = {
      ...{
        key: plain(request.idempotencyKey),
        process,
        runId: request.runId,
        step,
        signal: request.signal,
      },
      ...{ abortedAt: undefined, isSettled: false },
    };
    this.#calls.set(call.key, call);
    const does = assignment.script.get(stepId)?.get(model.failures.get(stepId) ?? 0);
    this.#around.tell(
      `${process.name} calls the agent of ${name} ${stepId}/${attemptNumber}${does === undefined ? "" : `, which is ${does}`}`,
    );
    if (does !== undefined) this.#meant.set(call.key, REASONS[does]);
    const chance = new SeededRandom(
      this.#around.seed + hashOf(`${name}/${stepId}/${attemptNumber}`),
    );
    if (chance.chance(0.2)) request.log(`working on ${stepId}\n`);
    if (does === "throws") {
      call.isSettled = true;
      throw new Error("the agent throws");
    }
    return this.#work(call, does, chance, () =>
      assignment.answer(stepId, request.previousResults, model.restores),
    );
  }

  #work(
    call: Call,
    does: Misbehaviour | undefined,
    chance: SeededRandom,
    answer: () => unknown,
  ): Promise<unknown> {
    const { process, signal, step } = call;
    const timeout = step.timeout ?? LONGEST_WORK_MS;
    const longest = chance.chance(0.1) ? timeout / 2 : Math.min(LONGEST_WORK_MS, timeout / 2);
    // In whole beats, so that much happens at the same instant, in any order.
    const workMs = BEAT_MS * chance.between(1, Math.max(1, Math.floor(longest / BEAT_MS)));
    const stopMs = chance.pick([0, BEAT_MS]);
    const finishesAnyway = chance.chance(0.2);
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        call.isSettled = true;
        action();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      signal.addEventListener("abort", () => {
        call.abortedAt = process.clock.now();
        this.#around.tell(
          `${process.name} tells the agent of ${call.key.slice(call.runId.length + 1)} to stop`,
        );
        if (does === "deaf" || does === "late") return;
        if (finishesAnyway && does !== "hangs") return;
        process.deliver(stopMs, () => {
          if (!call.isSettled) fail(signal.reason as Error);
        });
      });
      const doAfter = (delayMs: number, action: () => void): void =>
        process.deliver(delayMs, () => {
          if (!call.isSettled) action();
        });
      switch (does) {
        case "hangs":
        case "deaf":
        case "throws":
          break;
        case "late":
          doAfter(timeout + chance.between(1, 2 * this.#around.abandonAfterMs), () =>
            settle(() => resolve(answer())),
          );
          break;
        case "error":
          doAfter(workMs, () => fail(new AgentError("no such luck")));
          break;
        case "invalid":
          doAfter(workMs, () => fail(new AgentError("it will never be", { retryable: false })));
          break;
        case "unjson":
          doAfter(workMs, () => settle(() => resolve(10n)));
          break;
        case "slow":
        case undefined: {
          const takesMs = does === "slow" ? Math.max(workMs, Math.floor(timeout * 0.9)) : workMs;
          doAfter(takesMs, () => settle(() => resolve(answer())));
        }
      }
    });
  }

  #check(
    process: SimulatedProcess,
    request: AgentRequest,
    { model, name }: Assignment,
    step: StepDefinition,
  ): void {
    const { stepId, attemptNumber, runId } = request;
    const key = plain(request.idempotencyKey);
    const wrong = (what: string): void =>
      this.#around.report(
        `${process.name} calls the agent of ${name} ${stepId}/${attemptNumber}, ${what}`,
      );
    if (process.isDead) wrong("though that process is dead");
    if (this.#calls.has(key)) wrong("a second time");
    const now = model.steps.get(stepId);
    if (now?.status === "completed") wrong("whose result is recorded");
    else if (now?.status !== "running") wrong(`though its step is ${now?.status}`);
    if (now?.newestAttempt !== attemptNumber)
      wrong(`though the newest attempt on record is ${now?.newestAttempt}`);
    const given = Object.fromEntries(step.dependencies.map((id) => [id, model.given(id)]));
    if (JSON.stringify(given) !== JSON.stringify(request.previousResults)) {
      wrong(
        `with ${JSON.stringify(request.previousResults)}; on record is ${JSON.stringify(given)}`,
      );
    }
    const before = this.#calls.get(`${runId}/${stepId}/${attemptNumber - 1}`);
    if (
      before !== undefined &&
      before.process !== process &&
      before.abortedAt === undefined &&
      !before.isSettled &&
      !this.#reclaimed.has(before.key)
    ) {
      wrong(`and has not reclaimed ${before.key.slice(runId.length + 1)}`);
    }
    this.#checkOverlap(process, request, model, wrong);
  }

  #checkOverlap(
    process: SimulatedProcess,
    request: AgentRequest,
    model: RunModel,
    wrong: (what: string) => void,
  ): void {
    const open = this.openCalls(process, request.runId);
    const same = open.find((call) => call.step.id === request.stepId);
    if (same !== undefined) wrong(`while ${same.key.slice(request.runId.length + 1)} is in flight`);
    const limit = model.concurrency;
    if (open.length + 1 > limit)
      wrong(`as the ${open.length + 1}. in flight; ${limit} are allowed`);
    const isSerial = model.steps.get(request.stepId)?.step.parallel === false;
    if (isSerial && open.some((call) => !call.step.parallel))
      wrong("while another that must not overlap is in flight");
  }
}

// The key of a named run has the run's beginning in it, which tells nothing here.
function plain(idempotencyKey: string): string {
  return idempotencyKey.replace(/@[^/]*/, "");
}
