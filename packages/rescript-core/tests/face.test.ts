import { describe, expect, test } from "vitest";
import {
  buildDependencyGraph,
  Context,
  criticalPath,
  downstream,
  Event,
  Guards,
  Machine,
  mayRetry,
  retryDelayMs,
  State,
  standardRetryPolicy,
  type WorkflowEvent,
} from "../src/index.js";
import {
  complete,
  fail,
  graphBuilt,
  move,
  moveAll,
  preparing,
  start,
  step,
} from "./support/machines.js";

const steps = [step("a"), step("b", { dependencies: ["a"] })];
const connected = () => {
  const { nodes, edges, executionOrder } = graphBuilt(steps) as Extract<
    WorkflowEvent,
    { type: "graph_built" }
  >;
  return Context.setGraph(Context.setSteps(Context.create(0), steps), nodes, edges, executionOrder);
};

describe("the package's index", () => {
  test("exports exactly the expected functions, grouped by module", () => {
    const names = Object.fromEntries(
      Object.entries({ State, Event, Context, Guards, Machine }).map(([name, module]) => [
        name,
        Object.keys(module),
      ]),
    );
    const planned = {
      State: ["toString", "fromString", "isTerminal", "canPause", "canCheckpoint"],
      Event: ["toString"],
      Context: [
        "create",
        "setWorkflow",
        "setSteps",
        "setGraph",
        "completeStep",
        "failStep",
        "addCheckpoint",
        "restoreFromCheckpoint",
        "setError",
        "setResults",
        "nextBatch",
      ],
      Guards: [
        "hasWorkflow",
        "hasSteps",
        "hasGraph",
        "allStepsCompleted",
        "hasMoreBatches",
        "hasFailedSteps",
      ],
      Machine: ["make", "transition", "wake", "snapshot", "fastForward"],
    };
    for (const [module, functions] of Object.entries(planned))
      expect(names[module]).toEqual(expect.arrayContaining(functions));
  });

  test("reports in `ok` whether an event was accepted", () => {
    const outcome = Machine.transition(Machine.make(0), { type: "reset" }, 0);
    expect(outcome).toEqual({ ok: false, state: "idle", event: "reset", reason: "wrong_state" });
  });

  test("represents states and events as plain strings", () => {
    expect([
      State.toString("paused"),
      State.fromString("paused"),
      State.fromString("constructor"),
      Event.toString({ type: "pause_workflow" }),
    ]).toEqual(["paused", "paused", undefined, "pause_workflow"]);
  });
});

