import { describe, expect, test } from "vitest";
import { keptOutcomes } from "../src/render/kept-outcomes.js";
import { Folder, workflow } from "./harness/axw.js";

const FLOW = workflow(`  - {id: good, agentId: sh, task: one}
  - {id: lint, agentId: bad, task: two, continueOnError: true}
  - {id: stop, agentId: bad, task: three, dependencies: [good, lint]}
`);

describe("axw resume and axw run --run-id", () => {
  test("name the failures that a run keeps, beside its results", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const kept = / 1 result and 1 tolerated failure \(lint\) kept {2}/;
    expect((await folder.here(["resume", "r"])).stdout).toMatch(kept);
    expect((await folder.here(["run", "flow.yaml", "--run-id", "r"])).stdout).toMatch(kept);
    expect(folder.launches().filter((task) => task === "two")).toEqual(["two"]);
  });
});

describe("keptOutcomes", () => {
  test("names at most three steps", () => {
    const steps = ["a", "b", "c", "d"].map((id) => ({
      id,
      status: "failed",
      continueOnError: true,
    }));
    const view = { counts: () => ({ completed: 0 }), steps: () => steps };
    expect(keptOutcomes(view as unknown as Parameters<typeof keptOutcomes>[0])).toBe(
      "0 results and 4 tolerated failures (a, b, c, …) kept",
    );
  });
});
