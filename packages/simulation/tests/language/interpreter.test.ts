import type { StepDef } from "@automatosx/rescript-core";
import { describe, expect, test } from "vitest";
import {
  type InterpretedWorkflow,
  Interpreter,
  type InterpreterOptions,
  type LaunchReply,
} from "../../src/language/index.js";
import { SeededRandom } from "../../src/SeededRandom.js";
import { step } from "../support/step.js";

const group = (id: string, steps: StepDef[], rest: Partial<StepDef> = {}): StepDef =>
  step(id, { agentId: "@group", task: "", steps, ...rest });

const echo: InterpreterOptions["launch"] = ({ task }) => ({ result: task });

function play(
  steps: readonly StepDef[],
  { rest, ...options }: Partial<InterpreterOptions> & { rest?: Partial<InterpretedWorkflow> } = {},
) {
  const interpreter = new Interpreter({ id: "w", steps, ...rest }, { launch: echo, ...options });
  const end = interpreter.run();
  const statuses = Object.fromEntries(
    interpreter.instances.map(({ path, status }) => [path, status]),
  );
  const results = Object.fromEntries(
    interpreter.instances.map(({ path, result }) => [path, result]),
  );
  return { interpreter, end, statuses, results };
}

/** Fails the launches of some paths, the first N of each. */
const failing =
  (counts: Readonly<Record<string, number>>): InterpreterOptions["launch"] =>
  ({ path, task, attemptNumber }): LaunchReply =>
    attemptNumber <= (counts[path] ?? 0)
      ? { failed: "error", message: "no luck" }
      : { result: task };

