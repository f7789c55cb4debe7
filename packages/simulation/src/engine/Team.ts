import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StepDefinition } from "@automatosx/schemas";
import {
  AgentError,
  type AgentPort,
  type AgentReply,
  type AgentRequest,
  agentReply,
} from "@automatosx/workflow";
import { readAnswer } from "../language/index.js";
import { SeededRandom } from "../SeededRandom.js";
import { textHash } from "../text-hash.js";
import type { Answer } from "./answer.js";
import type { Misbehaviour } from "./Fault.js";
import type { RunModel } from "./RunModel.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import { sortedJson } from "./sorted-json.js";

/** The parts of a run that the team needs. */
export interface Assignment {
  readonly name: string;
  readonly model: RunModel;
  /**
   * Each step's agent's behaviour after its Nth counted failure. Without an entry, the agent
   * succeeds.
   */
  readonly script: ReadonlyMap<string, ReadonlyMap<number, Misbehaviour>>;
  readonly answer: Answer;
}

export interface TeamHost {
  readonly seed: number;
  readonly abandonAfterMs: number;
  readonly assignmentOf: (runId: string) => Assignment | undefined;
  readonly report: (failure: string) => void;
  readonly log: (line: string) => void;
}

/** An attempt that an agent is working on. */
interface Call {
  readonly key: string;
  readonly process: SimulatedProcess;
  readonly runId: string;
  readonly stepId: string;
  readonly step: StepDefinition;
  readonly signal: AbortSignal;
  abortedAt: number | undefined;
  isSettled: boolean;
}

/**
 * Agents work for multiples of this time, in ms, so that answers often arrive at the same instant.
 */
const BEAT_MS = 50;

/** The reason that the journal records for each misbehaviour; empty for success. */
const REASONS: Readonly<Record<Misbehaviour, string>> = {
  slow: "",
  error: "error",
  throws: "error",
  invalid: "invalid",
  unjson: "invalid",
  misfit: "invalid_output",
  hangs: "timeout",
  deaf: "timeout",
  late: "timeout",
};

/**
 * Maximum time in ms for which most agents work. The others need up to half of the step's timeout.
 */
const MAX_WORK_MS = 300;

const MAX_RECLAIM_MS = 2000;

/** The agents of all processes in the world. They check each call that they receive. */
export class Team {
  readonly #host: TeamHost;
  readonly #calls = new Map<string, Call>();
  readonly #reclaimed = new Set<string>();
  readonly #reclaiming = new Map<string, SimulatedProcess>();
  readonly #meant = new Map<string, string>();
  /** The scripted misbehaviours that have happened: an attempt may repeat one. */
  readonly #fired = new Set<string>();

  constructor(host: TeamHost) {
    this.#host = host;
  }

  /** Number of planned faults of agents that have happened. */
  get firedCount(): number {
    return this.#fired.size;
  }

  /** The agents as one process sees them. */
  agentFor(process: SimulatedProcess): AgentPort {
    return {
      sessions: true,
      // Not async: an agent that throws must throw, not reject.
      execute: (request) => this.#execute(process, request),
      reclaim: (key) => this.#reclaim(process, plain(key)),
    };
  }

