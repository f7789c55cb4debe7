import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { WorkflowEngine, WorkflowError } from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { bench, workflow } from "../support/workflows.js";

describe("WorkflowEngine.execute", () => {
  test("runs a workflow and returns every step's result", async () => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: ({ stepId }) => `${stepId} done` },
    });
    const results = await engine.execute(workflow({ design: [], build: ["design"] }));
    expect(results).toEqual({ design: "design done", build: "build done" });
  });

  test("runs YAML text, with the caller's context on top of the workflow's", async () => {
    const text =
      "id: w\ncontext: { tone: dry, depth: 1 }\n" +
      "steps:\n  - { id: a, agentId: worker, task: 'be ${{ context.tone }}' }\n";
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: ({ task, context }) => ({ task, context }) },
    });
    expect(await engine.execute(text, "yaml", { tone: "brief" })).toEqual({
      a: { task: "be brief", context: { tone: "brief", depth: 1 } },
    });
  });

  test("passes each step the results of its dependencies, including inside its task text", async () => {
    const seen: unknown[] = [];
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: {
        worker: ({ stepId, task, previousResults }) => {
          seen.push({ stepId, task, previousResults });
          return { size: 3, notes: [`by ${stepId}`] };
        },
      },
    });
    const second = {
      dependencies: ["a"],
      task:
        "size ${{ steps.a.output.size }}, ${{ steps.a.output.notes[0] }}, " +
        "all ${{ steps.a.output }}",
    };
    await engine.execute(workflow({ a: [], b: second }));
    expect(seen).toEqual([
      { stepId: "a", task: "do a", previousResults: {} },
      {
        stepId: "b",
        task: 'size 3, by a, all {"size":3,"notes":["by a"]}',
        previousResults: { a: { size: 3, notes: ["by a"] } },
      },
    ]);
  });

  test("starts the step with the longest estimate first when not all may start", async () => {
    const order: string[] = [];
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: ({ stepId }) => order.push(stepId) },
    });
    const steps = { quick: { estimate: 500 }, unknown: [], slow: { estimate: "1h" } };
    await engine.execute(workflow(steps, { limits: { concurrency: 1 } }));
    expect(order).toEqual(["slow", "unknown", "quick"]);
  });

  test("throws `run_failed` with the step's error when a step fails permanently", async () => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: () => Promise.reject(new Error("no disk")) },
    });
    const error = await engine.execute(workflow({ a: [] })).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkflowError);
    expect(error).toMatchObject({
      code: "run_failed",
      message: expect.stringContaining("step `a` failed: no disk"),
    });
  });
});

