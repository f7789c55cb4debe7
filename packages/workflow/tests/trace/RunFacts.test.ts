import { describe, expect, test } from "vitest";
import { agentReply, openSqliteStorage, type WorkflowEngine } from "../../src/index.js";
import { FactReader } from "../../src/trace/FactReader.js";
import type { RunFact } from "../../src/trace/RunFact.js";
import { gate, normalStep, normalWorkflow } from "../support/normal-form.js";
import { bench, workflow } from "../support/workflows.js";

function factsOf(engine: WorkflowEngine, runId: string): RunFact[] {
  return [...new FactReader(engine.storage, runId).read(Number.POSITIVE_INFINITY)];
}

/** A fact in one line, without its times. */
function inShort(fact: RunFact): string {
  const because = "reason" in fact && fact.reason !== undefined ? ` (${fact.reason})` : "";
  switch (fact.type) {
    case "run_start":
      return `run begins ${fact.executionNumber}`;
    case "run_end":
      return `run ${fact.status}`;
    case "step_start":
      return `${fact.stepId} begins${fact.within ? ` in ${fact.within.stepId}` : ""}: ${fact.kind}`;
    case "step_end":
      return `${fact.stepId} ${fact.status}${because}`;
    case "attempt_start":
      return `${fact.stepId}/${fact.attemptNumber} begins by ${fact.agentId}`;
    case "attempt_end":
      return `${fact.stepId}/${fact.attemptNumber} ${fact.status}${because}`;
  }
}

