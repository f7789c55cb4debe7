import { describe, expect, test } from "vitest";
import type { WorkflowData } from "../../src/definition/WorkflowSource.js";
import { countEndedSteps, RunReader } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

async function ended(b: Bench, definition: WorkflowData): Promise<string> {
  const run = await b.engine.start(definition);
  await b.clock.advanceUntil(run.ending);
  return run.id;
}

/** The counts of a run, and the counts in the run's state. Both must be the same. */
function counts({ engine: { storage } }: Bench, runId: string): readonly unknown[] {
  const { completed, failed, skipped } = RunReader.open(storage, runId).catchUp().view.counts();
  const { completedSteps, failedSteps, skippedSteps } = countEndedSteps(storage, runId);
  return [
    [completedSteps, failedSteps, skippedSteps],
    [completed, failed, skipped],
  ];
}

const same = (...numbers: readonly number[]): readonly unknown[] => [numbers, numbers];

describe("countEndedSteps", () => {
  test("counts each step once, however often it was tried", async () => {
    await using b = await bench({ a: [{ error: "flaky" }, { result: 1 }], b: { result: 2 } });
    const id = await ended(b, workflow({ a: { retries: 1 }, b: ["a"] }));
    expect(counts(b, id)).toEqual(same(2, 0, 0));
  });

  test("counts a step that failed after its last retry, and the steps skipped because of it", async () => {
    await using b = await bench({ a: { result: 1 }, b: { error: "no" } });
    const steps = { a: [], b: { dependencies: ["a"], retries: 2 }, c: ["b"], d: ["c"] };
    expect(counts(b, await ended(b, workflow(steps)))).toEqual(same(1, 1, 2));
  });

  test("counts a tolerated failure as failed, also after a resume that keeps it", async () => {
    await using b = await bench({
      a: { error: "no" },
      b: { result: 1 },
      c: [{ error: "once" }, { result: 2 }],
    });
    const steps = { a: { continueOnError: true }, b: ["a"], c: ["b"], d: ["c"] };
    const id = await ended(b, workflow(steps));
    expect(counts(b, id)).toEqual(same(1, 2, 1));
    await b.clock.advanceUntil((await b.engine.resume(id)).ending);
    expect(counts(b, id)).toEqual(same(3, 1, 0));
  });

  test("counts only the steps that a restored checkpoint keeps, and those that ended after it", async () => {
    await using b = await bench({
      a: { result: 1 },
      b: { result: 2 },
      c: [{ error: "once" }, { error: "twice" }],
    });
    const steps = { a: { checkpoint: true }, b: ["a"], c: ["b"] };
    const id = await ended(b, workflow(steps));
    expect(counts(b, id)).toEqual(same(2, 1, 0));
    const [checkpoint] = b.engine.checkpoints.listCheckpoints(id);
    const run = await b.engine.resume(checkpoint?.checkpointId ?? "");
    await b.clock.advanceUntil(run.ending);
    expect(counts(b, id)).toEqual(same(2, 1, 0));
  });

  test("counts items and inner steps, and not what they are in", async () => {
    await using b = await bench({ list: { result: ["x", "y"] }, "each[y]": { error: "no" } });
    const steps = {
      list: [],
      each: { dependencies: ["list"], foreach: "steps.list.output" },
      never: { if: "size(inputs.words) > 3" },
    };
    const inputs = { words: { type: "array" as const, default: ["a"] } };
    const id = await ended(b, workflow(steps, { inputs }));
    expect(countEndedSteps(b.engine.storage, id)).toEqual({
      completedSteps: 2,
      failedSteps: 1,
      skippedSteps: 1,
      totalSteps: 4,
    });
  });
});
