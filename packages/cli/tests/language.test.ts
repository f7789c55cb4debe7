import { describe, expect, test } from "vitest";
import { Folder } from "./harness/axw.js";

const FLOW = `
id: flow
agents:
  say: { command: [cat] }
  fail: { command: [sh, -c, "echo broken >&2; exit 1"] }
  list:
    command: [echo, '{"risk": "low", "modules": [{"name": "auth"}, {"name": "api"}]}']
    output: json
steps:
  - { id: design, agentId: list, task: design }
  - id: review
    agentId: say
    dependencies: [design]
    if: steps.design.output.risk == 'high'
    task: review
  - { id: publish, agentId: say, dependencies: [review], task: publish }
  - id: build
    dependencies: [design, { review: ok-or-skipped }]
    foreach: steps.design.output.modules
    key: item.name
    steps:
      - { id: code, agentId: say, task: "code \${{ item.name }}" }
      - { id: check, agentId: say, dependencies: [code], task: "check \${{ steps.code.output }}" }
  - id: fix
    dependencies: [build]
    loop: { max: 4, until: round == 2 }
    agentId: say
    task: "fix it"
outputs: { last: "\${{ steps.fix.output }}" }
`;

async function folderWithRun(flow = FLOW): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": flow });
  await folder.here(["run", "flow.yaml", "--run-id", "r"]);
  return folder;
}

/** The lines of a table, without times and the width of its columns. */
const cells = (text: string): readonly string[] =>
  text.split("\n").map((line) =>
    line
      .trimEnd()
      .replace(/(?<=\S) {2,}/g, " | ")
      .replace(/ \| [\d.]+m?s\b/, ""),
  );

describe("axw show", () => {
  test("prints items, rounds and inner steps below what they are in", async () => {
    const { stdout } = await (await folderWithRun()).here(["show", "r"]);
    const lines = cells(stdout);
    expect(lines.slice(lines.indexOf("STEP | STATUS | ATTEMPTS | TIME | RESULT") + 1, -1)).toEqual(
      expect.arrayContaining([
        "review | ⊘ skipped | 0 | (condition)",
        "publish | ⊘ skipped | 0 | (review)",
        "build | ✔ completed | 2 of 2 items",
        "  build[auth] | ✔ completed | 2 of 2 steps",
        '    code | ✔ completed | 1 | "code auth"',
        '    check | ✔ completed | 1 | "check code auth"',
        "fix | ✔ completed | round 2 of 4",
        '  fix#1 | ✔ completed | 1 | "fix it"',
        '  fix#2 | ✔ completed | 1 | "fix it"',
        "outputs",
        "  last: fix it",
      ]),
    );
  });

  test("counts only steps without others inside, as axw list does", async () => {
    const folder = await folderWithRun();
    const shown = JSON.parse((await folder.here(["show", "r", "--json"])).stdout);
    const listed = JSON.parse((await folder.here(["list", "--json"])).stdout);
    const counts = { totalSteps: 9, completedSteps: 7, skippedSteps: 2, failedSteps: 0 };
    expect([shown.metrics, shown.outputs, listed]).toEqual([
      expect.objectContaining(counts),
      { last: "fix it" },
      expect.objectContaining(counts),
    ]);
  });
});

describe("axw why", () => {
  test("follows a skip to the condition, with the values that it read", async () => {
    const folder = await folderWithRun();
    expect(await folder.here(["why", "r", "publish"])).toEqual({
      code: 0,
      stdout:
        "publish is skipped: it needs review (ok), which was skipped\n" +
        "review is skipped: its condition is false: steps.design.output.risk == 'high', " +
        'where steps.design.output.risk is "low"\n',
      stderr: "next   axw events r\n",
    });
  });

  test("follows a failure into the item that failed, and names its logs", async () => {
    const flow = FLOW.replace(
      'agentId: say, dependencies: [code], task: "check',
      'agentId: fail, dependencies: [code], task: "check',
    );
    const folder = await folderWithRun(flow);
    const { stdout, stderr } = await folder.here(["why", "r", "build"]);
    expect([stdout.split("\n").map((line) => line.split(":")[0]), stderr]).toEqual([
      ["build failed", "build[auth] failed", "build[auth].check failed", ""],
      "next   axw logs r 'build[auth].check'\n",
    ]);
  });

  test("prints the chain as JSON", async () => {
    const folder = await folderWithRun();
    const { stdout } = await folder.here(["why", "r", "auth", "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 2,
      runId: "r",
      stepId: "build[auth]",
      status: "completed",
      causes: [{ type: "completed", stepId: "build[auth]" }],
    });
  });

  test("refuses a part of several paths", async () => {
    const folder = await folderWithRun();
    expect(await folder.here(["why", "r", "check"])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error  invalid_argument  `check` could be any of 2 steps of run r.\n" +
        "       Type more of the path: build[auth].check, build[api].check.\n" +
        "next   axw show r\n",
    });
  });
});

