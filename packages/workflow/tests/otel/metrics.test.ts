import { describe, expect, test } from "vitest";
import { agentReply } from "../../src/index.js";
import { normalWorkflow } from "../support/normal-form.js";
import { bench, workflow } from "../support/workflows.js";
import { observe } from "./support.js";

const IN = "gen_ai.workflow.name=under test";
const BY = `gen_ai.agent.name=worker,${IN}`;
const DONE = "automatosx.attempt.status=completed";
const FAILED = "automatosx.attempt.status=failed,error.type=error";

/** The sum and the count of a histogram. */
function spread(value: unknown): readonly unknown[] {
  const { sum, count } = value as { readonly sum: number; readonly count: number };
  return [Math.round(sum * 1000) / 1000, count];
}

describe("metrics", () => {
  test("count attempts, their durations, their waits, and what they have used", async () => {
    await using o = observe();
    const reply = agentReply({ result: 1, usage: { inputTokens: 5, outputTokens: 2, usd: 0.5 } });
    const slow = { result: reply, afterMs: 2000 };
    await using b = await bench({ a: [{ error: "no" }, slow], b: slow, c: slow });
    const steps = { a: { retries: 1 }, b: [], c: [] };
    const run = await b.engine.start(workflow(steps), { concurrency: 1 });
    await b.clock.advanceUntil(run.ending);
    const { [`automatosx.attempt.queue_time{${BY}}`]: queue, ...values } = await o.metrics();
    const durations = Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "number" ? value : spread(value),
    ]);
    // With one place, the second attempt of a, due after 0.5 s, waits for b, and c waits for both.
    expect(spread(queue)).toEqual([5.5, 4]);
    expect(Object.fromEntries(durations)).toEqual({
      [`automatosx.attempt.count{${DONE},${BY}}`]: 3,
      [`automatosx.attempt.count{${FAILED},${BY}}`]: 1,
      [`automatosx.step.duration{automatosx.step.kind=agent,automatosx.step.status=completed,${IN}}`]:
        [8, 3],
      [`automatosx.usage.cost{${BY}}`]: 1.5,
      [`automatosx.usage.tokens{${BY}}`]: 21,
      [`gen_ai.invoke_agent.duration{${DONE},${BY}}`]: [6, 3],
      [`gen_ai.invoke_agent.duration{${FAILED},${BY}}`]: [0, 1],
      [`gen_ai.workflow.duration{automatosx.run.status=completed,${IN}}`]: [6, 1],
    });
  });

  test("have at most 100 names of agents and workflows; the rest are one", async () => {
    await using o = observe();
    await using b = await bench();
    const names = Array.from({ length: 130 }, (_, index) => `agent-${index}`);
    const steps = names.map((agentId) => [agentId, { agentId }] as const);
    const run = await b.engine.start(normalWorkflow(Object.fromEntries(steps)));
    await b.clock.advanceUntil(run.ending);
    const counted = Object.entries(await o.metrics()).filter(([name]) =>
      name.startsWith("automatosx.attempt.count"),
    );
    expect(counted.length).toBe(101);
    expect(counted.filter(([name]) => name.includes("=_other"))).toEqual([
      [`automatosx.attempt.count{${DONE},gen_ai.agent.name=_other,${IN}}`, 30],
    ]);
  });
});
