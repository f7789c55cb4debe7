import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { OpenSteps } from "../../src/progress/OpenSteps.js";
import { ScriptedRun } from "../harness/ScriptedRun.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const FAN_OUT = {
  id: "build",
  foreach: { in: ["a", "b", "c"], as: "item", concurrency: 2 },
} as const;

describe("OpenSteps", () => {
  test("tells how many items of a fan-out are completed, and how many failed", () => {
    const live = new ScriptedRun({ steps: [FAN_OUT], columns: 80, language: 2 });
    const open = new OpenSteps(live.run);
    live.start("build[a]", "build[b]");
    const before = open.rows(5);
    live.complete("build[a]");
    live.wait(1000);
    live.fail("build[b]", "no");
    live.wait(1000);
    expect([before, open.rows(5)]).toEqual([
      [{ status: "open", id: "build", about: "0 of 3 items" }],
      [{ status: "open", id: "build", about: "1 of 3 items, 1 failed" }],
    ]);
  });

  test("is shown above the steps in flight", async () => {
    const live = new ScriptedRun({ steps: [FAN_OUT], columns: 80, language: 2 });
    live.start("build[a]");
    const rows = await live.rows();
    expect(rows.map((row) => row.trim().replace(/^[◐◓◑◒]/, "*"))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^● open +build +0 of 3 items$/),
        expect.stringMatching(/^\* running +build\[a\] +0s {2}worker$/),
      ]),
    );
  });

  test("is empty for a workflow without the language", () => {
    const live = new ScriptedRun({ steps: [{ id: "a" }], columns: 80 });
    live.start("a");
    expect(new OpenSteps(live.run).rows(5)).toEqual([]);
  });
});
