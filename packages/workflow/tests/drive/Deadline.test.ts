import { describe, expect, test } from "vitest";
import type { AttemptOptions } from "../../src/drive/AttemptOptions.js";
import type { AttemptRequest } from "../../src/drive/attempt-request.js";
import type { Outcome } from "../../src/drive/outcome.js";
import { performAttempt } from "../../src/drive/perform-attempt.js";
import { StoppedTime } from "../../src/drive/StoppedTime.js";
import type { AgentRequest } from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";

const request: AttemptRequest = {
  runId: "r",
  workflowId: "w",
  stepId: "s",
  stepName: "S",
  agentId: "worker",
  attemptNumber: 1,
  idempotencyKey: "r/s/1",
  task: "work",
  inputs: {},
  context: {},
  dependencies: [],
  results: {},
  values: {},
  timeoutMs: 3000,
};

const timedOut = { ok: false, reason: "timeout", error: "timed out after 3000 ms" };
const done = { ok: true, text: '"paid for"' };

interface Bench {
  readonly clock: SimulatedClock;
  readonly outcome: Promise<Outcome>;
  /** Settles the agent with its result. */
  readonly answer: () => void;
  /** The request that the agent was given. */
  readonly given: AgentRequest;
  /** Stops the process for this long; a timer of the engine shows it, as its polls do. */
  readonly stopProcess: (durationMs: number) => void;
}

