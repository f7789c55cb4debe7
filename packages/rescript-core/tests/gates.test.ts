import { describe, expect, test } from "vitest";
import { Machine, RunQueries, type WorkflowEvent, type WorkflowMachine } from "../src/index.js";
import { complete, move, moveAll, preparing, restore, start, step } from "./support/machines.js";
import { answer, begun, gate } from "./support/waiting.js";

const NOTED = { type: "object", properties: { note: { type: "string" } } };

const progressOf = (machine: WorkflowMachine, stepId: string) => {
  const { status, attemptNumber, result, error, detail } = RunQueries.step(machine, stepId) ?? {};
  return { status, attemptNumber, result, error, reason: detail?.reason };
};

const reply = (machine: WorkflowMachine, event: WorkflowEvent): string => {
  const outcome = Machine.transition(machine, event, 0);
  return outcome.ok ? "accepted" : outcome.reason;
};

describe("the output of a gate", () => {
  test.each([
    ["the values of the form and `approved`", answer("a", { values: { n: 1 } }), { n: 1 }],
    ["no other value of `approved`", answer("a", { values: { approved: false } }), {}],
    ["no note that the form does not declare", answer("a", { note: "fine" }), {}],
  ])("of an approval has %s", (_, event, values) => {
    expect(progressOf(move(begun([gate("a")]), event), "a")).toEqual({
      ...{ status: "completed", attemptNumber: 1, error: undefined, reason: undefined },
      result: { ...values, approved: true },
    });
  });

  test("of an approval has its note where the form declares one and the values have none", () => {
    const results = [{}, { note: "mine" }].map(
      (values) =>
        progressOf(
          move(begun([gate("a", { form: NOTED })]), answer("a", { values, note: "fine" })),
          "a",
        ).result,
    );
    expect(results).toEqual([
      { note: "fine", approved: true },
      { note: "mine", approved: true },
    ]);
  });

  test("may have a value called `__proto__`", () => {
    const values = JSON.parse('{"__proto__":1}');
    expect(
      JSON.stringify(progressOf(move(begun([gate("a")]), answer("a", { values })), "a").result),
    ).toBe('{"__proto__":1,"approved":true}');
  });

  test("of a rejection that hands on the decision has the note, from the event or the values", () => {
    const machine = begun([gate("a", { onReject: "continue" })]);
    const results = [{ note: "no" }, { values: { note: "no" } }, { values: { note: 7 } }].map(
      (fields) =>
        progressOf(move(machine, answer("a", { approved: false, ...fields })), "a").result,
    );
    expect(results).toEqual([
      { note: "no", approved: false },
      { note: "no", approved: false },
      { approved: false },
    ]);
  });
});

describe("a rejected gate", () => {
  test("fails with its note, whatever values it has", () => {
    const form = { type: "object", required: ["size"] };
    const machine = begun([gate("a", { form })]);
    expect(
      ["too big", undefined].map((note) =>
        progressOf(
          move(machine, answer("a", { approved: false, ...(note !== undefined && { note }) })),
          "a",
        ),
      ),
    ).toEqual(
      ["rejected: too big", "rejected"].map((error) => ({
        ...{ status: "failed", attemptNumber: 1, result: undefined, reason: "rejected" },
        error,
      })),
    );
  });
});

describe("a gate whose question or form cannot be used", () => {
  test.each([
    ["ask", { ask: "${{ steps.a.output.x }}" }, "`ask`: "],
    ["show", { show: ["${{ steps.a.output.x }}"] }, "`show`: "],
    ["form", { form: { type: "shape" } }, "`form`: "],
  ])("fails without an attempt, because of `%s`", (_, fields, prefix) => {
    const machine = moveAll(begun([step("a"), gate("b", fields, { dependencies: ["a"] })]), [
      start("a"),
      complete("a"),
    ]);
    const { error, ...rest } = progressOf(machine, "b");
    expect(rest).toEqual({
      ...{ status: "failed", attemptNumber: 0, result: undefined, reason: "expression" },
    });
    expect(error?.startsWith(prefix)).toBe(true);
  });
});

describe("RunQueries.answerProblem", () => {
  const form = { type: "object", properties: { count: { type: "integer" } }, required: ["count"] };
  const machine = begun([gate("a", { form }), step("b")]);

  test("names what does not fit the form, or is undefined", () => {
    const problems = [{}, { count: "three" }, { count: 3 }].map((values) =>
      RunQueries.answerProblem(machine, "a", { approved: true, values }),
    );
    expect(problems).toEqual([
      "$.count is missing",
      '$.count must be a whole number, not the string "three"',
      undefined,
    ]);
  });

  test("is undefined for a rejection, and for a step that is no gate", () => {
    expect([
      RunQueries.answerProblem(machine, "a", { approved: false, values: {} }),
      RunQueries.answerProblem(machine, "b", { approved: true, values: {} }),
      RunQueries.answerProblem(machine, "ghost", { approved: true, values: {} }),
    ]).toEqual([undefined, undefined, undefined]);
  });
});