  /** True if the attempt is scripted to fail for this reason; an empty reason means success. */
  isMeant(key: string, reason: string): boolean {
    return (this.#meant.get(key) ?? "") === reason;
  }

  /** This process's attempts of a run that have not settled, whether or not they were aborted. */
  callsOf(
    process: SimulatedProcess,
    runId: string,
  ): readonly { readonly key: string; readonly isAborted: boolean }[] {
    return [...this.#calls.values()]
      .filter((call) => call.process === process && call.runId === runId && !call.isSettled)
      .map(({ key, signal }) => ({ key, isAborted: signal.aborted }));
  }

  /** This process's attempts of a run that have neither settled nor been abandoned. */
  openCalls(process: SimulatedProcess, runId: string): readonly Call[] {
    return [...this.#calls.values()].filter(
      (call) =>
        call.process === process &&
        call.runId === runId &&
        !call.isSettled &&
        (call.abortedAt === undefined ||
          process.clock.now() < call.abortedAt + this.#host.abandonAfterMs),
    );
  }

  /**
   * True while this process reclaims an orphaned attempt of the run, during which no step starts.
   */
  isReclaiming(process: SimulatedProcess, runId: string): boolean {
    return [...this.#reclaiming].some(([key, by]) => by === process && key.startsWith(`${runId}/`));
  }

  /** True if the attempt was aborted by its timeout. */
  hasTimedOut(key: string): boolean {
    const reason: unknown = this.#calls.get(key)?.signal.reason;
    return reason instanceof Error && reason.name === "TimeoutError";
  }

  // Half of the reclaims take some time, so that other actions can happen in between.
  #reclaim(process: SimulatedProcess, key: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reclaiming.set(key, process);
    const ended = (): void => {
      this.#reclaiming.delete(key);
      this.#reclaimed.add(key);
      resolve();
    };
    const takesMs =
      (textHash(`${this.#host.seed} reclaim ${key}`) % (2 * MAX_RECLAIM_MS)) - MAX_RECLAIM_MS;
    if (takesMs > 0) process.deliver(takesMs, ended);
    else ended();
    return promise;
  }

  #execute(process: SimulatedProcess, request: AgentRequest): Promise<unknown> {
    const assignment = this.#host.assignmentOf(request.runId);
    if (assignment === undefined) {
      this.#host.report(
        `an agent is called for ${plain(request.idempotencyKey)}, whose run was never started`,
      );
      return Promise.resolve(null);
    }
    const { model, name } = assignment;
    const { stepId, attemptNumber } = request;
    const step = model.steps.get(stepId)?.step as StepDefinition;
    this.#check(process, request, assignment);
    const call: Call = {
      key: plain(request.idempotencyKey),
      process,
      runId: request.runId,
      stepId,
      step,
      signal: request.signal,
      abortedAt: undefined,
      isSettled: false,
    };
    this.#calls.set(call.key, call);
    const failureCount = model.failures.get(stepId) ?? 0;
    const does = assignment.script.get(step.id)?.get(failureCount);
    this.#host.log(
      `${process.name} calls the agent of ${name} ${stepId}/${attemptNumber}` +
        (does === undefined ? "" : ` (${does})`),
    );
    if (does !== undefined) {
      this.#meant.set(call.key, REASONS[does]);
      this.#fired.add(`${name}/${stepId}/${failureCount}`);
    }
    const chance = new SeededRandom(
      this.#host.seed + textHash(`${name}/${stepId}/${attemptNumber}`),
    );
    if (chance.chance(0.2)) request.log(`working on ${stepId}\n`);
    if (does === "throws") {
      call.isSettled = true;
      throw new Error("The agent throws.");
    }
    return this.#work(call, does, chance, () => {
      writeFiles(request);
      const result = assignment.answer(stepId, request.previousResults, {
        restores: model.restores,
        given: request.with,
      });
      return model.wantsMore ? agentReply({ result, ...said(stepId, attemptNumber) }) : result;
    });
  }

  #work(
    call: Call,
    does: Misbehaviour | undefined,
    chance: SeededRandom,
    answer: () => unknown,
  ): Promise<unknown> {
    const { process, signal, step } = call;
    const timeout = step.timeout ?? MAX_WORK_MS;
    const longest = chance.chance(0.1) ? timeout / 2 : Math.min(MAX_WORK_MS, timeout / 2);
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
        this.#host.log(
          `${process.name} aborts the agent of ${call.key.slice(call.runId.length + 1)}`,
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
          doAfter(timeout + chance.between(1, 2 * this.#host.abandonAfterMs), () =>
            settle(() => resolve(answer())),
          );
          break;
        case "error":
          doAfter(workMs, () => fail(new AgentError("The agent fails.")));
          break;
        case "invalid":
          doAfter(workMs, () =>
            fail(new AgentError("The task is impossible.", { retryable: false })),
          );
          break;
        case "unjson":
          doAfter(workMs, () => settle(() => resolve(10n)));
          break;
        case "misfit":
          doAfter(workMs, () => settle(() => resolve(misfitFor(step.output))));
          break;
        case "slow":
        case undefined: {
          const takesMs = does === "slow" ? Math.max(workMs, Math.floor(timeout * 0.9)) : workMs;
          doAfter(takesMs, () => settle(() => resolve(answer())));
        }
      }
    });
  }

  #check(process: SimulatedProcess, request: AgentRequest, { model, name }: Assignment): void {
    const { stepId, attemptNumber, runId } = request;
    const key = plain(request.idempotencyKey);
    const wrong = (what: string): void =>
      this.#host.report(
        `${process.name} calls the agent of ${name} ${stepId}/${attemptNumber}, ${what}`,
      );
    if (process.isDead) wrong("although the process is dead");
    if (this.#calls.has(key)) wrong("a second time");
    const now = model.steps.get(stepId);
    if (now?.status === "completed") wrong("although its result is recorded");
    else if (now?.status !== "running") wrong(`although the step is ${now?.status}`);
    if (now?.newestAttempt !== attemptNumber)
      wrong(`although the newest attempt in the journal is ${now?.newestAttempt}`);
    const given = model.givenTo(stepId);
    if (sortedJson(given) !== sortedJson(request.previousResults)) {
      wrong(
        `with ${JSON.stringify(request.previousResults)}; the journal has ${JSON.stringify(given)}`,
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
      wrong(`without having reclaimed ${before.key.slice(runId.length + 1)}`);
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
    const same = open.find((call) => call.stepId === request.stepId);
    if (same !== undefined) wrong(`while ${same.key.slice(request.runId.length + 1)} is in flight`);
    const limit = model.concurrency;
    const counted = open.filter(
      (call) => call.abortedAt === undefined || isAwaited(call, request, model),
    );
    if (counted.length + 1 > limit)
      wrong(`with ${counted.length} in flight; at most ${limit} are allowed`);
    const isSerial = model.steps.get(request.stepId)?.step.parallel === false;
    if (isSerial && counted.some((call) => !call.step.parallel))
      wrong("while another serial step is in flight");
  }
}

/** What an agent says beside its answer; now and then, the cost of an attempt is unknown. */
function said(stepId: string, attemptNumber: number): Partial<AgentReply> {
  const hash = textHash(`${stepId}/${attemptNumber}`);
  return {
    session: `${stepId}@${attemptNumber}`,
    ...(hash % 8 !== 0 && {
      usage: { usd: (hash % 5) / 100, inputTokens: hash % 70, outputTokens: hash % 30 },
    }),
  };
}

/** Writes the files that the step has declared, each with its path as the text. */
function writeFiles({ runDirectory, files = [] }: AgentRequest): void {
  for (const file of files) {
    const path = join(runDirectory ?? "", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file);
  }
}

/** A value that does not fit the schema. */
function misfitFor(schema: unknown): unknown {
  const values = [null, [[null]], { misfit: null }, "no JSON", -1e9, true];
  return values.find((value) => !readAnswer(schema, value).ok) ?? null;
}

/**
 * The key of an attempt, without the start time that a named run's key contains, and with the path
 * of the step as it is.
 */
function plain(idempotencyKey: string): string {
  return decodeURIComponent(idempotencyKey.replace(/@[^/]*/, ""));
}

/**
 * True if an attempt waits for the agent of another one that was aborted and is still stopping.
 * Handlers do not, nor does what an answer makes ready wait for the reconcile step that the answer
 * has made needless. Nothing waits for the agents of a step that has taken too long in all, or, in
 * a run that went back, for those whose requests have changed.
 */
function isAwaited({ stepId }: Call, request: AgentRequest, model: RunModel): boolean {
  const status = model.steps.get(stepId)?.status;
  const isOver = status === "failed" || status === "cancelled" || model.changes > 0;
  return !request.stepId.startsWith(":") && !stepId.endsWith(":reconcile") && !isOver;
}
