import { describe, expect, test } from "vitest";
import { changesText } from "../../src/index.js";

describe("changesText", () => {
  test.each<[readonly string[], readonly string[], string]>([
    [["task"], [], "its task changed"],
    [["task", "agent"], [], "its task and its agent changed"],
    [["task", "agent", "with", "check"], [], "its task, its agent, its `with` and 1 more changed"],
    [["inputs.topic"], [], "input topic changed"],
    [["context"], [], "the context changed"],
    [["steps.plan"], [], "the result of plan changed"],
    [["steps.plan"], ["plan"], "waits for plan"],
    [
      ["task", "steps.plan", "steps.find"],
      ["plan"],
      "its task and the result of find changed; waits for plan",
    ],
    [["question"], [], "its question changed"],
    [["something-new"], [], "something-new changed"],
    [[], [], ""],
  ])("words %j with %j performed again as %j", (changed, pending, text) => {
    expect(changesText(changed, { isPending: (id) => pending.includes(id) })).toBe(text);
  });

  test("names the dependencies that are skipped now", () => {
    expect(
      changesText(["task", "steps.plan", "steps.find"], {
        isSkipped: (id) => id === "plan",
        isPending: () => true,
      }),
    ).toBe("its task changed; plan is skipped now; waits for find");
  });

  test("removes what a terminal would interpret from a name", () => {
    expect(changesText(["steps.a\u001b[31m"])).not.toContain("\u001b");
  });
});
