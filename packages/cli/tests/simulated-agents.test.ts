import { describe, expect, test } from "vitest";
import { Folder } from "./harness/axw.js";

describe("the agents of a run with --agents simulated", () => {
  test("answer what outputs and handlers read, also those of a child run", async () => {
    const folder = new Folder({
      "flow.yaml": `id: flow
steps:
  - { id: call, workflow: ./child.yaml }
  - { id: count, agentId: sh, task: x, output: { type: integer } }
outputs: { said: "\${{ steps.call.output.report }}", n: "\${{ steps.count.output }}" }
`,
      "child.yaml": `id: child
steps: [{ id: sum, agentId: sh, task: Sum up }]
outputs: { report: "\${{ steps.sum.output.report }}" }
on: { always: [{ id: bye, agentId: sh, task: "\${{ default(steps.sum.output.name, 'x') }}" }] }
`,
    });
    const { code, stdout } = await folder.here(["run", "flow.yaml", "--agents", "simulated"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^count +✔ completed +1 +\S+ +0 +\(simulated\)$/m);
    expect(stdout).not.toContain("kept");
    expect(stdout).toMatch(/2 of 2 completed {2}\(simulated\)$/m);
  });
});