describe("WorkflowEngine.start", () => {
  test("refuses an agent that is not registered before any step starts", async () => {
    let calls = 0;
    const known = (): number => (calls += 1);
    await using engine = await WorkflowEngine.open({ database: ":memory:", agents: { known } });
    const started = engine.start(workflow({ a: { agentId: "known" }, b: { agentId: "unknown" } }));
    await expect(started).rejects.toMatchObject({
      code: "unknown_agent",
      message: expect.stringContaining("`unknown`"),
    });
    expect({ calls, runs: engine.getStats().running }).toEqual({ calls: 0, runs: 0 });
  });

  test("creates the workflow file's own agents with `agentFactory`, which is then required", async () => {
    const definition = workflow(
      { a: { agentId: "mine" } },
      { agents: { mine: { command: ["true"] } } },
    );
    await using without = await WorkflowEngine.open({ database: ":memory:" });
    await expect(without.start(definition)).rejects.toMatchObject({
      code: "unknown_agent",
      remedy: expect.stringContaining("agentFactory"),
    });
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agentFactory: (made, agentId) => () => ({
        agentId,
        command: "command" in made ? made.command : [],
      }),
    });
    expect(await engine.execute(definition)).toEqual({ a: { agentId: "mine", command: ["true"] } });
  });

  test("reports every input that does not match, and fills in defaults", async () => {
    const definition = workflow(
      { a: { task: "${{ inputs.feature }} x${{ inputs.times }}" } },
      { inputs: { feature: { type: "string" }, times: { type: "number", default: 2 } } },
    );
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: ({ task }) => task },
    });
    await expect(
      engine.start(definition, { inputs: { feature: 1, other: true } }),
    ).rejects.toMatchObject({
      code: "invalid_input",
      message:
        "The inputs do not match the workflow: `other` is not an input of this workflow; " +
        "`feature` must be a string, not a number.",
    });
    const run = await engine.start(definition, { inputs: { feature: "login" } });
    expect((await run.ending).results).toEqual({ a: "login x2" });
  });

  test("refuses an invalid definition with every issue, and starts nothing", async () => {
    await using engine = await WorkflowEngine.open({ database: ":memory:", agents: {} });
    const started = engine.start(
      "id: w\nsteps:\n  - { id: a, agnetId: x, task: t }\n" +
        "  - { id: b, agentId: x, task: t, dependencies: [aa] }\n",
    );
    const error = (await started.catch((caught: unknown) => caught)) as WorkflowError;
    expect(error.code).toBe("invalid_definition");
    expect(error.issues.length).toBeGreaterThanOrEqual(2);
  });

  test.each([
    ["the context", { a: [], b: { task: "${{ context.customer.name }}" } }, {}, "context"],
    [
      "the inputs",
      { a: { task: "${{ inputs.town }}" } },
      { inputs: { town: { type: "string" as const, required: false } } },
      "inputs",
    ],
  ])(
    "refuses to start when a task needs a value that %s does not have",
    async (_, steps, rest, source) => {
      await using b = await bench();
      const options = { context: { customer: "no map" } };
      await expect(b.engine.start(workflow(steps, rest), options)).rejects.toMatchObject({
        code: "invalid_input",
        message: expect.stringMatching(
          /step `[ab]`: `(context\.customer\.name|inputs\.town)` is missing/,
        ) as string,
        remedy: expect.stringContaining(source) as string,
      });
      expect([b.agent.started, b.engine.storage.listRuns()]).toEqual([[], []]);
    },
  );

  test("starts despite a missing value if the failure of the step that needs it is tolerated", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      workflow({ a: { task: "${{ context.customer }}", continueOnError: true }, b: [] }),
    );
    expect([(await run.ending).status, b.agent.started]).toEqual(["completed", ["b"]]);
  });

  test("cancels the run when its signal is aborted", async () => {
    await using b = await bench({ a: { hangs: true } });
    const controller = new AbortController();
    const run = await b.engine.start(workflow({ a: [] }), { signal: controller.signal });
    controller.abort();
    const ending = await b.clock.advanceUntil(run.ending);
    expect({ status: ending.status, aborted: b.agent.aborted }).toEqual({
      status: "cancelled",
      aborted: [`${run.id}/a/1`],
    });
  });

  test("leaves no listener on a signal that outlives the run", async () => {
    await using b = await bench();
    const { signal } = new AbortController();
    const run = await b.engine.start(workflow({ a: [] }), { signal });
    const during = getEventListeners(signal, "abort").length;
    await b.clock.advanceUntil(run.ending);
    expect([during, getEventListeners(signal, "abort").length]).toEqual([1, 0]);
  });
});

describe("a step's result", () => {
  test("is a copy: a later change by the agent does not affect the next step", async () => {
    const shared = { count: 1 };
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: {
        worker: ({ stepId, previousResults }) => {
          if (stepId === "a") return shared;
          shared.count = 99;
          return previousResults["a"];
        },
      },
    });
    expect(await engine.execute(workflow({ a: [], b: ["a"] }))).toEqual({
      a: { count: 1 },
      b: { count: 1 },
    });
  });

  test("is null for undefined; a value that is not JSON fails the step", async () => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { nothing: () => undefined, big: () => 1n },
    });
    const run = await engine.start(
      workflow({ a: { agentId: "nothing" }, b: { agentId: "big", retries: 3 } }),
    );
    const ending = await run.ending;
    expect({
      results: ending.results,
      attempts: ending.metrics.attempts,
      status: ending.status,
    }).toEqual({
      results: { a: null },
      attempts: 2,
      status: "failed",
    });
  });

  test("is stored as an artifact when it is large, and read back unchanged", async () => {
    const large = { text: "x".repeat(400_000) };
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: {
        worker: ({ stepId, previousResults }) => (stepId === "a" ? large : previousResults["a"]),
      },
    });
    const run = await engine.start(workflow({ a: [], b: ["a"] }));
    expect((await run.ending).results).toEqual({ a: large, b: large });
    const entries = [...engine.storage.readJournal(run.id)].filter(
      (entry) => entry.type === "step_completed",
    );
    expect(entries.map((entry) => entry.payload.length < 200)).toEqual([true, true]);
  });
});

