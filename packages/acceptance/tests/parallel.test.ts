import { type AgentFunction, WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";

// Ratios, not times: a slow machine is slow in both. Steps are long against the overhead of a step.
const STEP_MS = 200;

const sleepsAsAsked: AgentFunction = async ({ task }) => {
  await new Promise((resolve) => setTimeout(resolve, Number(task)));
  return null;
};

interface Step {
  readonly id: string;
  readonly agentId: string;
  readonly task: string;
  readonly dependencies?: readonly string[];
}

const step = (id: string, ms: number, dependencies: readonly string[] = []): Step => ({
  id,
  agentId: "sleeper",
  task: String(ms),
  dependencies,
});
const fan = (width: number): Step[] =>
  Array.from({ length: width }, (_, index) => step(`s${index}`, STEP_MS));

// The best of three: what else the machine does can only add time.
const ROUNDS = 3;

async function timed(steps: readonly Step[], more: object = {}): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await timedOnce(steps, more));
  return Math.min(...times);
}

async function timedOnce(steps: readonly Step[], more: object): Promise<number> {
  await using engine = await WorkflowEngine.open({
    database: ":memory:",
    agents: { sleeper: sleepsAsAsked },
  });
  const startedAt = performance.now();
  const run = await engine.start({ id: "timed", name: "Timed", version: "1.0.0", steps, ...more });
  expect((await run.ending).status).toBe("completed");
  return performance.now() - startedAt;
}

describe("the time of a run", () => {
  test("N parallel steps take about as long as one", async () => {
    const one = await timed(fan(1));
    expect((await timed(fan(50))) / one).toBeLessThan(1.5);
  });

  test("a limit of two makes eight steps take four times as long as one", async () => {
    const one = await timed(fan(1));
    const ratio = (await timed(fan(8), { limits: { concurrency: 2 } })) / one;
    expect(ratio).toBeGreaterThan(3.5);
    expect(ratio).toBeLessThan(5);
  });

  test("steps that say `parallel: false` take turns", async () => {
    const one = await timed(fan(1));
    const ratio = (await timed(fan(4).map((each) => ({ ...each, parallel: false })))) / one;
    expect(ratio).toBeGreaterThan(3.5);
    expect(ratio).toBeLessThan(5);
  });

  test("is that of the longest path, not the sum of the slowest step of each batch", async () => {
    // In batches: 4 + 4. By readiness: each path is 1 + 4 or 4 + 1.
    const crossed = [
      step("a", STEP_MS * 4),
      step("b", STEP_MS),
      step("afterA", STEP_MS, ["a"]),
      step("afterB", STEP_MS * 4, ["b"]),
    ];
    const one = await timed(fan(1));
    expect((await timed(crossed)) / one).toBeLessThan(6);
  });

  test("ten runs at once take about as long as one", async () => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { sleeper: sleepsAsAsked },
    });
    const one = await timed(fan(5));
    const startedAt = performance.now();
    const runs = await Promise.all(
      Array.from({ length: 10 }, () =>
        engine.start({ id: "timed", name: "Timed", version: "1.0.0", steps: fan(5) }),
      ),
    );
    await Promise.all(runs.map((run) => run.ending));
    expect((performance.now() - startedAt) / one).toBeLessThan(1.5);
  });
});
