import type { StepDef } from "@automatosx/rescript-core";
import { describe, expect, test } from "vitest";
import {
  type InterpretedWorkflow,
  Interpreter,
  type InterpreterOptions,
} from "../../src/language/index.js";
import { step as plainStep } from "../support/step.js";

const step = (id: string, rest: Partial<StepDef> = {}): StepDef =>
  plainStep(id, {
    retry: { initialDelayMs: 1000, factor: 2, maxDelayMs: 60_000, jitter: "none" },
    ...rest,
  });

const gate = (id: string, rest: Partial<NonNullable<StepDef["gate"]>> = {}): StepDef =>
  step(id, {
    agentId: "@gate",
    task: "",
    gate: {
      ask: "?",
      form: { type: "object", properties: { n: { type: "integer" }, note: { type: "string" } } },
      onExpire: "reject",
      onReject: "fail",
      ...rest,
    },
  });

const wait = (id: string, rest: NonNullable<StepDef["wait"]>): StepDef =>
  step(id, { agentId: "@wait", task: "", wait: rest });

const begin = (
  steps: readonly StepDef[],
  launch: InterpreterOptions["launch"] = ({ task }) => ({ result: task }),
  rest: Partial<InterpretedWorkflow> = {},
) => new Interpreter({ id: "w", steps, ...rest }, { launch });

const statusOf = (interpreter: Interpreter) =>
  Object.fromEntries(interpreter.instances.map(({ path, status }) => [path, status]));

describe("what a run waits for", () => {
  test("takes the note of an approval into the values where the form has a place for it", () => {
    const interpreter = begin([gate("a"), gate("b", { form: { type: "object" } })]);
    interpreter.run();
    for (const id of ["a", "b"])
      interpreter.answer(id, 1, { approved: true, values: { n: 1 }, note: "fine" });
    expect(interpreter.at("a")?.result).toEqual({ n: 1, note: "fine", approved: true });
    expect(interpreter.at("b")?.result).toEqual({ n: 1, approved: true });
  });

  test("gives a signal to the step that has waited longest, and keeps those that nothing fits", () => {
    const form = { type: "integer" };
    const interpreter = begin([
      wait("late", { signal: "go", form }),
      { ...wait("later", { signal: "go", form }), dependencies: ["late"] },
    ]);
    interpreter.run();
    expect(interpreter.signal("go", "no number")).toBe("invalid_answer");
    expect(interpreter.signal("other", 1, "i")).toBeUndefined();
    expect(interpreter.signal("go", 2, "i")).toBe("duplicate_signal");
    expect(interpreter.signal("go", 2, "j")).toBeUndefined();
    expect([interpreter.at("late")?.result, interpreter.at("later")?.status]).toEqual([2, "open"]);
  });

  test("skips a kept signal that does not fit, and keeps it", () => {
    const interpreter = begin([
      gate("first"),
      { ...wait("w", { signal: "go", form: { type: "integer" } }), dependencies: ["first"] },
      { ...wait("any", { signal: "go" }), dependencies: ["w"] },
    ]);
    interpreter.run();
    interpreter.signal("go", "text");
    interpreter.signal("go", 7);
    interpreter.answer("first", 1, { approved: true, values: {} });
    expect(interpreter.run()?.status).toBe("completed");
    expect([interpreter.at("w")?.result, interpreter.at("any")?.result]).toEqual([7, "text"]);
  });

  test("does not wait for an instant that has passed, and fails for what is not an instant", () => {
    const interpreter = begin([
      wait("past", { until: "0" }),
      wait("wrong", { until: "'tomorrow'" }),
      wait("later", { until: "'1970-01-01T00:00:05Z'" }),
    ]);
    interpreter.run();
    expect(statusOf(interpreter)).toEqual({
      past: "completed",
      wrong: "failed",
      later: "completed",
    });
    expect(interpreter.launches.now).toBe(5000);
  });

  test("counts the total time of a step while the run is not paused", () => {
    const interpreter = begin([{ ...gate("a"), totalTimeout: 1000 }]);
    interpreter.run();
    expect(interpreter.pausedFor).toBe("waiting");
    interpreter.pass(5000);
    expect(interpreter.run()).toBeUndefined();
    expect(statusOf(interpreter)).toEqual({ a: "open" });
  });
});