describe("timeouts", () => {
  test("stop the agent and fail the attempt; the next attempt waits for the backoff", async () => {
    await using b = await bench({ a: [{ hangs: true }, { result: "second" }] });
    const step = { timeout: 1000, retries: 1, retry: { backoff: 400, jitter: "none" } };
    const { retries: _, ...rest } = step;
    const run = await b.engine.start(
      workflow({ a: { ...rest, retry: { max: 1, backoff: 400, jitter: "none" } } }),
    );
    await b.clock.advance(1399);
    expect({ attempts: b.agent.requests.length, aborted: b.agent.aborted }).toEqual({
      attempts: 1,
      aborted: [`${run.id}/a/1`],
    });
    await b.clock.advance(1);
    expect(await b.clock.advanceUntil(run.ending)).toMatchObject({
      status: "completed",
      results: { a: "second" },
      metrics: { attempts: 2, retries: 1 },
    });
  });

  test("wait up to the agent's `stopMs`", async () => {
    const clock = new SimulatedClock();
    const agent = {
      stopMs: 5000,
      // As long as it takes to end a program.
      execute: ({ signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () =>
            clock.setTimer(3000, () => reject(signal.reason as Error)),
          ),
        ),
    };
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      abandonAfterMs: 500,
      ports: { clock },
      agents: { "*": agent },
    });
    const began = clock.now();
    const run = await engine.start(workflow({ a: { timeout: 1000 } }));
    const ending = await clock.advanceUntil(run.ending);
    expect([ending.error, clock.now() - began]).toEqual([
      expect.stringMatching(/timed out after 1000 ms$/),
      4000,
    ]);
  });

  test("abandon an agent that ignores its signal", async () => {
    await using b = await bench(
      { a: { hangs: true, ignoresSignal: true } },
      { abandonAfterMs: 500 },
    );
    const run = await b.engine.start(workflow({ a: { timeout: 1000 } }));
    const ending = await b.clock.advanceUntil(run.ending);
    expect(ending.error).toContain("did not stop within 500 ms");
  });
});

describe("retries", () => {
  test("wait longer each time; the last failure is final", async () => {
    await using b = await bench({ a: { error: "busy" } });
    const run = await b.engine.start(
      workflow({ a: { retry: { max: 2, backoff: 100, factor: 3, jitter: "none" } }, b: ["a"] }),
    );
    const began = b.clock.now();
    const ending = await b.clock.advanceUntil(run.ending);
    expect({
      elapsed: b.clock.now() - began,
      attempts: b.agent.started,
      status: ending.status,
      skipped: ending.metrics.skippedSteps,
    }).toEqual({
      elapsed: 400,
      attempts: ["a", "a", "a"],
      status: "failed",
      skipped: 1,
    });
  });

  test("are not spent on a failure that another attempt cannot fix", async () => {
    await using b = await bench({ a: { error: "no such program", retryable: false } });
    const run = await b.engine.start(workflow({ a: { retries: 5 } }));
    expect((await b.clock.advanceUntil(run.ending)).metrics.attempts).toBe(1);
  });
});

describe("continueOnError", () => {
  test("runs the dependents of the failed step, with null as its result", async () => {
    await using b = await bench({ a: { error: "optional" } });
    const run = await b.engine.start(workflow({ a: { continueOnError: true }, b: ["a"] }));
    const ending = await b.clock.advanceUntil(run.ending);
    expect({
      status: ending.status,
      ids: Object.keys(ending.results),
      given: b.agent.requests[1]?.previousResults,
    }).toEqual({
      status: "completed",
      ids: ["b"],
      given: { a: null },
    });
  });

  test("when absent, lets unrelated branches finish before the run fails", async () => {
    await using b = await bench({ a: { error: "broken" }, c: { result: 1, afterMs: 50 } });
    const run = await b.engine.start(workflow({ a: [], b: ["a"], c: [], d: ["c"] }));
    const ending = await b.clock.advanceUntil(run.ending);
    expect({
      status: ending.status,
      ids: Object.keys(ending.results),
      started: b.agent.started,
    }).toEqual({
      status: "failed",
      ids: ["c", "d"],
      started: ["a", "c", "d"],
    });
  });
});

describe("scheduling", () => {
  test("starts a step when its own dependencies are completed, not when its batch is", async () => {
    await using b = await bench({
      slow: { result: 1, afterMs: 1000 },
      quick: { result: 1, afterMs: 10 },
    });
    const run = await b.engine.start(workflow({ slow: [], quick: [], after: ["quick"] }));
    await b.clock.advance(10);
    expect(b.agent.started).toEqual(
      ["slow", "quick", "after"].sort(
        (x, y) => b.agent.started.indexOf(x) - b.agent.started.indexOf(y),
      ),
    );
    expect(b.agent.started).toContain("after");
    await b.clock.advanceUntil(run.ending);
  });

  test("respects the limits of the run, each agent and steps with `parallel: false`", async () => {
    const steps = Object.fromEntries(
      [...Array(12).keys()].map((n) => [
        `s${n}`,
        { agentId: n % 2 === 0 ? "even" : "odd", parallel: n > 3 },
      ]),
    );
    const script = Object.fromEntries(
      Object.keys(steps).map((id) => [id, { result: id, afterMs: 10 }]),
    );
    for (const [options, most] of [
      [{ concurrency: 5 }, 5],
      [{ agentConcurrency: { even: 1, odd: 2 } }, 3],
      [{}, 9],
    ] as const) {
      await using b = await bench(script, options);
      const run = await b.engine.start(workflow(steps));
      const ending = await b.clock.advanceUntil(run.ending);
      expect({ status: ending.status, most: b.agent.mostInFlight }).toEqual({
        status: "completed",
        most,
      });
    }
  });
});
