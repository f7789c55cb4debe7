import { type AgentFunction, WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";

// The tests compare ratios, which do not depend on the machine's speed. A step lasts far longer
// than its overhead.
const STEP_MS = 200;

const sleepForTask: AgentFunction = async ({ task }) => {
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

// The best of three durations, since other load on the machine can only add time.
const ROUNDS = 3;

async function timed(steps: readonly Step[], more: object = {}): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await timedOnce(steps, more));
  return Math.min(...times);
}

async function timedOnce(steps: readonly Step[], more: object): Promise<number> {
  await using engine = await WorkflowEngine.open({
    database: ":memory:",
    agents: { sleeper: sleepForTask },
  });
  const startedAt = performance.now();
  const run = await engine.start({ id: "timed", name: "Timed", version: "1.0.0", steps, ...more });
  expect((await run.ending).status).toBe("completed");
  return performance.now() - startedAt;
}

describe("the duration of a run", () => {
  test("for 50 parallel steps is about that of one step", async () => {
    const one = await timed(fan(1));
    expect((await timed(fan(50))) / one).toBeLessThan(1.5);
  });

  test("for eight steps and a limit of two is about four times that of one step", async () => {
    const one = await timed(fan(1));
    const ratio = (await timed(fan(8), { limits: { concurrency: 2 } })) / one;
    expect(ratio).toBeGreaterThan(3.5);
    expect(ratio).toBeLessThan(5);
  });

  test("for four `parallel: false` steps is about four times that of one step", async () => {
    const one = await timed(fan(1));
    const ratio = (await timed(fan(4).map((each) => ({ ...each, parallel: false })))) / one;
    expect(ratio).toBeGreaterThan(3.5);
    expect(ratio).toBeLessThan(5);
  });

  test("is that of the longest path, not the sum of each batch's slowest step", async () => {
    // In batches: 4 + 4 steps. Started when ready: each path takes 1 + 4 or 4 + 1.
    const crossed = [
      step("a", STEP_MS * 4),
      step("b", STEP_MS),
      step("afterA", STEP_MS, ["a"]),
      step("afterB", STEP_MS * 4, ["b"]),
    ];
    const one = await timed(fan(1));
    expect((await timed(crossed)) / one).toBeLessThan(6);
  });

  test("is about the same for ten concurrent runs as for one run", async () => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { sleeper: sleepForTask },
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
