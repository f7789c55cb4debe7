import { describe, expect, test } from "vitest";
import { Machine, RunQueries } from "../src/index.js";
import { type Agents, MoneyRun } from "./support/MoneyRun.js";
import { step } from "./support/machines.js";

const model = { agentId: "model" };
const list = (...items: string[]) => ({ foreach: { in: items, as: "item" } });
const tokens =
  (count: number, ms = 10_000): Agents =>
  () => ({ ms, usage: { tokens: count } });
const settled = ({ budget }: MoneyRun) => budget?.settled;
const summary = (run: MoneyRun) => [run.state, run.launches["model"], run.elapsed];

describe("a run", () => {
  test("launches no more than 100,000 agents, and fails then", () => {
    const run = new MoneyRun([step("a", model), step("b", model)], { concurrency: 1 }, () => ({
      ms: 1,
    }));
    const snapshot = { ...Machine.snapshot(run.machine, undefined), attempts: 100_000 };
    run.shell.machine = Machine.fastForward(run.machine, [snapshot]);
    run.play();
    expect([run.state, RunQueries.errorCode(run.machine), run.order]).toEqual([
      "failed",
      "budget_exceeded",
      ["a"],
    ]);
    expect(RunQueries.error(run.machine)).toBe(
      "the run has launched 100000 agents, and no run may launch more",
    );
  });
});

