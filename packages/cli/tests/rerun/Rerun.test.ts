import type { StepPreview } from "@automatosx/workflow";
import type { StepInfo } from "@automatosx/workflow/observe";
import { RerunPlan } from "@automatosx/workflow/run-view";
import { describe, expect, test } from "vitest";
import { Output } from "../../src/Output.js";
import { measure } from "../../src/rerun/measured.js";
import { rerunAsJson, rerunSummary, rerunTable, stoppedText } from "../../src/rerun/rerun-lines.js";
import { FakeStream } from "../harness/FakeStream.js";

const step = (id: string, status: StepInfo["status"], took?: number): StepInfo =>
  ({
    id,
    status,
    ...(took !== undefined && { startedAt: 1000, finishedAt: 1000 + took }),
  }) as StepInfo;

const BEFORE = [
  step("plan", "completed", 500),
  step("draft", "completed", 1500),
  step("check", "open"),
  step("busy", "running"),
  step("idle", "running"),
  step("bad", "failed"),
  step("late", "pending"),
  step("old", "completed", 70),
];

const STEPS: readonly StepPreview[] = [
  { stepId: "plan", verdict: "kept", changed: [] },
  { stepId: "draft", verdict: "stale", changed: ["task"] },
  { stepId: "check", verdict: "kept", changed: [] },
  { stepId: "busy", verdict: "stale", changed: ["steps.draft"] },
  { stepId: "idle", verdict: "kept", changed: [] },
  { stepId: "bad", verdict: "again", changed: [] },
  { stepId: "late", verdict: "again", changed: [] },
  { stepId: "extra", verdict: "new", changed: [] },
  { stepId: "old", verdict: "dropped", changed: [] },
];

const rerun = new RerunPlan(STEPS, { steps: () => BEFORE });

describe("Rerun", () => {
  test("gives the reason of each step", () => {
    expect(Object.fromEntries(STEPS.map((each) => [each.stepId, rerun.reason(each)]))).toEqual({
      plan: "",
      draft: "its task changed",
      check: "it stays open",
      busy: "its attempt is stopped: waits for draft",
      idle: "its attempt continues",
      bad: "it failed",
      late: "not performed yet",
      extra: "",
      old: "the file no longer has it",
    });
  });

  test("says of a handler that is dropped whether the file has it, or steps come before it", () => {
    const handler: StepPreview = { stepId: ":always.tidy", verdict: "dropped", changed: [] };
    const reasonBeside = (others: readonly StepPreview[]): string =>
      new RerunPlan([...others, handler], { steps: () => BEFORE }).reason(handler);
    expect([reasonBeside(STEPS), reasonBeside([])]).toEqual([
      "steps are performed again before it",
      "the file no longer has it",
    ]);
  });

  test("knows which steps are performed, and which attempts are stopped", () => {
    expect([rerun.performed(), rerun.stopped(), rerun.changesNothing]).toEqual([
      ["draft", "busy", "bad", "late", "extra"],
      ["busy"],
      false,
    ]);
    const same = new RerunPlan([{ stepId: "plan", verdict: "kept", changed: [] }], {
      steps: () => BEFORE,
    });
    expect([same.changesNothing, same.tally()]).toEqual([true, "1 kept"]);
  });

  test("counts reopened steps as steps to perform, in the order of the run", () => {
    const previews: readonly StepPreview[] = [
      { stepId: "new", verdict: "new", changed: [] },
      { stepId: "draft", verdict: "kept", changed: [] },
      { stepId: "plan", verdict: "kept", changed: [] },
    ];
    const reopened = new RerunPlan(previews, { steps: () => BEFORE }, ["draft"]);
    expect([
      reopened.steps.map(({ stepId, verdict }) => [stepId, verdict]),
      reopened.tally(),
    ]).toEqual([
      [
        ["plan", "kept"],
        ["draft", "again"],
        ["new", "new"],
      ],
      "1 kept, 1 new, 1 to perform",
    ]);
  });

  test("distinguishes a removed item from a removed step", () => {
    const ids = ["each[a]", "each[b]", "gone[a]"];
    const items = new RerunPlan(
      ids.map((stepId, index) => ({
        stepId,
        verdict: index === 0 ? "kept" : "dropped",
        changed: [],
      })),
      { steps: () => ids.map((id) => step(id, "completed")) },
    );
    expect(items.steps.map((each) => items.reason(each))).toEqual([
      "",
      "the list no longer has it",
      "the file no longer has it",
    ]);
  });

  test("finds a dependency in the list of a step, or in one around it", () => {
    const before = ["plan", "lint.plan", "lint.sum", "lint.end"].map((id) => step(id, "completed"));
    const inner = new RerunPlan(
      [
        { stepId: "plan", verdict: "kept", changed: [] },
        { stepId: "lint.plan", verdict: "stale", changed: ["task"] },
        { stepId: "lint.sum", verdict: "stale", changed: ["steps.plan"] },
        { stepId: "end", verdict: "stale", changed: ["steps.plan"] },
      ],
      { steps: () => before },
    );
    expect(inner.steps.map((each) => inner.reason(each))).toEqual([
      "",
      "its task changed",
      "waits for plan",
      "the result of plan changed",
    ]);
  });

  test("waits for a dependency of which a part is performed again", () => {
    const items = new RerunPlan(
      [
        { stepId: "build[a]", verdict: "stale", changed: ["item"] },
        { stepId: "end", verdict: "stale", changed: ["steps.build"] },
      ],
      { steps: () => [step("build[a]", "completed"), step("end", "completed")] },
    );
    expect(items.steps.map((each) => items.reason(each))).toEqual([
      "its item changed",
      "waits for build",
    ]);
  });
});