describe("RunQueries.question", () => {
  test("gives the question as it is asked, until it is answered", () => {
    const machine = moveAll(
      begun([
        step("plan"),
        gate(
          "review",
          {
            ask: "Do ${{ steps.plan.output }}?",
            show: { plan: "${{ steps.plan.output }}", twice: "${{ size('ab') }}" },
            expiresMs: 5000,
            to: ["ann"],
          },
          { dependencies: ["plan"] },
        ),
      ]),
      [start("plan"), complete("plan")],
    );
    const question = {
      ...{ stepId: "review", attemptNumber: 1, kind: "gate", form: { type: "object" } },
      ...{ ask: "Do plan?", show: { plan: "plan", twice: 2 } },
      ...{ to: ["ann"], openedAt: 0, dueAt: 5000 },
    };
    const answered = move(machine, answer("review"));
    expect([
      RunQueries.questions(machine),
      RunQueries.question(machine, "review"),
      RunQueries.question(machine, "plan"),
      RunQueries.waitsFor(machine),
      RunQueries.questions(answered),
    ]).toEqual([[question], question, undefined, ["review"], []]);
  });

  test("is undefined in a run that has ended", () => {
    const machine = move(begun([gate("a")]), { type: "workflow_failed", error: "no disk" });
    expect([
      RunQueries.step(machine, "a")?.status,
      RunQueries.question(machine, "a"),
      RunQueries.waitsFor(machine),
    ]).toEqual(["open", undefined, []]);
  });
});

describe("a run that is restored", () => {
  test("asks an open gate again, under a new attempt", () => {
    const paused = moveAll(begun([gate("a")]), [{ type: "pause_workflow" }, restore()]);
    const outcome = Machine.transition(paused, { type: "checkpoint_restored" }, 0);
    if (!outcome.ok) throw new Error(outcome.reason);
    expect(outcome.effects[0]).toEqual({ type: "ask", stepId: "a", attemptNumber: 2 });
    expect([
      reply(outcome.machine, answer("a")),
      reply(outcome.machine, answer("a", { attemptNumber: 2 })),
    ]).toEqual(["older_attempt", "accepted"]);
  });

  test("keeps the answer of a gate that the checkpoint names", () => {
    const answered = moveAll(begun([gate("a"), step("b", { dependencies: ["a"] })]), [
      answer("a", { values: { size: "small" } }),
      { type: "pause_workflow" },
    ]);
    const checkpointData = RunQueries.checkpointData(answered, "cp");
    const restored = moveAll(answered, [
      { type: "restore_checkpoint", checkpointData },
      { type: "checkpoint_restored" },
    ]);
    expect([
      progressOf(restored, "a").result,
      progressOf(restored, "b").status,
      RunQueries.questions(restored),
    ]).toEqual([{ size: "small", approved: true }, "ready", []]);
  });
});

describe("a gate in a loop", () => {
  test("is asked in each round, and the next round reads the answer", () => {
    const review = gate(
      "review",
      { ask: "${{ steps.draft.output }}?", onReject: "continue" },
      { dependencies: ["draft"] },
    );
    const draft = step("draft", { task: "${{ default(previous.review.note, '') }}" });
    const plan = step("plan", {
      agentId: "@group",
      task: "",
      loop: { max: 3, until: "steps.review.output.approved", onMax: "fail" },
      steps: [draft, review],
    });
    const machine = moveAll(begun([plan]), [
      ...[start("plan#1.draft"), complete("plan#1.draft")],
      answer("plan#1.review", { approved: false, note: "shorter" }),
      start("plan#2.draft"),
    ]);
    expect(RunQueries.request(machine, "plan#2.draft", 1)?.values).toEqual({
      previous: {
        draft: "plan#1.draft",
        review: { note: "shorter", approved: false },
      },
    });
    const ended = moveAll(machine, [complete("plan#2.draft"), answer("plan#2.review")]);
    expect([
      progressOf(ended, "plan").status,
      RunQueries.step(ended, "plan")?.detail?.rounds,
    ]).toEqual(["completed", 2]);
  });
});

describe("a workflow whose gates open before the run begins", () => {
  test("asks them when the run begins", () => {
    const prepared = moveAll(Machine.make(0), preparing([gate("a"), gate("b")]));
    const outcome = Machine.transition(prepared, { type: "steps_scheduled" }, 0);
    expect([reply(prepared, answer("a")), outcome.ok && outcome.effects]).toEqual([
      "wrong_state",
      [
        { type: "ask", stepId: "a", attemptNumber: 1 },
        { type: "ask", stepId: "b", attemptNumber: 1 },
        { type: "tell", event: { type: "pause_workflow", reason: "waiting" } },
      ],
    ]);
  });
});

describe("RunQueries.resultProblem and RunQueries.editProblem", () => {
  const output = { type: "object", required: ["parts"] };
  const machine = begun([
    step("plan", { output }),
    gate("review", { editable: "steps.plan.output" }, { dependencies: ["plan"] }),
    gate("plain", {}, { dependencies: ["plan"] }),
  ]);

  test("name what does not fit the output of the step, or are undefined", () => {
    const problems = [{}, { parts: 1 }].flatMap((result) => [
      RunQueries.resultProblem(machine, "plan", result),
      RunQueries.editProblem(machine, "review", result),
    ]);
    expect(problems).toEqual(["$.parts is missing", "$.parts is missing", undefined, undefined]);
  });

  test("are undefined for an unknown step, and for a gate that lets no result be edited", () => {
    expect([
      RunQueries.resultProblem(machine, "ghost", {}),
      RunQueries.editProblem(machine, "ghost", {}),
      RunQueries.editProblem(machine, "plain", {}),
    ]).toEqual([undefined, undefined, undefined]);
  });
});