describe("a budget", () => {
  test("of 100 tokens launches one of three agents of 100 tokens, and the run pauses", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", model), step("c", model)],
      { budget: { tokens: 100 } },
      tokens(100, 1000),
    ).play();
    expect([summary(run), run.budget]).toEqual([
      ["paused", 1, 1000],
      {
        limits: { tokens: 100 },
        settled: { usd: 0, tokens: 100, launches: 1, wallMs: 1000 },
        reserved: { usd: 0, tokens: 0 },
        estimated: 0,
        unmetered: 0,
        shares: [{ dimension: "tokens", settled: 100, reserved: 0, limit: 100, percent: 100 }],
        heldBy: "tokens",
      },
    ]);
    run.tell({ type: "budget_changed", budget: { tokens: 300 } });
    expect(run.state).toBe("paused");
    run.tell({ type: "resume_workflow" });
    expect([summary(run.play()), settled(run)?.tokens]).toEqual([["completed", 3, 2000], 300]);
  });

  test("starts as many steps as their reserves fit", () => {
    const run = new MoneyRun(
      [step("work", { ...model, ...list("a", "b", "c", "d"), reserve: { usd: 0.4 } })],
      { budget: { usd: 1 } },
      () => ({ ms: 10_000, usage: { usd: 0.1 } }),
    ).play();
    expect([summary(run), run.mostAtOnce]).toEqual([["completed", 4, 20_000], { model: 2 }]);
  });

  test("reserves for an agent what it was seen to use, and runs it alone at first", () => {
    const run = new MoneyRun(
      [step("work", { ...model, ...list("a", "b", "c", "d", "e") })],
      { budget: { tokens: 1000 } },
      tokens(100),
    ).play();
    expect([summary(run), run.mostAtOnce, settled(run)?.tokens]).toEqual([
      ["completed", 5, 20_000],
      { model: 4 },
      500,
    ]);
  });

  test("takes the reserve of the step before that of the agent, dimension by dimension", () => {
    const run = new MoneyRun(
      [step("a", { ...model, reserve: { usd: 0.5 } })],
      {
        budget: { usd: 1, tokens: 1000 },
        agentLimits: { model: { reserve: { usd: 0.1, tokens: 300 } } },
      },
      () => ({}),
    );
    expect(run.budget?.reserved).toEqual({ usd: 0.5, tokens: 300 });
  });

  test("of launches counts every attempt, while what launches nothing continues", () => {
    const run = new MoneyRun(
      [
        step("a", {
          ...model,
          retries: 3,
          retry: { initialDelayMs: 1000, factor: 1, maxDelayMs: 1000, jitter: "none" },
        }),
        step("script", { agentId: "@run", run: { command: ["make"] }, dependencies: ["slow"] }),
        step("slow", { agentId: "@run", run: { command: ["make"] } }),
      ],
      { budget: { launches: 2 } },
      (_, launch) => (launch < 3 ? { reason: "error" } : {}),
    ).play();
    expect([summary(run), RunQueries.step(run.machine, "script")?.status]).toEqual([
      ["paused", 2, 2000],
      "completed",
    ]);
    run.tell({ type: "budget_changed", budget: { launches: 3 } });
    run.tell({ type: "resume_workflow" });
    expect([summary(run.play()), settled(run)?.launches]).toEqual([["completed", 3, 2000], 3]);
  });

  test("pauses after an attempt of unknown cost, until it is allowed", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", { ...model, dependencies: ["a"] })],
      { budget: { usd: 5 } },
      () => ({}),
    ).play();
    expect([summary(run), run.budget?.unmetered, settled(run)?.usd, run.budget?.heldBy]).toEqual([
      ["paused", 1, 0],
      1,
      0,
      "unmetered",
    ]);
    run.tell({ type: "resume_workflow" });
    expect(run.state).toBe("paused");
    run.tell({ type: "budget_changed", budget: { unmetered: "allow" } });
    run.tell({ type: "resume_workflow" });
    expect([summary(run.play()), run.budget?.unmetered]).toEqual([["completed", 2, 0], 2]);
  });

  test("says how many costs are not known", () => {
    const run = new MoneyRun(
      ["a", "b", "c"].map((id, index, ids) =>
        step(id, { ...model, dependencies: ids.slice(Math.max(0, index - 1), index) }),
      ),
      { budget: { usd: 5 } },
      () => ({}),
    ).play();
    const one = RunQueries.why(run.machine, "b");
    for (const unmetered of ["allow", "pause"] as const)
      run.tell({ type: "budget_changed", budget: { unmetered } });
    run.tell({ type: "resume_workflow" });
    const two = RunQueries.why(run.play().machine, "c");
    expect([one, two]).toEqual([
      [
        {
          ...{ type: "budget", stepId: "b", agentId: "model" },
          used: "the cost of 1 attempt is not known",
        },
      ],
      [
        {
          ...{ type: "budget", stepId: "c", agentId: "model" },
          used: "the cost of 2 attempts is not known",
        },
      ],
    ]);
  });

  test("fails the run at a percentage that says so", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", { ...model, dependencies: ["a"] })],
      {
        budget: {
          launches: 1,
          at: [
            { percent: 80, action: "warn" },
            { percent: 100, action: "fail" },
          ],
        },
      },
      () => ({}),
    ).play();
    expect([run.state, RunQueries.errorCode(run.machine), RunQueries.error(run.machine)]).toEqual([
      "failed",
      "budget_exceeded",
      "the budget is used up: launches 1 of 1",
    ]);
  });

  test("pauses once at a percentage below 100, and a resume passes it", () => {
    const run = new MoneyRun(
      ["a", "b", "c", "d"].map((id) => step(id, { ...model, reserve: { tokens: 25 } })),
      { concurrency: 1, budget: { tokens: 100, at: [{ percent: 50, action: "pause" }] } },
      tokens(25, 0),
    ).play();
    expect(summary(run)).toEqual(["paused", 2, 0]);
    run.tell({ type: "resume_workflow" });
    expect(summary(run.play())).toEqual(["completed", 4, 0]);
  });

  test("of time counts only time with an attempt in flight", () => {
    const run = new MoneyRun(
      [
        step("a", {
          ...model,
          retries: 1,
          retry: { initialDelayMs: 60_000, factor: 1, maxDelayMs: 60_000, jitter: "none" },
        }),
        step("b", { ...model, dependencies: ["a"] }),
      ],
      { budget: { wallMs: 10_000 } },
      (_, launch) => ({ ms: 5000, ...(launch === 1 && { reason: "error" }) }),
    ).play();
    expect([summary(run), settled(run)?.wallMs, run.budget?.heldBy]).toEqual([
      ["paused", 2, 70_000],
      10_000,
      "wall",
    ]);
  });

  test("does not count the time in which its engine was dead", () => {
    const run = new MoneyRun([step("a", model)], { budget: { wallMs: 10_000 } }, () => ({
      ms: 4000,
    }));
    run.shell.now = 3_600_000;
    expect([run.crash().play().state, settled(run)?.wallMs]).toEqual(["completed", 4000]);
  });

  test("charges an interrupted attempt its estimate, and only notes one without", () => {
    const crashed = (reserve: object) => {
      const run = new MoneyRun(
        [step("a", { ...model, ...reserve })],
        { budget: { tokens: 1000 } },
        tokens(100, 10),
      )
        .crash()
        .play();
      return [run.state, settled(run)?.tokens, run.budget?.estimated, run.budget?.unmetered];
    };
    expect([crashed({ reserve: { tokens: 300 } }), crashed({})]).toEqual([
      ["completed", 400, 1, 0],
      ["completed", 100, 0, 1],
    ]);
  });

  test("charges nothing for an attempt whose task cannot be rendered", () => {
    const run = new MoneyRun([step("a", model)], { budget: { usd: 1 } }, () => ({
      reason: "expression",
    })).play();
    expect([run.state, settled(run)?.usd, run.budget?.unmetered]).toEqual(["failed", 0, 0]);
  });

  test("is charged what failed and cancelled attempts used", () => {
    const failed = new MoneyRun([step("a", model)], { budget: { usd: 1 } }, () => ({
      reason: "error",
      usage: { usd: 0.3 },
    })).play();
    const cancelled = new MoneyRun(
      [step("a", { ...model, reserve: { usd: 0.2 } })],
      { budget: { usd: 1 } },
      () => ({ ms: 10 }),
    );
    cancelled.tell({ type: "cancel_workflow" });
    expect([failed, cancelled].map((run) => [run.state, run.budget?.settled.usd])).toEqual([
      ["failed", 0.3],
      ["cancelled", 0.2],
    ]);
    expect(cancelled.budget?.reserved).toEqual({ usd: 0, tokens: 0 });
  });

  test("may be set during the run, and counts what was used before", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", { ...model, dependencies: ["a"] })],
      {},
      tokens(100, 10),
    );
    run.shell.now = 10;
    run.tell({
      type: "step_completed",
      stepId: "a",
      attemptNumber: 1,
      result: 1,
      usage: { tokens: 100 },
    });
    expect(run.budget?.settled).toEqual({ usd: 0, tokens: 100, launches: 2, wallMs: 0 });
    run.tell({ type: "budget_changed", budget: { tokens: 150 } });
    expect([run.budget?.reserved.tokens, run.budget?.settled.launches]).toEqual([100, 2]);
  });

  test("of a failed run may be raised, which starts nothing", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", { ...model, dependencies: ["a"] })],
      { budget: { launches: 1, at: [{ percent: 100, action: "fail" }] } },
      () => ({}),
    ).play();
    run.tell({ type: "budget_changed", budget: { launches: 5 } });
    expect([run.state, run.budget?.limits.launches, run.launches]).toEqual([
      "failed",
      5,
      { model: 1 },
    ]);
  });

  test("explains which steps it holds back", () => {
    const run = new MoneyRun(
      [step("a", model), step("b", { ...model, dependencies: ["a"] })],
      { budget: { tokens: 100 } },
      tokens(100),
    ).play();
    expect(RunQueries.why(run.machine, "b")).toEqual([
      { type: "budget", stepId: "b", agentId: "model", used: "tokens 100 of 100" },
    ]);
  });

  test("of no plain run is there: its snapshot has no field for it", () => {
    const run = new MoneyRun([step("a", model)], {}, () => ({ ms: 1 })).play();
    const { budget, quota, programs } = Machine.snapshot(run.machine, undefined);
    expect([run.budget, budget, quota, programs]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