const entry = (stepId: string, payload: object) => ({
  ...{ runId: "r", seq: 1, at: 0, type: "step_completed" as const, stepId, attemptNumber: 1 },
  ...{ payload: JSON.stringify(payload), hash: "" },
});

const view = (budget: object | undefined) => ({
  steps: () => BEFORE,
  budget: () => budget as never,
});

describe("measure", () => {
  test("adds up the times and the newest usage of the steps that are performed again", () => {
    const journal = [
      entry("draft", { result: 1, usage: { usd: 9, tokens: 9 } }),
      entry("draft", { result: 1, usage: { usd: 0.25, tokens: 100 } }),
      entry("plan", { result: 1, usage: { usd: 5 } }),
    ];
    const storage = { readJournal: () => journal as never };
    expect(measure(storage, "r", view({}), rerun)).toEqual({
      stepCount: 1,
      durationMs: 1500,
      usd: 0.25,
      tokens: 100,
    });
  });

  test("reads no journal if no agent has reported what it used", () => {
    const storage = {
      readJournal: () => {
        throw new Error("read");
      },
    };
    expect(measure(storage, "r", view(undefined), rerun)).toEqual({
      stepCount: 1,
      durationMs: 1500,
    });
  });

  test("reads no journal if none of the steps has completed before", () => {
    const first = new RerunPlan([{ stepId: "late", verdict: "again", changed: [] }], {
      steps: () => BEFORE,
    });
    const storage = {
      readJournal: () => {
        throw new Error("read");
      },
    };
    expect(measure(storage, "r", view({}), first)).toEqual({ stepCount: 0, durationMs: 0 });
  });
});

describe("the lines about the verdicts of steps", () => {
  const out = new Output(new FakeStream());

  test("show each step with its verdict and its reason", () => {
    expect(rerunTable(out, rerun).map((line) => line.trimEnd())).toEqual([
      "STEP              WHY",
      "plan   ✔ kept",
      "draft  ↻ stale    its task changed",
      "check  ✔ kept     it stays open",
      "busy   ↻ stale    its attempt is stopped: waits for draft",
      "idle   ✔ kept     its attempt continues",
      "bad    ○ again    it failed",
      "late   ○ again    not performed yet",
      "old    − dropped  the file no longer has it",
      "extra  + new",
    ]);
  });

  test("leave out kept steps first if there are many", () => {
    const many = Array.from({ length: 60 }, (_, index): StepPreview => {
      const isLast = index === 59;
      return {
        stepId: `s${index}`,
        verdict: isLast ? "stale" : "kept",
        changed: isLast ? ["task"] : [],
      };
    });
    const lines = rerunTable(out, new RerunPlan(many, { steps: () => [] }));
    expect([lines.length, lines[1]?.trimEnd(), lines.at(-1)]).toEqual([
      42,
      "s59   ↻ stale  its task changed",
      "… and 20 more",
    ]);
  });

  test("sum up in numbers, with what the steps took before", () => {
    const measured = { stepCount: 1, durationMs: 1500, usd: 0.25, tokens: 100 };
    expect([
      rerunSummary(rerun, measured),
      rerunSummary(rerun, { stepCount: 0, durationMs: 0 }),
    ]).toEqual([
      "3 kept, 2 stale, 1 new, 2 to perform, 1 dropped; the last time, one of them took 1.5s, $0.25, 100 tokens",
      "3 kept, 2 stale, 1 new, 2 to perform, 1 dropped",
    ]);
  });

  test("name the attempts that are stopped", () => {
    expect([stoppedText(["a", "b"]), stoppedText([])]).toEqual([
      "Stopped 2 attempts in flight: a, b.",
      undefined,
    ]);
  });

  test("are data as JSON", () => {
    const json = rerunAsJson(new RerunPlan(STEPS.slice(1, 2), { steps: () => BEFORE }));
    expect(json).toEqual({
      steps: [{ stepId: "draft", verdict: "stale", changed: ["task"], reason: "its task changed" }],
      counts: { kept: 0, stale: 1, new: 0, again: 0, dropped: 0 },
    });
  });
});