describe("a step on the command line", () => {
  test("is any unique part of its path, for axw result and axw logs", async () => {
    const folder = await folderWithRun();
    const [result, one, all] = [
      await folder.here(["result", "r", "auth].code"]),
      await folder.here(["logs", "r", "fix#2", "--raw"]),
      await folder.here(["logs", "r", "api", "--raw"]),
    ];
    expect([result.stdout, one.stdout, all.stdout]).toEqual([
      "code auth\n",
      "fix it",
      "code apicheck code api",
    ]);
  });

  test("may be left out for axw result, which then prints the outputs", async () => {
    const folder = await folderWithRun();
    expect((await folder.here(["result", "r"])).stdout).toBe('{"last":"fix it"}\n');
  });
});

describe("axw events", () => {
  test("begins a step before what is inside it, and ends it after that", async () => {
    const { stdout } = await (await folderWithRun()).here(["events", "r"]);
    const ofAuth = cells(stdout)
      .map((line) => line.replace(/^\S+ \S+ \| /, ""))
      .filter((line) => /\bbuild(\[auth\]| )/.test(`${line} `))
      .map((line) => line.split(" | ").slice(0, 2).join(" "));
    expect(ofAuth).toEqual([
      "opened build",
      "opened build[auth]",
      "started build[auth].code",
      "completed build[auth].code",
      "started build[auth].check",
      "completed build[auth].check",
      "completed build[auth]",
      "completed build",
    ]);
  });
});

describe("axw plan", () => {
  test("prints conditions, fan-outs, loops and modes, and the least number of launches", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const { stdout } = await folder.here(["plan", "flow.yaml"]);
    expect(cells(stdout).slice(0, 9)).toEqual([
      "flow 1.0.0 | 6 steps, at least 2 launches",
      "BATCH | STEP | AGENT | WAITS FOR | LIMITS",
      "1 | design | list | timeout 30m00s",
      "2 | review | say | design | if steps.design.output.risk == 'high', timeout 30m00s",
      "3 | publish | say | review | timeout 30m00s",
      "       build | design, review (ok-or-skipped) | for each of steps.design.output.modules",
      "         code | say | timeout 30m00s",
      "         check | say | code | timeout 30m00s",
      "4 | fix | say | build | up to 4 rounds, until round == 2, timeout 30m00s",
    ]);
  });
});

describe("axw graph", () => {
  test("draws inner steps in a box, and names modes on edges", async () => {
    const folder = await folderWithRun();
    const [file, run, clusters] = [
      await folder.here(["graph", "flow.yaml"]),
      await folder.here(["graph", "r"]),
      await folder.here(["graph", "r", "--format", "dot"]),
    ];
    expect([file.stdout, run.stdout, clusters.stdout]).toEqual([
      expect.stringContaining(`  subgraph s3["build<br/>for each of steps.design.output.modules"]
    s4["code<br/>say"]
    s5["check<br/>say"]
  end
`),
      expect.stringMatching(
        /steps\.design\.output\.modules<br\/>completed<br\/>2 of 2 items"\][^]*s1 -->\|ok-or-skipped\| s3\n[^]* {2}class s3 completed\n/,
      ),
      expect.stringContaining(
        '"review" -> "build.code" [label="ok-or-skipped", lhead=cluster_s3];',
      ),
    ]);
  });
});
