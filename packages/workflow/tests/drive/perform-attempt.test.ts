import { describe, expect, test } from "vitest";
import type { AttemptOptions } from "../../src/drive/AttemptOptions.js";
import type { AttemptRequest } from "../../src/drive/attempt-request.js";
import type { Outcome } from "../../src/drive/outcome.js";
import { performAttempt } from "../../src/drive/perform-attempt.js";
import { type Agent, AgentError, type AgentRequest, agentReply } from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";

const request: AttemptRequest = {
  runId: "r",
  workflowId: "w",
  stepId: "b",
  stepName: "B",
  agentId: "worker",
  attemptNumber: 2,
  idempotencyKey: "r/b/2",
  task: "build ${{ steps.a.output.module }} for ${{ inputs.town }}",
  inputs: { town: "Bern" },
  context: { tone: "dry" },
  dependencies: ["a"],
  results: { a: { module: "auth" } },
  values: { steps: { a: { output: { module: "auth" } } }, inputs: { town: "Bern" } },
};

interface Bench {
  readonly clock: SimulatedClock;
  readonly controller: AbortController;
  readonly outcome: Promise<Outcome>;
}

function perform(
  agent: Agent | undefined,
  given: Partial<AttemptRequest> = {},
  options: Partial<AttemptOptions> = {},
): Bench {
  const clock = new SimulatedClock(1000);
  const controller = new AbortController();
  const outcome = performAttempt(
    agent,
    { ...request, ...given },
    { clock, signal: controller.signal, abandonAfterMs: 500, ...options },
  );
  return { clock, controller, outcome };
}

/** An agent that settles only when it is stopped, in the way that `answer` specifies. */
const untilStopped =
  (answer: (signal: AbortSignal) => unknown = ({ reason }) => Promise.reject(reason as Error)) =>
  ({ signal }: AgentRequest): Promise<unknown> =>
    new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve());
    }).then(() => answer(signal));

const failed = (reason: string, error: unknown, at = 1000): unknown => ({
  ok: false,
  reason,
  error,
  at,
});

