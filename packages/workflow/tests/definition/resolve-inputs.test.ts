import { describe, expect, test } from "vitest";
import { resolveInputs } from "../../src/definition/resolve-inputs.js";
import { prepareWorkflow } from "../../src/index.js";

const { definition } = prepareWorkflow(`
id: w
inputs:
  mode: { enum: [fast, slow], default: slow }
  count: integer
  note: { type: [string, "null"], required: false }
  files: { type: array, items: { type: object, required: [path] }, default: [] }
steps: [{ id: a, agentId: b, task: t }]
`);
const resolved = (given: object) => resolveInputs(definition.inputs, given as never);

describe("resolveInputs with schemas", () => {
  test("returns values that fit, and fills in the defaults of the others", () => {
    expect([resolved({ count: 2, note: null }), resolved({ count: 2, mode: "fast" })]).toEqual([
      { mode: "slow", count: 2, note: null, files: [] },
      { mode: "fast", count: 2, files: [] },
    ]);
  });

  test.each([
    [{ count: 1.5 }, "`count` does not fit its schema"],
    [{ count: "2" }, "`count` must be a number, not a string"],
    [{ count: 1, mode: "fst" }, "`mode` does not fit its schema"],
    [{ count: 1, note: 5 }, "`note` does not fit its schema"],
    [{ count: 1, files: [{}] }, "`files` does not fit its schema"],
    [{}, "`count` (number) is missing"],
  ])("refuses %j, and never changes a value so that it fits", (given, problem) => {
    expect(() => resolved(given)).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        message: expect.stringContaining(problem),
      }),
    );
  });
});