describe("attempts that fail", () => {
  test("are tried again with the same agent before another one takes over", () => {
    const agents: string[] = [];
    const interpreter = begin(
      [step("a", { retries: 1, fallback: { agents: ["x", "y", "z"], on: ["error"] } })],
      ({ agentId }) => {
        agents.push(agentId);
        return { failed: agentId === "z" ? "refused" : "error" };
      },
    );
    expect(interpreter.run()?.error?.message).toBe("step `a` failed: refused");
    expect(agents).toEqual(["x", "x", "y", "y", "z"]);
  });

  test("stay unknown if what was found out is no answer of the step", () => {
    const reconcile = step("reconcile", { agentId: "r" });
    const interpreter = begin(
      [step("a", { effect: "external", output: { type: "integer" }, reconcile })],
      ({ agentId }) =>
        agentId === "r" ? { result: { done: true, result: "paid" } } : { failed: "unknown" },
    );
    interpreter.run();
    expect(statusOf(interpreter)).toEqual({ a: "unknown", "a:reconcile": "completed" });
    const said = (result: unknown) => ({ approved: true, values: { done: true, result } });
    expect(interpreter.answer("a", 1, said("paid"))).toBe("invalid_answer");
    expect(interpreter.answer("a", 1, said(10))).toBeUndefined();
    expect(interpreter.run()?.status).toBe("completed");
  });

  test("of an effect are unknown at the end of the total time, also if a check would refuse", () => {
    const interpreter = begin([step("a", { effect: "external", totalTimeout: 100 })], () => ({
      result: 1,
      afterMs: 500,
    }));
    interpreter.run();
    expect(statusOf(interpreter)).toEqual({ a: "unknown" });
  });

  test("are checked again after each answer, in order, up to the first check that refuses", () => {
    const made: string[] = [];
    const check = [
      { that: "output != 'a1'" },
      { step: step("check-2", { agentId: "judge", task: "of ${{ output }}" }) },
    ];
    const interpreter = begin([step("a", { retries: 2, check })], ({ agentId, task, ...asked }) => {
      made.push(`${asked.path} ${task}`);
      if (agentId === "judge") return { result: { pass: task === "of a3", reason: "dull" } };
      return { result: `a${asked.attemptNumber}` };
    });
    expect(interpreter.run()?.status).toBe("completed");
    expect(made).toEqual(["a a", "a a", "a:check-2 of a2", "a a", "a:check-2 of a3"]);
    expect(interpreter.at("a")?.attemptNumber).toBe(3);
  });

  test("park a scope for thirty seconds, then for twice as long each time until it answers", () => {
    const starts: number[] = [];
    const refused = new Set([1, 2, 4]);
    const interpreter: Interpreter = begin(
      [step("a"), step("b", { dependencies: ["a"] })],
      ({ path }) => {
        starts.push(interpreter.launches.now);
        return refused.has(starts.length) ? { failed: "rate_limit" } : { result: path };
      },
    );
    expect(interpreter.run()?.status).toBe("completed");
    expect(starts).toEqual([0, 30_000, 90_000, 90_000, 120_000]);
    expect(interpreter.at("a")?.failureCount).toBe(0);
  });

  test("continue the conversation of the same agent, and fail if that left none", () => {
    const sessions: (string | undefined)[] = [];
    const interpreter = begin(
      [step("a"), step("b", { dependencies: ["a"], session: { from: "a" } })],
      ({ path, session }) => {
        sessions.push(session);
        return { result: path, ...(path === "b" && { session: "s" }) };
      },
    );
    expect(interpreter.run()?.error?.message).toContain("left no conversation");
    expect(sessions).toEqual([undefined]);
  });
});

describe("the end of a run", () => {
  const handlers = {
    failure: [step("report", { task: "${{ run.error }}" })],
    always: [step("clean", { task: "${{ run.status }} ${{ run.reason }}" })],
  };

  test("comes in two steps when it is cancelled", () => {
    const interpreter = begin([step("a"), gate("g")], undefined, { on: handlers });
    interpreter.run();
    interpreter.cancel();
    expect(statusOf(interpreter)).toEqual({
      a: "completed",
      g: "cancelled",
      ":always.clean": "ready",
    });
    interpreter.cancel();
    expect(interpreter.at(":always.clean")?.status).toBe("cancelled");
    expect(interpreter.run()?.status).toBe("cancelled");
  });

  test("is failed after a stop as completed if a step had failed that nothing tolerates", () => {
    const stop: StepDef = step("s", {
      agentId: "@stop",
      task: "",
      stop: { as: "completed", reason: "enough" },
      dependencies: ["bad"],
      joins: { bad: "done" },
    });
    const tolerated = begin([step("bad", { continueOnError: true }), stop], () => ({
      failed: "error",
    }));
    expect(tolerated.run()).toEqual({ status: "completed", reason: "enough" });
    const failed = begin([step("bad"), stop], () => ({ failed: "error" }));
    expect(failed.run()).toMatchObject({ status: "failed", error: { code: "step_failed" } });
  });

  test("tells the handlers why, and is failed by them only if it was good", () => {
    const tasks = new Map<string, string>();
    const interpreter = begin(
      [step("bad")],
      ({ path, task }) => {
        tasks.set(path, task);
        return path === "bad" ? { failed: "error", message: "boom" } : { failed: "refused" };
      },
      { on: handlers },
    );
    expect(interpreter.run()?.error?.code).toBe("step_failed");
    expect(tasks.get(":failure.report")).toBe("step `bad` failed: boom");
    expect(tasks.get(":always.clean")).toBe("failed null");
  });
});

describe("a budget", () => {
  test("lets an agent of unknown cost run alone, and charges what is lost its estimate", () => {
    const interpreter = begin(
      [step("a"), step("b"), step("c", { dependencies: ["a"], reserve: { usd: 0.25 } })],
      ({ path }) => ({ result: path, afterMs: 10, usage: { usd: 0.1 } }),
      { budget: { usd: 1, unmetered: "pause" } },
    );
    interpreter.run(() => interpreter.launches.inFlight.length === 2);
    expect(interpreter.launches.inFlight.map(({ path }) => path)).toEqual(["b", "c"]);
    interpreter.launches.interrupt();
    expect(interpreter.budget).toEqual({ usd: 0.45, tokens: 0, launches: 3, unmetered: 0 });
  });

  test("holds no handler back, and pauses the run until it is raised", () => {
    const interpreter = begin(
      [step("a"), step("b", { dependencies: ["a"] })],
      ({ path }) => ({ result: path }),
      { budget: { launches: 1 }, on: { always: [step("clean")] } },
    );
    interpreter.run();
    expect([interpreter.pausedFor, interpreter.at("b")?.status]).toEqual(["budget", "ready"]);
    interpreter.changeBudget({ launches: 2 });
    expect(interpreter.run()?.status).toBe("completed");
    expect(interpreter.budget.launches).toBe(3);
  });
});