describe("RunFacts", () => {
  test("pairs beginnings and ends, and says what each attempt has used", async () => {
    const reply = agentReply({ result: 1, usage: { inputTokens: 5, outputTokens: 2, usd: 0.5 } });
    await using b = await bench({ a: [{ error: "no" }, { result: reply, afterMs: 20 }] });
    const run = await b.engine.start(workflow({ a: { retries: 1 }, b: ["a"] }));
    await b.clock.advanceUntil(run.ending);
    const facts = factsOf(b.engine, run.id);
    expect(facts.map(inShort)).toEqual([
      "run begins 1",
      "a begins: agent",
      "a/1 begins by worker",
      "a/1 failed (error)",
      "a/2 begins by worker",
      "a/2 completed",
      "a completed",
      "b begins: agent",
      "b/1 begins by worker",
      "b/1 completed",
      "b completed",
      "run completed",
    ]);
    const { createdAt } = b.engine.storage.getRun(run.id) ?? { createdAt: 0 };
    const second = facts.findIndex(({ type }) => type === "attempt_end") + 2;
    expect(facts[second]).toEqual({
      ...{ type: "attempt_end", runId: run.id, workflowId: "under-test", stepId: "a" },
      ...{ seq: 10, at: createdAt + 520, startedSeq: 9, startedAt: createdAt + 500, stepSeq: 6 },
      ...{ attemptNumber: 2, kind: "agent", agentId: "worker", status: "completed" },
      usage: { tokens: 7, usd: 0.5 },
    });
  });

  test("places items and rounds in what contains them, and ends them first", async () => {
    await using b = await bench({ "each[x.y]": { result: true } });
    const run = await b.engine.start(
      normalWorkflow({
        each: { foreach: { in: ["x.y", "["], as: "item" } },
        again: {
          after: ["each"],
          loop: { max: 2, onMax: "continue" },
          steps: [normalStep("test")],
        } as never,
      }),
    );
    await b.clock.advanceUntil(run.ending);
    expect(factsOf(b.engine, run.id).map(inShort)).toEqual([
      "run begins 1",
      "each begins: foreach",
      "each[x.y] begins in each: agent",
      "each[x.y]/1 begins by worker",
      "each[[] begins in each: agent",
      "each[[]/1 begins by worker",
      "each[x.y]/1 completed",
      "each[x.y] completed",
      "each[[]/1 completed",
      "each[[] completed",
      "each completed",
      "again begins: loop",
      "again#1 begins in again: group",
      "again#1.test begins in again#1: agent",
      "again#1.test/1 begins by worker",
      "again#1.test/1 completed",
      "again#1.test completed",
      "again#1 completed",
      "again#2 begins in again: group",
      "again#2.test begins in again#2: agent",
      "again#2.test/1 begins by worker",
      "again#2.test/1 completed",
      "again#2.test completed",
      "again#2 completed",
      "again completed",
      "run completed",
    ]);
  });

  test("ends what a cancelled run leaves, from the inside out", async () => {
    await using b = await bench({ "all.a": { hangs: true } });
    const run = await b.engine.start(
      normalWorkflow({ all: { steps: [normalStep("a"), normalStep("b", ["a"])] }, ask: gate("?") }),
    );
    await b.clock.settle();
    await run.cancel();
    await b.clock.advanceUntil(run.ending);
    expect(factsOf(b.engine, run.id).map(inShort)).toEqual([
      "run begins 1",
      "all begins: group",
      "ask begins: gate",
      "all.a begins in all: agent",
      "all.a/1 begins by worker",
      "all.a/1 interrupted",
      "all.a cancelled",
      "ask cancelled",
      "all cancelled",
      "run cancelled",
    ]);
  });

  test("begins another execution when a failed run is resumed, and keeps what was completed", async () => {
    await using b = await bench({ b: [{ error: "no" }, { result: 2 }] });
    const run = await b.engine.start(normalWorkflow({ a: [], b: ["a"] }));
    await b.clock.advanceUntil(run.ending);
    await b.clock.advanceUntil((await b.engine.resume(run.id)).ending);
    expect(factsOf(b.engine, run.id).map(inShort)).toEqual([
      "run begins 1",
      "a begins: agent",
      "a/1 begins by worker",
      "a/1 completed",
      "a completed",
      "b begins: agent",
      "b/1 begins by worker",
      "b/1 failed (error)",
      "b failed (error)",
      "run failed",
      "run begins 2",
      "b begins: agent",
      "b/2 begins by worker",
      "b/2 completed",
      "b completed",
      "run completed",
    ]);
  });

  test("resets the steps that a run goes back to, and no others", async () => {
    await using b = await bench({ c: { hangs: true } });
    const run = await b.engine.start(normalWorkflow({ a: [], b: ["a"], c: ["b"], d: [] }));
    await b.clock.settle();
    await b.engine.reopen(run.id, ["a"]);
    await b.clock.settle();
    await run.cancel();
    await b.clock.advanceUntil(run.ending);
    expect(factsOf(b.engine, run.id).map(inShort)).toEqual([
      "run begins 1",
      "a begins: agent",
      "a/1 begins by worker",
      "d begins: agent",
      "d/1 begins by worker",
      "a/1 completed",
      "a completed",
      "b begins: agent",
      "b/1 begins by worker",
      "d/1 completed",
      "d completed",
      "b/1 completed",
      "b completed",
      "c begins: agent",
      "c/1 begins by worker",
      "c/1 interrupted",
      "c reset",
      "a begins: agent",
      "a/2 begins by worker",
      "a/2 completed",
      "a completed",
      "b begins: agent",
      "b/2 begins by worker",
      "b/2 completed",
      "b completed",
      "c begins: agent",
      "c/2 begins by worker",
      "c/2 interrupted",
      "c cancelled",
      "run cancelled",
    ]);
  });

  test("has an attempt for an answer, and steps for its checks", async () => {
    await using b = await bench({
      a: [{ result: "half" }, { result: "whole" }],
      "a:check-1": [{ result: { pass: false, reason: "short" } }, { result: { pass: true } }],
    });
    const judge = { ...normalStep("check-1"), task: "judge" };
    const run = await b.engine.start(
      normalWorkflow({ a: { retries: 1, check: [{ step: judge }] } }),
    );
    await b.clock.advanceUntil(run.ending);
    expect(factsOf(b.engine, run.id).map(inShort)).toEqual([
      "run begins 1",
      "a begins: agent",
      "a/1 begins by worker",
      "a/1 completed",
      "a:check-1 begins in a: agent",
      "a:check-1/1 begins by worker",
      "a:check-1/1 completed",
      "a:check-1 completed",
      "a/2 begins by worker",
      "a/2 completed",
      "a:check-1 begins in a: agent",
      "a:check-1/2 begins by worker",
      "a:check-1/2 completed",
      "a:check-1 completed",
      "a completed",
      "run completed",
    ]);
  });

  test("begins and ends at once a step without an attempt, and skips what was skipped", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({
        none: { foreach: { in: [], as: "item" } },
        no: { if: "false" },
        bad: { if: "steps.none.output.x == 1", after: ["none"], continueOnError: true },
        end: { after: ["bad"], stop: { as: "completed" } } as never,
      }),
    );
    await b.clock.advanceUntil(run.ending);
    expect(factsOf(b.engine, run.id).map(inShort)).toEqual([
      "run begins 1",
      "none begins: foreach",
      "none completed",
      "bad begins: agent",
      "bad failed (expression)",
      "end begins: stop",
      "end completed",
      "run completed",
    ]);
  });

  test("says until when an engine was known to work on an attempt that was lost with it", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const script = { a: [{ hangs: true }, { result: 1 }] } as const;
    const first = await bench(script, { storage });
    const run = await first.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    await first.clock.settle();
    const startedAt = [...storage.readJournal(run.id)].at(-1)?.at ?? 0;
    await first.engine.close();
    await using second = await bench({}, { storage });
    await second.clock.advance(3_600_000);
    await second.clock.advanceUntil((await second.engine.resume(run.id)).ending);
    const ends = factsOf(second.engine, run.id).filter(({ type }) => type === "attempt_end");
    expect(ends).toEqual([
      expect.objectContaining({
        ...{ attemptNumber: 1, status: "interrupted", reason: "interrupted" },
        ...{ startedAt, lostAt: startedAt, at: startedAt + 3_600_000 },
      }),
      expect.objectContaining({ attemptNumber: 2, status: "completed" }),
    ]);
    storage.close();
  });
});
