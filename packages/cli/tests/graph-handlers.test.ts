import { describe, expect, test } from "vitest";
import { Folder, workflow } from "./harness/axw.js";

const FLOW = `${workflow("  - {id: one, agentId: bad, task: one}\n")}on:
  failure: [{id: report, agentId: sh, task: report}]
  always: [{id: clean, agentId: sh, task: clean}]
`;

describe("axw graph", () => {
  test("draws the handlers of a file in a box for each list", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    expect((await folder.here(["graph", "flow.yaml"])).stdout).toBe(`flowchart TD
  s0["one<br/>bad"]
  subgraph s1["on.failure"]
    s2["report<br/>sh"]
  end
  subgraph s3["on.always"]
    s4["clean<br/>sh"]
  end
`);
  });

  test("draws the handlers of a run with their statuses", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const { stdout } = await folder.here(["graph", "r"]);
    expect(stdout).toContain('subgraph s1["on.failure"]\n    s2["report<br/>sh<br/>completed"]');
    expect(stdout).toContain('s4["clean<br/>sh<br/>completed"]:::completed');
  });
});