/** An attempt whose agent settles when the test says so or, unless it is deaf, when it is stopped. */
function attempt(options: Partial<AttemptOptions> = {}, isDeaf = false): Bench {
  const clock = new SimulatedClock(0);
  const stopped = new StoppedTime();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  let given: AgentRequest | undefined;
  const agent = (received: AgentRequest): Promise<unknown> => {
    given = received;
    const { signal } = received;
    return new Promise((settle, reject) => {
      void promise.then(settle);
      if (!isDeaf) signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  };
  const outcome = performAttempt(agent, request, {
    clock,
    signal: new AbortController().signal,
    abandonAfterMs: 500,
    stopped,
    ...options,
  });
  if (given === undefined) throw new Error("the agent was not called");
  const stopProcess = (durationMs: number): void => {
    const dueAt = clock.now();
    clock.standStill(durationMs);
    stopped.note(dueAt, clock.now());
  };
  return { clock, outcome, answer: () => resolve("paid for"), given, stopProcess };
}

/** What arrived while the process was stopped is read in the turns after its timers. */
const arrived = (action: () => void): unknown => setImmediate(action);

describe("the timeout of an attempt", () => {
  test("is decided only after a result that has already arrived was read", async () => {
    const { clock, outcome, answer } = attempt();
    await clock.advance(2900);
    arrived(answer);
    clock.standStill(200);
    expect(await clock.advanceUntil(outcome)).toEqual({ ...done, at: 3100 });
  });

  test("does not count time in which the process was stopped", async () => {
    const { clock, outcome, answer, stopProcess } = attempt();
    await clock.advance(1000);
    stopProcess(5000);
    await clock.advance(1999);
    answer();
    expect(await clock.advanceUntil(outcome)).toEqual({ ...done, at: 7999 });
  });

  test("ends an agent that does not settle in its own time", async () => {
    const { clock, outcome, stopProcess } = attempt();
    await clock.advance(1000);
    stopProcess(5000);
    expect(await clock.advanceUntil(outcome)).toEqual({ ...timedOut, at: 8000 });
  });

  test("does not count a stop that ended before the timeout", async () => {
    const { clock, outcome, stopProcess } = attempt();
    await clock.advance(500);
    stopProcess(2000);
    expect(await clock.advanceUntil(outcome)).toEqual({ ...timedOut, at: 5000 });
  });

  test("leaves out a stop once, however many timers show it", async () => {
    const stopped = new StoppedTime();
    const { clock, outcome } = attempt({ stopped });
    await clock.advance(2500);
    clock.standStill(4000);
    stopped.note(2600, clock.now());
    stopped.note(2700, clock.now());
    // Stopped from 2600 to 6500 as far as the timers show: 400 ms of the timeout are left.
    expect(await clock.advanceUntil(outcome)).toEqual({ ...timedOut, at: 6900 });
  });

  test("counts the time in which the event loop is busy", async () => {
    const { clock, outcome, stopProcess } = attempt();
    await clock.advance(2900);
    stopProcess(200);
    expect(await clock.advanceUntil(outcome)).toEqual({ ...timedOut, at: 3100 });
  });

  test("ends an agent that blocks the process again and again", async () => {
    const { clock, outcome, stopProcess } = attempt();
    for (let blocks = 0; blocks < 20; blocks += 1) {
      stopProcess(1000);
      await clock.advance(0);
    }
    const { at, ...rest } = await outcome;
    expect([rest, at < 15_000]).toEqual([timedOut, true]);
  });
});

describe("the timeout of a program that was recorded", () => {
  const recordProcess = (): Promise<void> => Promise.resolve();

  test("continues while the process is stopped", async () => {
    const { clock, outcome, given, stopProcess } = attempt({ recordProcess });
    await given.recordProcess?.(process.pid);
    await clock.advance(1000);
    stopProcess(5000);
    expect(await clock.advanceUntil(outcome)).toEqual({ ...timedOut, at: 6000 });
  });

  test("keeps the result of a program that exited while the process was stopped", async () => {
    const { clock, outcome, given, answer } = attempt({ recordProcess });
    await given.recordProcess?.(process.pid);
    await clock.advance(1000);
    arrived(() => {
      given.markDone?.();
      clock.setTimer(60, answer);
    });
    clock.standStill(5000);
    expect(await clock.advanceUntil(outcome)).toEqual({ ...done, at: 6060 });
  });

  test("does not count a stop in which the program had to wait until its output was read", async () => {
    const { clock, outcome, given, answer, stopProcess } = attempt({ recordProcess });
    await given.recordProcess?.(process.pid);
    await clock.advance(1000);
    stopProcess(5000);
    arrived(() => given.log("x".repeat(100_000)));
    await clock.advance(1999);
    answer();
    expect(await clock.advanceUntil(outcome)).toEqual({ ...done, at: 7999 });
  });

  test("begins when the record is durable, because the program gets its task then", async () => {
    const durable = Promise.withResolvers<void>();
    const { clock, outcome, given } = attempt({ recordProcess: () => durable.promise });
    const recorded = given.recordProcess?.(process.pid);
    clock.standStill(4000);
    durable.resolve();
    await recorded;
    expect(await clock.advanceUntil(outcome)).toEqual({ ...timedOut, at: 7000 });
  });
});

describe("an agent that has marked its work as done", () => {
  test("may settle after the timeout", async () => {
    const { clock, outcome, given, answer } = attempt();
    await clock.advance(2990);
    given.markDone?.();
    await clock.advance(400);
    answer();
    expect(await clock.advanceUntil(outcome)).toEqual({ ...done, at: 3390 });
  });

  test("is stopped and abandoned if it does not settle", async () => {
    const { clock, outcome, given } = attempt({}, true);
    given.markDone?.();
    const error = "timed out after 3000 ms; the agent did not stop within 500 ms and was abandoned";
    expect(await clock.advanceUntil(outcome)).toEqual({ ...timedOut, error, at: 4000 });
  });
});

describe("an agent that was stopped", () => {
  test("is not abandoned if it settled while the process was stopped", async () => {
    const controller = new AbortController();
    const { clock, outcome, answer } = attempt({ signal: controller.signal }, true);
    controller.abort("interrupted");
    await clock.advance(400);
    arrived(answer);
    clock.standStill(5000);
    expect(await clock.advanceUntil(outcome)).toEqual({ ...done, at: 5400 });
  });

  test("may still use its time to stop after the process was stopped meanwhile", async () => {
    const controller = new AbortController();
    const { clock, outcome, stopProcess } = attempt({ signal: controller.signal }, true);
    controller.abort("interrupted");
    await clock.advance(100);
    stopProcess(5000);
    expect(await clock.advanceUntil(outcome)).toMatchObject({ reason: "interrupted", at: 5500 });
  });

  test("is abandoned in time although a timer shows only later how long the process was stopped", async () => {
    const stopped = new StoppedTime();
    const controller = new AbortController();
    const { clock, outcome } = attempt({ signal: controller.signal, stopped }, true);
    clock.standStill(3_600_000);
    controller.abort("interrupted");
    stopped.note(0, clock.now());
    expect(await clock.advanceUntil(outcome)).toMatchObject({
      reason: "interrupted",
      at: 3_600_500,
    });
  });
});
