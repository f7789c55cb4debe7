import type { ShownStep } from "@automatosx/workflow/run-view";
import { describe, expect, test } from "vitest";
import { stepRows } from "../../src/render/step-rows.js";

const step = (id: string, status: ShownStep["status"], more: object = {}): ShownStep => ({
  id,
  name: id,
  agentId: "a",
  task: "",
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
  attemptNumber: 1,
  failureCount: 0,
  status,
  ...more,
});

const shown = (steps: readonly ShownStep[], limit = 40): readonly string[] => {
  const { rows, omittedCount } = stepRows(steps, limit);
  const lines = rows.map(({ depth, label, progress, step: { status } }) =>
    [`${"  ".repeat(depth)}${label}`, status, ...(progress === undefined ? [] : [progress])].join(
      " | ",
    ),
  );
  return omittedCount === 0 ? lines : [...lines, `… ${omittedCount}`];
};

const fanOut = (keys: readonly string[], status: ShownStep["status"] = "open"): ShownStep =>
  step("build", status, { kind: "foreach", detail: { keys } });

describe("stepRows", () => {
  test("indents items and inner steps, with how far each has come", () => {
    const steps = [
      step("plan", "completed"),
      fanOut(["a", "b", "c"]),
      step("build[a]", "completed", { kind: "group" }),
      step("build[a].code", "completed"),
      step("build[b]", "failed", { kind: "group" }),
      step("build[b].code", "failed"),
      step("build[c]", "pending", { kind: "group" }),
    ];
    expect(shown(steps)).toEqual([
      "plan | completed",
      "build | open | 1 of 3 items, 1 failed",
      "  build[b] | failed | 0 of 1 step, 1 failed",
      "    code | failed",
      "  build[c] | pending",
      "  build[a] | completed | 1 of 1 step",
      "    code | completed",
    ]);
  });

  test("counts the rounds of a loop", () => {
    const loop = step("fix", "open", { kind: "loop", loop: { max: 4 }, detail: { rounds: 2 } });
    expect(shown([loop, step("fix#1", "completed"), step("fix#2", "running")])).toEqual([
      "fix | open | round 2 of 4",
      "  fix#2 | running",
      "  fix#1 | completed",
    ]);
  });

  test("keeps unfinished items and what is around them if not everything fits", () => {
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
    const items = keys.map((key, index) =>
      step(`build[${key}]`, index === 47 ? "running" : "completed"),
    );
    expect(shown([step("plan", "completed"), fanOut(keys), ...items], 4)).toEqual([
      "plan | completed",
      "build | open | 49 of 50 items",
      "  build[k47] | running",
      "  build[k0] | completed",
      "… 48",
    ]);
  });

  test("puts unfinished steps of a long plain workflow first", () => {
    const steps = ["a", "b", "c"].map((id) => step(id, id === "c" ? "failed" : "completed"));
    expect([shown(steps), shown(steps, 2)]).toEqual([
      ["a | completed", "b | completed", "c | failed"],
      ["c | failed", "a | completed", "… 1"],
    ]);
  });
});
