import { describe, expect, test } from "vitest";
import { matchesOutput } from "./support/code-blocks.js";

describe("matchesOutput", () => {
  test("lets … match any text within a line, or any lines if it is the whole line", () => {
    const text = "run 3f9a of x\nstep a\nstep b\n2 steps in 12 ms\n";
    expect([
      matchesOutput(text, "run … of x\n…\n2 steps in … ms"),
      matchesOutput(text, "run … of x\n2 steps in … ms"),
      matchesOutput(text, "run … of y\n…"),
      matchesOutput("a.b", "a?b"),
    ]).toEqual([true, false, false, false]);
  });
});