describe("a context", () => {
  test("can be created and changed without a machine", () => {
    const completed = Context.completeStep(connected(), "a", { lines: 3 }, 5);
    expect({
      results: Context.results(completed),
      ready: Context.stepsWithStatus(completed, "ready"),
      batch: Context.currentBatchIndex(Context.nextBatch(completed)),
      more: Guards.hasMoreBatches(completed),
      all: Guards.allStepsCompleted(completed),
    }).toEqual({ results: { a: { lines: 3 } }, ready: ["b"], batch: 1, more: true, all: false });
  });

  test("returns each step with its definition and progress", () => {
    const ctx = Context.failStep(connected(), "a", "broken", 7);
    expect(Context.steps(ctx)).toEqual([
      {
        ...steps[0],
        status: "failed",
        attemptNumber: 0,
        failureCount: 1,
        error: "broken",
        finishedAt: 7,
      },
      { ...steps[1], status: "skipped", attemptNumber: 0, failureCount: 0 },
    ]);
    expect([
      Context.step(ctx, "a")?.error,
      Context.step(ctx, "ghost"),
      Guards.hasFailedSteps(ctx),
    ]).toEqual(["broken", undefined, true]);
  });

  test("can be changed by the same functions that the machine uses", () => {
    const info = { workflowId: "w", definition: "…", format: "json", context: { region: "eu" } };
    const changed = Context.setResults(
      Context.setError(
        Context.addCheckpoint(
          Context.setPolicy(Context.setWorkflow(connected(), info), { concurrency: 2 }),
          "one",
          undefined,
          3,
        ),
        "no disk",
        "storage",
      ),
      { summary: 1 },
      9,
    );
    expect({
      workflow: Context.workflow(changed),
      policy: Context.policy(changed),
      checkpoints: Context.checkpoints(changed),
      error: [Context.error(changed), Context.errorCode(changed)],
      results: Context.results(changed),
      end: Context.metrics(changed).endTime,
      metadata: Context.metadata(changed),
      guards: [Guards.hasWorkflow(changed), Guards.hasSteps(changed), Guards.hasGraph(changed)],
    }).toEqual({
      workflow: info,
      policy: { concurrency: 2 },
      checkpoints: [{ checkpointId: "one", createdAt: 3, completedCount: 0 }],
      error: ["no disk", "storage"],
      results: { summary: 1 },
      end: 9,
      metadata: {},
      guards: [true, true, true],
    });
  });

  test("can be restored from checkpoint data after a JSON round trip", () => {
    const data = Context.checkpointData(
      Context.completeStep(connected(), "a", [1, null], 0),
      "one",
    );
    const restored = Context.restoreFromCheckpoint(connected(), JSON.parse(JSON.stringify(data)));
    expect([Context.results(restored), Context.stepsWithStatus(restored, "ready")]).toEqual([
      { a: [1, null] },
      ["b"],
    ]);
  });

  test("reports what is due next and what has changed", () => {
    const flaky = [
      step("a", {
        retries: 1,
        retry: { initialDelayMs: 250, factor: 1, maxDelayMs: 250, jitter: "none" },
      }),
    ];
    const running = moveAll(Machine.make(0), [
      ...preparing(flaky),
      { type: "steps_scheduled" },
      start("a"),
    ]);
    const waiting = Machine.context(move(running, fail("a"), 1000));
    expect([
      Context.nextDueAt(waiting),
      Context.now(waiting),
      Context.inFlightCount(waiting),
      Context.changedSteps(waiting, Machine.context(running)),
    ]).toEqual([
      1250,
      1000,
      0,
      [
        {
          id: "a",
          status: "waiting",
          attemptNumber: 1,
          failureCount: 1,
          error: "broken",
          startedAt: 0,
          retryAt: 1250,
        },
      ],
    ]);
  });
});

describe("a snapshot", () => {
  test("can be loaded after a JSON round trip", () => {
    const running = moveAll(Machine.make(0), [
      ...preparing(steps),
      { type: "steps_scheduled" },
      start("a"),
      complete("a"),
    ]);
    const snapshot = JSON.parse(JSON.stringify(Machine.snapshot(running, undefined)));
    const copy = Machine.fastForward(moveAll(Machine.make(0), preparing(steps)), [snapshot]);
    expect([Machine.wake(copy, 0), Machine.snapshot(copy, undefined)]).toEqual([
      Machine.wake(running, 0),
      Machine.snapshot(running, undefined),
    ]);
  });
});

describe("the graph and the retry policy", () => {
  test("can be used as plain functions", () => {
    const built = buildDependencyGraph(steps);
    const graph = built.ok ? built.graph : { nodes: [], edges: [], executionOrder: [] };
    expect([built.ok, criticalPath(graph, { b: 4 }), downstream(graph, "a")]).toEqual([
      true,
      { path: ["a", "b"], length: 5 },
      ["b"],
    ]);
    expect([retryDelayMs(standardRetryPolicy, 3, 0.5), mayRetry(1, 1), mayRetry(2, 1)]).toEqual([
      2000,
      true,
      false,
    ]);
    expect(buildDependencyGraph([{ id: "a", dependencies: ["a"] }])).toEqual({
      ok: false,
      problems: [{ type: "self_dependency", stepId: "a" }],
    });
  });
});