describe("performAttempt", () => {
  test("passes the rendered task to the agent, and returns the result as JSON text", async () => {
    let seen: unknown;
    const { outcome } = perform(({ signal: _, log: __, ...rest }) => {
      seen = structuredClone(rest);
      (rest.previousResults["a"] as { module: string }).module = "changed";
      return { built: true };
    });
    expect([await outcome, seen, request.results]).toEqual([
      { ok: true, text: '{"built":true}', at: 1000, reads: ["context", "inputs.town"] },
      {
        runId: "r",
        workflowId: "w",
        stepId: "b",
        stepName: "B",
        agentId: "worker",
        attemptNumber: 2,
        idempotencyKey: "r/b/2",
        task: "build auth for Bern",
        inputs: { town: "Bern" },
        context: { tone: "dry" },
        previousResults: { a: { module: "auth" } },
      },
      { a: { module: "auth" } },
    ]);
  });

  test("performs a request after a JSON round trip", async () => {
    const travelled = JSON.parse(JSON.stringify(request)) as AttemptRequest;
    expect(await perform(({ task }) => task, travelled).outcome).toEqual({
      ok: true,
      text: '"build auth for Bern"',
      at: 1000,
    });
  });

  test("passes on the usage in a reply", async () => {
    const { outcome } = perform(() => agentReply({ result: 1, usage: { usd: 0.5 } }));
    expect(await outcome).toEqual({ ok: true, text: "1", usage: { usd: 0.5 }, at: 1000 });
  });

  test.each<[string, Agent | undefined, Partial<AttemptRequest>, unknown]>([
    ["no agent", undefined, {}, failed("invalid", "no agent `worker` is registered")],
    [
      "a task that cannot be rendered",
      () => 1,
      { task: "${{ steps.a.output.none }}" },
      failed("expression", "`steps.a.output.none` is missing: `steps.a.output` has `module`"),
    ],
    [
      "a result that is not JSON",
      () => 1n,
      {},
      failed("invalid", expect.stringContaining("its result is not JSON: `$` is a bigint. ")),
    ],
    [
      "a function",
      () => () => 1,
      {},
      failed("invalid", expect.stringContaining("its result is not JSON: `$` is a function. ")),
    ],
    [
      "a result of 501 levels",
      () => JSON.parse("[".repeat(501) + "]".repeat(501)) as unknown,
      {},
      failed("invalid", expect.stringMatching(/^its result cannot be recorded: `\$.* 500 levels/)),
    ],
    ["an error", () => Promise.reject(new Error("busy")), {}, failed("error", "busy")],
    [
      "an error that another attempt cannot help",
      () => Promise.reject(new AgentError("no such program", { retryable: false })),
      {},
      failed("invalid", "no such program"),
    ],
    [
      "a thrown value without text",
      () => {
        throw Object.create(null) as Error;
      },
      {},
      failed("error", "a value that cannot be converted to text"),
    ],
    [
      "usage that is invalid",
      () => ({ result: 1, usage: { usd: -1 }, [Symbol.for("@automatosx/agent-reply")]: true }),
      {},
      failed("invalid", "usage.usd must be a number, 0 or more; it is -1"),
    ],
  ])("fails for %s, and does not reject", async (_, agent, given, expected) => {
    expect(await perform(agent, given).outcome).toEqual(expected);
  });

  test("stops the agent at the timeout", async () => {
    const reasons: unknown[] = [];
    const agent = untilStopped(({ reason }) => {
      reasons.push((reason as Error).name);
      return Promise.reject(reason as Error);
    });
    const { outcome, clock } = perform(agent, { timeoutMs: 200 });
    expect(await clock.advanceUntil(outcome)).toEqual(
      failed("timeout", "timed out after 200 ms", 1200),
    );
    expect([reasons, clock.timerCount]).toEqual([["TimeoutError"], 0]);
  });

  test("refuses a result that arrives after the timeout", async () => {
    const { outcome, clock } = perform(
      untilStopped(() => "late"),
      { timeoutMs: 200 },
    );
    expect(await clock.advanceUntil(outcome)).toEqual(
      failed("timeout", "timed out after 200 ms", 1200),
    );
  });

  test.each([
    ["interrupted", "the engine was stopped"],
    ["cancelled", "cancelled"],
  ])("stops the agent when its signal is aborted with the reason %s", async (reason, error) => {
    const { outcome, controller } = perform(untilStopped());
    controller.abort(reason);
    expect(await outcome).toEqual(failed("interrupted", error));
  });

  test("keeps a result that arrives while the engine is stopping", async () => {
    const { outcome, controller } = perform(untilStopped(() => "paid for"));
    controller.abort("interrupted");
    expect(await outcome).toEqual({ ok: true, text: '"paid for"', at: 1000 });
  });

  test("does not call the agent when it is stopped before it begins", async () => {
    let calls = 0;
    const signal = AbortSignal.abort("interrupted");
    expect([await perform(() => (calls += 1), {}, { signal }).outcome, calls]).toEqual([
      failed("interrupted", "the engine was stopped"),
      0,
    ]);
  });

  test.each<[string, number | undefined, number]>([
    ["after `abandonAfterMs`", undefined, 500],
    ["after the agent's `stopMs`, if that is longer", 2000, 2000],
    ["no sooner than `abandonAfterMs`", 10, 500],
  ])("abandons an agent that ignores its signal %s", async (_, stopMs, afterMs) => {
    const agent = {
      execute: () => new Promise<never>(() => undefined),
      ...(stopMs !== undefined && { stopMs }),
    };
    const { outcome, clock, controller } = perform(agent);
    controller.abort("interrupted");
    expect([await clock.advanceUntil(outcome), clock.now()]).toEqual([
      failed(
        "interrupted",
        `the engine was stopped; the agent did not stop within ${afterMs} ms and was abandoned`,
        1000 + afterMs,
      ),
      1000 + afterMs,
    ]);
  });

  test("leaves no timer and no listener on a signal that outlives the attempt", async () => {
    const { outcome, clock, controller } = perform(() => 1, { timeoutMs: 60_000 });
    await outcome;
    controller.abort("interrupted");
    expect(clock.timerCount).toBe(0);
  });

  test("passes on the beginning of the output and, when it has ended, its end", async () => {
    const pieces: [string, string][] = [];
    const log = (text: string, stream: string): void => void pieces.push([text, stream]);
    let before = 0;
    const agent = ({ log }: AgentRequest): void => {
      log("hello");
      log("", "stderr");
      log("x".repeat(11_000_000), "stderr");
      log("more");
      before = pieces.length;
    };
    await perform(agent, {}, { log }).outcome;
    expect([before, pieces.map(([text, stream]) => [text.length, stream])]).toEqual([
      2,
      [
        [5, "stdout"],
        [6_999_995, "stderr"],
        [53, "stderr"],
        [999_996, "stderr"],
        [4, "stdout"],
      ],
    ]);
    expect(pieces[2]?.[0]).toBe("\n[… 3,000,009 characters of output are not stored …]\n");
  });

  test("passes on an error in full that the journal cannot hold, after the output", async () => {
    let logged = "";
    const log = (text: string, stream: string): void => void (logged += `${stream}: ${text}`);
    const message = `begin ${"x".repeat(5_000_000)} end`;
    const { outcome } = perform(
      ({ log }) => {
        log("no newline");
        throw new Error(message);
      },
      {},
      { log },
    );
    const { error = "" } = (await outcome) as { error?: string };
    expect([
      error.length < 100_100,
      error.startsWith("begin xx"),
      error.endsWith("xx end"),
    ]).toEqual([true, true, true]);
    expect(logged).toBe(`stdout: no newlinestderr: \n${message}\n`);
  });

  test("records processes with their start times, and refuses invalid process ids", async () => {
    const recorded: unknown[] = [];
    const recordProcess = async (process: unknown): Promise<void> => void recorded.push(process);
    const agent = async ({ recordProcess }: AgentRequest): Promise<void> => {
      await recordProcess?.(process.pid);
      await recordProcess?.(0);
    };
    expect([await perform(agent, {}, { recordProcess }).outcome, recorded]).toEqual([
      failed("invalid", "a process id must be a whole number, 1 or more; 0 is not"),
      [expect.objectContaining({ pid: process.pid, processStart: expect.any(String) as string })],
    ]);
  });

  test("leaves no unhandled rejection of a promise that the agent throws or does not await", async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    try {
      const { outcome } = perform(
        ({ recordProcess }) => {
          void recordProcess?.(-1);
          throw Promise.reject(new Error("rejected"));
        },
        {},
        { recordProcess: () => Promise.resolve() },
      );
      expect(await outcome).toEqual(
        failed("error", "an object of the class Promise without a message"),
      );
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", onUnhandled);
    }
  });

  test("returns a failure if reading the class of the thrown value throws", async () => {
    const thrown = new Proxy(new Error("no"), {
      getPrototypeOf() {
        throw new Error("hostile");
      },
    });
    const { outcome } = perform(() => Promise.reject(thrown));
    expect(await outcome).toEqual(failed("error", "no"));
  });

  test("retries an AgentError whose retryable cannot be read", async () => {
    const thrown = Object.defineProperty(new AgentError("no"), "retryable", {
      get() {
        throw new Error("hostile");
      },
    });
    expect(await perform(() => Promise.reject(thrown)).outcome).toEqual(failed("error", "no"));
  });

  test("fails without another attempt if a reply cannot be read", async () => {
    const reply = Object.defineProperty(agentReply({ result: 1 }), "result", {
      get() {
        throw new Error("hostile");
      },
    });
    expect(await perform(() => reply).outcome).toEqual(failed("invalid", "hostile"));
  });

  test("calls no agent whose time to stop cannot be read", async () => {
    let calls = 0;
    const { outcome } = perform({
      get stopMs(): number {
        throw new Error("hostile");
      },
      execute: async () => {
        calls += 1;
      },
    });
    expect([await outcome, calls]).toEqual([failed("error", "hostile"), 0]);
  });
});
