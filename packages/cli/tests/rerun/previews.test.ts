import { describe, expect, test } from "vitest";
import { workflow } from "../harness/axw.js";
import { FLOW, lines, rowOf, started } from "./started-run.js";

describe("the counts of a command that goes back", () => {
  test("are those of its event: steps that contain others do not count", async () => {
    const folder = await started(
      workflow(`  - {id: list, run: {command: [echo, '["x", "y"]']}, output: {type: array}}
  - id: each
    dependencies: [list]
    foreach: steps.list.output
    steps:
      - {id: a, agentId: sh, task: "\${{ item }}"}
  - {id: hold, gate: {ask: Go on?}, dependencies: [each]}
`),
    );
    folder.write("new.json", '["y", "z"]');
    const edited = await folder.here(["edit-output", "r", "list", "new.json"]);
    expect(lines(edited.stderr)[0]).toBe(
      "Replaced the result of list of run r: 2 kept, 1 stale, 1 new, 1 dropped.",
    );
    const { stdout } = await folder.here(["events", "r"]);
    expect(lines(stdout).filter((line) => line.includes("edited"))).toEqual([
      expect.stringContaining("edited      list  2 kept, 1 stale, 1 new, 1 dropped"),
    ]);
  });
});

describe("the reasons of a preview", () => {
  test("name a fan-out that fails, and the steps that are skipped because of it", async () => {
    const folder = await started(
      workflow(
        `  - {id: each, foreach: inputs.list, agentId: sh, task: "\${{ item }}"}
  - {id: skip, if: "size(inputs.list) == 2", agentId: sh, task: skip}
  - {id: behind, dependencies: [{skip: done}], agentId: sh, task: behind}
  - {id: hold, gate: {ask: Go on?}, dependencies: [each]}
`,
        "inputs: {list: {type: array, default: [x, y]}}",
      ),
    );
    const args = ["amend", "r", "flow.yaml", "--dry-run", "--input", 'list=["x","x","y"]'];
    const { stdout } = await folder.here(args);
    const row = (step: string): string | undefined => rowOf(stdout, step);
    expect(["each[x]", "skip", "behind", "hold"].map(row)).toEqual([
      "each[x] − dropped each fails: `foreach`: two items have the key `x`",
      "skip − dropped it is skipped now",
      "behind ↻ stale skip is skipped now",
      "hold − dropped it is skipped now",
    ]);
  });
});

describe("a change with a file whose agents are missing", () => {
  test("is refused with the whole command", async () => {
    const folder = await started();
    folder.write(
      "other.yaml",
      FLOW.replace("agentId: sh, task: aside", "agentId: absent, task: x"),
    );
    const commands = [
      ["fork", "r", "--file", "other.yaml", "--run-id", "f"],
      ["run", "other.yaml", "--from", "r", "--from-step", "two", "--run-id", "f"],
      ["amend", "r", "other.yaml", "--by", "ann", "--no-resume"],
    ];
    const refused = [];
    for (const words of commands) refused.push(await folder.here(words));
    expect(refused.map(({ stderr }) => /axw .*/.exec(stderr)?.[0])).toEqual([
      "axw fork r --file other.yaml --run-id f --agents simulated",
      "axw run other.yaml --from r --from-step two --run-id f --agents simulated",
      "axw amend r other.yaml --by ann --no-resume --agents FILE",
    ]);
  });
});
