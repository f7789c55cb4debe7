import { describe, expect, test } from "vitest";
import { RunQueries, type WorkflowEvent } from "../src/index.js";
import { type Agents, MoneyRun } from "./support/MoneyRun.js";
import { step } from "./support/machines.js";

const hour = 3_600_000;
const model = { agentId: "model" };
const attemptsOf = (run: MoneyRun, id: string) => {
  const { attemptNumber, failureCount, status } = RunQueries.step(run.machine, id) ?? {};
  return { attemptNumber, failureCount, status };
};

describe("a rate", () => {
  test("admits no more starts in any window", () => {
    const run = new MoneyRun(
      [step("work", { ...model, foreach: { in: ["a", "b", "c", "d", "e"], as: "item" } })],
      { agentLimits: { model: { rate: { count: 2, windowMs: 60_000 } } } },
      () => ({}),
    ).play();
    expect([run.state, run.launches, run.elapsed]).toEqual(["completed", { model: 5 }, 120_000]);
  });

  test("explains when it admits a step", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", model)],
      { agentLimits: { model: { rate: { count: 1, windowMs: 60_000 } } } },
      () => ({ ms: 1000 }),
    );
    expect(RunQueries.why(run.machine, "b")).toEqual([
      { type: "rate", stepId: "b", agentId: "model", until: 60_000 },
    ]);
  });

  test("survives a crash", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", model), step("c", { ...model, dependencies: ["a"] })],
      { agentLimits: { model: { rate: { count: 2, windowMs: 60_000 } } } },
      () => ({ ms: 1000 }),
    )
      .crash()
      .play();
    expect([run.state, run.launches, run.elapsed]).toEqual(["completed", { model: 5 }, 121_000]);
  });
});

/** The provider has refused the first attempt of `a`. */
const limitedUntil = (retryAt: number): WorkflowEvent => ({
  type: "step_failed",
  stepId: "a",
  attemptNumber: 1,
  error: "429",
  reason: "rate_limit",
  chance: 0,
  retryAt,
});

const limitedOnce =
  (resetMs?: number): Agents =>
  (agentId, launch) =>
    agentId === "model" && launch === 1
      ? { reason: "rate_limit", ...(resetMs !== undefined && { resetMs }) }
      : { ms: agentId === "other" ? 60_000 : 0 };

describe("a rate limit of a provider", () => {
  const steps = [
    step("a", model),
    step("b", { ...model, dependencies: ["s"] }),
    step("s", { agentId: "other" }),
  ];

  test("parks every step of the agent until the reset, and uses up no retry", () => {
    const run = new MoneyRun(steps, {}, limitedOnce(2 * hour));
    run.play();
    expect([run.state, run.launches, run.elapsed, attemptsOf(run, "a")]).toEqual([
      "completed",
      { model: 3, other: 1 },
      2 * hour,
      { attemptNumber: 2, failureCount: 0, status: "completed" },
    ]);
  });

  test("leaves its step waiting for the quota of its scope", () => {
    const run = new MoneyRun([step("a", model)], {}, limitedOnce(2 * hour));
    run.shell.settle = () => false;
    run.tell(limitedUntil(5000));
    const { status, waitingFor, retryAt, detail } = RunQueries.step(run.machine, "a") ?? {};
    expect([status, waitingFor, retryAt, detail, RunQueries.parked(run.machine)]).toEqual([
      "waiting",
      "quota",
      5000,
      { scope: "model" },
      [{ scope: "model", until: 5000 }],
    ]);
  });

  test("explains why every step of its scope stands still", () => {
    const run = new MoneyRun(steps, {}, limitedOnce(2 * hour));
    run.shell.now = 1;
    run.tell(limitedUntil(5000));
    run.tell({ type: "step_completed", stepId: "s", attemptNumber: 1, result: 1 });
    const cause = { type: "parked", agentId: "model", scope: "model", until: 5000 };
    expect(["a", "b"].map((id) => RunQueries.why(run.machine, id))).toEqual([
      [{ ...cause, stepId: "a" }],
      [{ ...cause, stepId: "b" }],
    ]);
  });

  test("is kept through a crash", () => {
    const run = new MoneyRun(steps, {}, limitedOnce(2 * hour));
    run.tell(limitedUntil(2 * hour));
    run.crash().play();
    expect([run.state, run.elapsed]).toEqual(["completed", 2 * hour]);
  });

  test("parks agents that share a scope together, and no others", () => {
    const run = new MoneyRun(
      [
        step("w", { agentId: "writer" }),
        step("r", { agentId: "reviewer", dependencies: ["o"] }),
        step("o"),
      ],
      { agentLimits: { writer: { scope: "x" }, reviewer: { scope: "x" } } },
      (agentId, launch) =>
        agentId === "writer" && launch === 1 ? { reason: "rate_limit", resetMs: hour } : { ms: 1 },
    ).play();
    expect([run.state, run.order, run.elapsed]).toEqual([
      "completed",
      ["w", "o", "w", "r"],
      hour + 1,
    ]);
  });

  test("without a reset parks for 30 s, and for twice as long each time, up to 15 min", () => {
    const run = new MoneyRun([step("a", model)], {}, (_, launch) =>
      launch < 9 ? { reason: "rate_limit" } : {},
    ).play();
    const starts = run.shell.journal.flatMap(({ event, at }) =>
      event.type === "execute_step_batch" ? [at / 1000] : [],
    );
    const waits = starts.map((at, index) => at - (starts[index - 1] ?? 0));
    expect(waits).toEqual([0, 30, 60, 120, 240, 480, 900, 900, 900]);
  });

  test("of attempts that were in flight together parks once", () => {
    const run = new MoneyRun([step("a", model), step("b", model)], {}, (_, launch) =>
      launch <= 2 ? { reason: "rate_limit" } : {},
    ).play();
    expect([run.state, run.elapsed, run.launches]).toEqual(["completed", 30_000, { model: 4 }]);
  });

  test("does not shorten a park", () => {
    const run = new MoneyRun([step("a", model), step("b", model)], {}, (_, launch) =>
      launch <= 2 ? { ms: 1, reason: "rate_limit", resetMs: launch === 1 ? hour : 10 } : {},
    ).play();
    expect([run.state, run.elapsed, run.launches]).toEqual(["completed", hour + 1, { model: 4 }]);
  });

  test("with a reset that has passed counts as one without", () => {
    const run = new MoneyRun([step("a", model)], {}, limitedOnce(0)).play();
    expect([run.state, run.elapsed]).toEqual(["completed", 30_000]);
  });

  test("may name a scope, to which the agent belongs from then on", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", model), step("c")],
      { concurrency: 1 },
      () => ({ ms: 10 }),
    );
    run.shell.now = 10;
    run.tell({
      type: "step_failed",
      stepId: "a",
      attemptNumber: 1,
      error: "429",
      reason: "rate_limit",
      chance: 0,
      retryAt: 1000,
      scope: "provider",
    });
    expect([RunQueries.parked(run.machine), run.play().order]).toEqual([
      [{ scope: "provider", until: 1000 }],
      ["a", "c", "a", "b"],
    ]);
  });
});