describe("the interpreter", () => {
  test("resolves edges by their modes", () => {
    const { statuses, end } = play(
      [
        step("good"),
        step("out", { if: "false" }),
        step("bad"),
        step("okBad", { dependencies: ["bad"] }),
        step("doneBad", { dependencies: ["bad"], joins: { bad: "done" } }),
        step("orOut", { dependencies: ["out"], joins: { out: "ok-or-skipped" } }),
        step("listedOut", { dependencies: ["out"], joins: { out: "listed" } }),
        step("listedOkBad", { dependencies: ["okBad"], joins: { okBad: "listed" } }),
        step("any", {
          dependencies: ["good", "out"],
          joins: { good: "done", out: "done" },
          join: "any",
        }),
        step("none", {
          dependencies: ["bad", "out"],
          joins: { bad: "done", out: "done" },
          join: "any",
        }),
      ],
      { launch: failing({ bad: 1 }) },
    );
    expect(statuses).toEqual({
      good: "completed",
      out: "skipped",
      bad: "failed",
      okBad: "skipped",
      doneBad: "completed",
      orOut: "completed",
      listedOut: "completed",
      listedOkBad: "skipped",
      any: "completed",
      none: "skipped",
    });
    expect(end).toEqual({
      status: "failed",
      error: { code: "step_failed", message: "step `bad` failed: no luck" },
    });
  });

  test("names items by their keys and keeps results in the order of the list", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = new SeededRandom(seed);
      const { results } = play(
        [
          step("each", {
            foreach: { in: "inputs.list", key: "item.id", as: "item", concurrency: 2 },
            task: "${{ item.id }} ${{ index }}",
          }),
        ],
        { inputs: { list: [{ id: "b" }, { id: "a]" }] }, chance: () => random.next() },
      );
      expect(results).toEqual({ each: ["b 0", "a] 1"], "each[b]": "b 0", "each[a%5D]": "a] 1" });
    }
  });

  test("fails a foreach whose list, key or item is wrong", () => {
    const errorOf = (foreach: Partial<StepDef["foreach"]>) => {
      const { interpreter } = play([step("each", { foreach: { in: [], as: "item", ...foreach } })]);
      return interpreter.at("each")?.error;
    };
    expect([
      errorOf({ in: "1" }),
      errorOf({ in: ["a", "a"] }),
      errorOf({ in: [1.5] }),
      errorOf({ in: [""] }),
      errorOf({ in: Array.from({ length: 1001 }, (_, index) => index) }),
    ]).toEqual([
      "foreach needs a list, not number",
      "two items have the key `a`",
      "a key is text or a whole number, not number",
      "a key has 1 to 256 characters",
      "1001 items; the limit is 1000",
    ]);
  });

  test("gives null for a tolerated item and fails for another", () => {
    const each = (continueOnError: boolean) =>
      play([step("each", { foreach: { in: ["a", "b"], as: "item" }, continueOnError })], {
        launch: failing({ "each[a]": 1 }),
      });
    expect(each(true).results["each"]).toEqual([null, "each"]);
    expect(each(false).interpreter.at("each")).toMatchObject({
      status: "failed",
      reason: "inner",
      error: "1 of 2 items failed: each[a]",
    });
  });

  test("begins a round once the one before is settled and until is false", () => {
    const { results, interpreter } = play([
      group("fix", [step("a", { task: "${{ round }} after ${{ default(previous.a, '-') }}" })], {
        loop: { max: 4, until: "round == 3", everyMs: 500, onMax: "fail" },
      }),
    ]);
    expect(results).toEqual({
      fix: { a: "3 after 2 after 1 after -" },
      "fix#1": { a: "1 after -" },
      "fix#1.a": "1 after -",
      "fix#2": { a: "2 after 1 after -" },
      "fix#2.a": "2 after 1 after -",
      "fix#3": { a: "3 after 2 after 1 after -" },
      "fix#3.a": "3 after 2 after 1 after -",
    });
    expect(interpreter.launches.now).toBe(1000);
  });

  test("ends a loop at its last round as onMax says", () => {
    const loop = (rest: Partial<NonNullable<StepDef["loop"]>>) =>
      play([step("l", { loop: { max: 2, onMax: "fail", ...rest } })]).interpreter.at("l");
    expect(loop({})).toMatchObject({ status: "completed" });
    expect(loop({ until: "false", onMax: "continue" })).toMatchObject({ status: "completed" });
    expect(loop({ until: "false" })).toMatchObject({ status: "failed", reason: "rounds" });
    expect(loop({ until: "1" })).toMatchObject({ status: "failed", reason: "expression" });
    expect(loop({ until: "steps.l.output == 'l'" })).toMatchObject({ inside: { length: 1 } });
  });

  test("fails a loop with its round", () => {
    const { interpreter } = play([step("l", { loop: { max: 2, onMax: "fail" } })], {
      launch: failing({ "l#1": 1 }),
    });
    expect(interpreter.at("l")).toMatchObject({ status: "failed", reason: "inner" });
    expect(interpreter.instances).toHaveLength(2);
  });

  test("gives a group the output that it writes, or the map of its steps", () => {
    const { results, end } = play(
      [
        group("plain", [step("a"), step("b", { if: "false" })]),
        group("written", [step("c")], { outputs: { of: "${{ steps.c.output }}!" } }),
        group("wrong", [step("d")], { outputs: { of: "${{ 1 / 0 }}" }, continueOnError: true }),
      ],
      { rest: { outputs: { all: "${{ steps.plain.output }}" } } },
    );
    expect(results).toMatchObject({
      plain: { a: "a", b: null },
      written: { of: "c!" },
      wrong: null,
    });
    expect(end).toEqual({ status: "completed", outputs: { all: { a: "a", b: null } } });
  });

  test("fails a run whose outputs cannot be worked out", () => {
    expect(play([step("a")], { rest: { outputs: { x: "${{ 1 / 0 }}" } } }).end).toEqual({
      status: "failed",
      error: { code: "outputs_failed", message: "division by zero", failureKind: "value" },
    });
  });

  test("retries errors, asks again for answers that do not fit, and does neither beyond its limit", () => {
    const answers = (
      path: string,
      answer: (attempt: number) => unknown,
      rest: Partial<StepDef>,
    ) => {
      const { interpreter } = play([step(path, { output: { type: "number" }, ...rest })], {
        launch: ({ attemptNumber }) => ({ result: answer(attemptNumber) }),
      });
      const { status, attemptNumber, reason } = interpreter.at(path) ?? {};
      return [status, attemptNumber, reason];
    };
    const third = (attempt: number) => (attempt === 3 ? 1 : "no");
    expect(answers("a", third, {})).toEqual(["completed", 3, undefined]);
    expect(answers("a", third, { reasks: 1 })).toEqual(["failed", 2, "invalid_output"]);
    expect(answers("a", third, { run: { command: ["x"] } })).toEqual([
      "failed",
      1,
      "invalid_output",
    ]);
    const retried = play(
      [
        step("a", {
          retries: 2,
          retry: {
            initialDelayMs: 1000,
            factor: 2,
            maxDelayMs: 60_000,
            jitter: "none",
          },
        }),
      ],
      {
        launch: failing({ a: 2 }),
      },
    );
    expect([retried.statuses["a"], retried.interpreter.launches.now]).toEqual(["completed", 3000]);
  });

  test("fails a step whose task cannot be rendered, with the attempt counted and no agent called", () => {
    const { interpreter } = play([step("a", { task: "${{ 1 / 0 }}", retries: 3 })]);
    expect(interpreter.at("a")).toMatchObject({ reason: "expression", attemptNumber: 1 });
    expect(interpreter.launches.countOf).toEqual(new Map());
  });

  test("calls the agent that an expression chooses out of a set", () => {
    const choose = (from: string) => {
      const { interpreter } = play([
        step("a", { agentId: "@choice", choice: { from, oneOf: ["p", "q"] } }),
      ]);
      return [[...interpreter.launches.countOf.keys()], interpreter.at("a")?.reason];
    };
    expect([choose("'q'"), choose("'other'")]).toEqual([
      [["q"], undefined],
      [[], "expression"],
    ]);
  });

  test("keeps to the limits of the run, of agents, and of steps that run alone", () => {
    const steps = ["a", "b", "c"].map((id) => step(id));
    const most = (list: StepDef[], rest: Partial<InterpretedWorkflow>) =>
      play(list, {
        rest,
        launch: () => ({ result: 1, afterMs: 10 }),
      }).interpreter.launches.mostAtOnce.get("x");
    expect([
      most(steps, {}),
      most(steps, { concurrency: 2 }),
      most(steps, { agentConcurrency: { x: 1 } }),
      most(
        steps.map((one) => ({ ...one, parallel: false })),
        {},
      ),
    ]).toEqual([3, 2, 1, 1]);
  });

  test("starts what a crash interrupts again, and nothing else", () => {
    const interpreter = new Interpreter(
      {
        id: "w",
        steps: [step("each", { foreach: { in: ["a", "b"], as: "item", concurrency: 1 } })],
      },
      { launch: () => ({ result: 1, afterMs: 10 }) },
    );
    const isAtB = () => interpreter.launches.inFlight.some(({ path }) => path === "each[b]");
    expect(interpreter.run(isAtB)).toBeUndefined();
    interpreter.launches.interrupt();
    expect(interpreter.run()).toEqual({ status: "completed" });
    expect(interpreter.instances.map(({ attemptNumber }) => attemptNumber)).toEqual([0, 1, 2]);
  });

  test("gives an attempt what its step asks for, rendered", () => {
    const requests: unknown[] = [];
    play(
      [
        step("list"),
        step("a"),
        step("each", {
          dependencies: ["list", "a"],
          foreach: {
            in: "[steps.list.output, 'z'].filter(x, x == steps['list'].output)",
            as: "it",
          },
          agentId: "@run",
          with: { of: ["${{ index }}"] },
          files: ["${{ it }}.md"],
          output: { type: "string" },
          run: {
            command: ["echo", "${{ it }}"],
            env: { A: "${{ it }}" },
            dir: "${{ it }}",
            input: "${{ index }}",
            okExitCodes: [0, 1],
          },
        }),
        step("script", { agentId: "@run", run: { script: "$${{ x }} ${{ y }}", shell: ["node"] } }),
      ],
      {
        launch: (request) => {
          if (request.run !== undefined) requests.push(request);
          return { result: request.task };
        },
      },
    );
    const common = { agentId: "@run", attemptNumber: 1 };
    expect(requests).toEqual([
      {
        ...common,
        path: "script",
        task: "script",
        run: { script: "${{ x }} ${{ y }}", shell: ["node"] },
        previousResults: {},
      },
      {
        ...common,
        path: "each[list]",
        task: "each",
        with: { of: [0] },
        files: ["list.md"],
        output: { type: "string" },
        run: {
          command: ["echo", "list"],
          env: { A: "list" },
          dir: "list",
          input: "0",
          okExitCodes: [0, 1],
        },
        previousResults: { a: "a" },
      },
    ]);
  });

  test("refuses a condition that is neither true nor false", () => {
    const { interpreter } = play([step("a", { if: "${{ 'yes' }}" })]);
    expect(interpreter.at("a")).toMatchObject({ status: "failed", reason: "expression" });
  });
});
