import { describe, expect, test } from "vitest";
import { Folder } from "./harness/axw.js";

const FLOW = `id: flow
inputs:
  mode: { enum: [fast, slow] }
  count: { type: integer, minimum: 1, default: 1 }
  note: { type: [string, "null"], default: null }
agents: { w: { command: [cat] } }
steps:
  - { id: a, agentId: w, task: "\${{ inputs.mode }} \${{ inputs.count }} \${{ inputs.note == null }}" }
`;

describe("axw run with inputs that have a schema", () => {
  test.each([
    [["mode=fast"], "fast 1 true"],
    [["mode=slow", "count=3", "note=hello there"], "slow 3 false"],
    [["mode=slow", "note=null"], "slow 1 true"],
  ])("reads %j as the schema says", async (inputs, expected) => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const flags = inputs.flatMap((input) => ["--input", input]);
    const { code, stdout } = await folder.here(["run", "flow.yaml", "--json", ...flags]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(JSON.stringify(expected))]);
  });

  test.each([
    [["mode=quick"], "`mode` does not fit its schema"],
    [["mode=fast", "count=0"], "`count` does not fit its schema"],
    [["mode=fast", "note=5"], "`note` does not fit its schema"],
    [[], "`mode` (string) is missing"],
  ])("refuses %j before anything runs, and shows the command to type", async (inputs, problem) => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const flags = inputs.flatMap((input) => ["--input", input]);
    const { code, stderr } = await folder.here(["run", "flow.yaml", ...flags]);
    expect([code, stderr, stderr, folder.has(".ax/workflow.db")]).toEqual([
      2,
      expect.stringContaining(problem),
      expect.stringMatching(/\nnext {3}axw run flow\.yaml/),
      false,
    ]);
  });
});
