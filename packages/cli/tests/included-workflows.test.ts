import { describe, expect, test } from "vitest";
import { Folder } from "./harness/axw.js";

const FILES = {
  "flows/outer.yaml": `id: outer
agents: { echo: { command: [cat] } }
steps:
  - { id: lint, include: ./parts/lint.yaml, with: { path: src } }
  - { id: each, foreach: [x, y], include: ./parts/lint.yaml, with: { path: "\${{ item }}" } }
  - { id: end, agentId: echo, task: "\${{ steps.lint.output.report }}", dependencies: [lint, each] }
`,
  "flows/parts/lint.yaml": `id: lint
inputs: { path: string }
steps:
  - { id: scan, agentId: echo, task: "scan \${{ inputs.path }}" }
  - { id: sum, agentId: echo, task: "sum \${{ steps.scan.output }}", dependencies: [scan] }
outputs: { report: "\${{ steps.sum.output }}" }
`,
};

const linesOf = (stdout: string): string[] => stdout.split("\n").map((line) => line.trimEnd());

describe("a workflow that includes another", () => {
  test("is planned and drawn with the steps of the file, and names it", async () => {
    const folder = new Folder(FILES);
    const plan = await folder.here(["plan", "flows/outer.yaml"]);
    expect([plan.code, linesOf(plan.stdout).slice(0, 9)]).toEqual([
      0,
      [
        "outer 1.0.0   5 steps, 7 launches",
        "BATCH  STEP    AGENT                      WAITS FOR   LIMITS",
        "1      lint    include ./parts/lint.yaml",
        "         scan  echo                                   timeout 30m00s",
        "         sum   echo                       scan        timeout 30m00s",
        "       each    include ./parts/lint.yaml              for each of 2 items",
        "         scan  echo                                   timeout 30m00s",
        "         sum   echo                       scan        timeout 30m00s",
        "2      end     echo                       lint, each  timeout 30m00s",
      ],
    ]);
    const graph = await folder.here(["graph", "flows/outer.yaml"]);
    expect(graph.stdout).toContain('subgraph s0["lint<br/>include ./parts/lint.yaml"]');
  });

  test("runs, and shows how many steps of the file have completed", async () => {
    const folder = new Folder(FILES);
    const run = await folder.axw(["run", "flows/outer.yaml"]);
    const runId = /next {3}axw show (\w+)/.exec(run.stdout + run.stderr)?.[1] ?? "";
    const shown = await folder.axw(["show", runId]);
    expect([run.code, shown.stdout]).toEqual([
      0,
      expect.stringMatching(/^lint +✔ completed +\S+ +2 of 2 steps of \.\/parts\/lint\.yaml$/m),
    ]);
    expect(shown.stdout).toMatch(/^each +✔ completed +\S+ +2 of 2 items$/m);
    expect(shown.stdout).toMatch(/^end +✔ completed +1 +\S+ +"sum scan src"$/m);
  });

  test("can be simulated", async () => {
    const folder = new Folder(FILES);
    const { code, stdout } = await folder.here(["simulate", "flows/outer.yaml", "--seeds", "2"]);
    expect([code, linesOf(stdout)[0]]).toEqual([0, expect.stringContaining("2 worlds")]);
  });

  test("has its issues at their places in the files, as they were typed", async () => {
    const folder = new Folder({
      ...FILES,
      "flows/parts/lint.yaml": FILES["flows/parts/lint.yaml"].replace("inputs.path", "inputs.paht"),
    });
    const { code, stdout, stderr } = await folder.here(["validate", "flows/outer.yaml"]);
    expect([code, stdout + stderr]).toEqual([
      2,
      expect.stringContaining(
        "flows/parts/lint.yaml:4:48  error  AXW1306  the input `paht` is not declared",
      ),
    ]);
  });

  test("may include files of --root", async () => {
    const folder = new Folder({
      "flows/w.yaml": "id: w\nsteps: [{ id: a, include: ../shared/p.yaml }]\n",
      "shared/p.yaml": "id: p\nsteps: [{ id: s, run: [pwd] }]\n",
    });
    const outside = await folder.here(["validate", "flows/w.yaml"]);
    const inside = await folder.here(["validate", "flows/w.yaml", "--root", "."]);
    expect([outside.code, inside.code]).toEqual([2, 0]);
    expect(outside.stdout + outside.stderr).toContain("AXW1609");
  });
});
