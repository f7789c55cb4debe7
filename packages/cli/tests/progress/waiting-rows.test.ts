import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ScriptedRun } from "../harness/ScriptedRun.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("the rows of the live view", () => {
  test("show a parked step with its quota, and count the time down", async () => {
    const script = new ScriptedRun({ steps: [{ id: "a" }, { id: "b" }], columns: 80, language: 2 });
    script.start("a", "b");
    const failure = { error: "busy", reason: "rate_limit", chance: 0.5, scope: "anthropic" };
    script.tell("step_failed", { ...failure, retryAt: Date.now() + 7_200_000 }, "a");
    const before = await script.rows();
    script.wait(60_000);
    const after = await script.rows();
    const parked = (rows: readonly string[]): string | undefined =>
      rows.find((row) => row.includes("parked for"))?.replace(/ +/g, " ");
    expect([parked(before), parked(after)]).toEqual([
      "… waiting a parked for 1h59m (anthropic) worker",
      "… waiting a parked for 1h58m (anthropic) worker",
    ]);
    script.view.stop();
  });

  test("show what open gates and waits wait for", async () => {
    const gate = {
      ask: "Publish?",
      form: { type: "object" },
      onExpire: "reject",
      onReject: "fail",
    };
    const script = new ScriptedRun({
      steps: [
        { id: "review", agentId: "@gate", task: "", gate },
        { id: "deployed", agentId: "@wait", task: "", wait: { signal: "deployed" } },
        { id: "a" },
      ] as never,
      columns: 80,
      language: 2,
    });
    script.start("a");
    const rows = (await script.rows()).map((row) => row.replace(/ +/g, " ").trim());
    expect(rows).toEqual(
      expect.arrayContaining(["● open review Publish?", "● open deployed signal deployed"]),
    );
    script.view.stop();
  });
});
