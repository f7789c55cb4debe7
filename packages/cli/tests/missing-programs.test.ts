import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Folder } from "./harness/axw.js";

/** A workflow with these agents, each with the step of its letter; `b` waits for `a`. */
function flow(agents: string): string {
  return `id: w
agents:
${agents}steps:
  - { id: a, agentId: first, task: x }
  - { id: b, agentId: second, task: x, dependencies: [a] }
`;
}

/** The lines that begin with a place. */
function places(text: string): string[] {
  return text.split("\n").filter((line) => /^\S+:\d+:\d+ /.test(line));
}

describe("a program that is missing", () => {
  test("is a warning for validate and plan, and an error before the start of a run", async () => {
    const folder = new Folder({
      "flow.yaml": flow("  first: { command: [sh] }\n  second: { command: [pythn, x.py] }\n"),
    });
    const says = "AXW1118  the agent `second` cannot run: the program `pythn` is not on PATH";
    const [valid, plan, run] = [
      await folder.here(["validate", "flow.yaml"]),
      await folder.here(["plan", "flow.yaml"]),
      await folder.here(["run", "flow.yaml"]),
    ];
    expect([valid.code, places(valid.stdout), plan.code, places(plan.stderr)]).toEqual([
      0,
      [`flow.yaml:4:23  warning  ${says}`],
      0,
      [`flow.yaml:4:23  warning  ${says}`],
    ]);
    expect({ ...run, hasDatabase: folder.has(".ax") }).toEqual({
      code: 2,
      stdout: "",
      stderr: `flow.yaml:4:23  error  ${says}
    4 |   second: { command: [pythn, x.py] }
      |                       ^^^^^
    install \`pythn\`, or correct \`command\`
1 error, 0 warnings
next   axw agents flow.yaml
`,
      hasDatabase: false,
    });
  });

  test("is looked up with the agent's own PATH", async () => {
    const folder = new Folder({
      "flow.yaml": flow(
        "  first: { command: [tool], env: { PATH: bin } }\n" +
          "  second: { command: [sh, -c, cat], env: { PATH: null } }\n",
      ),
    });
    mkdirSync(join(folder.path, "bin"));
    folder.write("bin/tool", "#!/bin/sh\necho made\n");
    folder.makeExecutable("bin/tool");
    const { code } = await folder.here(["run", "flow.yaml"]);
    expect(code).toBe(0);
    const elsewhere = new Folder({
      "flow.yaml": flow(
        "  first: { command: [sh], env: { PATH: /nonexistent } }\n  second: { command: [sh] }\n",
      ),
    });
    expect(places((await elsewhere.here(["run", "flow.yaml"])).stderr)).toEqual([
      "flow.yaml:3:22  error  AXW1118  the agent `first` cannot run: the program `sh` is not " +
        "on PATH",
    ]);
  });

  test("is located in the agents file that names it", async () => {
    const folder = new Folder({
      "flow.yaml": flow("  first: { command: [sh] }\n  second: { command: [sh] }\n"),
      "agents.yaml": "agents:\n  first:\n    command: [no-such-program]\n",
    });
    const says = "the agent `first` cannot run: the program `no-such-program` is not on PATH";
    const [valid, ofFile, run] = [
      await folder.here(["validate", "flow.yaml"]),
      await folder.here(["validate", "agents.yaml"]),
      await folder.here(["run", "flow.yaml"]),
    ];
    expect([places(valid.stdout), places(ofFile.stdout), places(run.stderr)]).toEqual([
      [`agents.yaml:3:15  warning  AXW1118  ${says}`],
      [`agents.yaml:3:15  warning  AXW1118  ${says}`],
      [`agents.yaml:3:15  error  AXW1118  ${says}`],
    ]);
  });

  test("is not reported for an agent that another one replaces, or that no step uses", async () => {
    const folder = new Folder({
      "flow.yaml": flow(
        "  first: { command: [gone] }\n  second: { command: [sh] }\n  third: { command: [gone] }\n",
      ),
      "agents.yaml": "agents: { first: { command: [sh] } }\n",
    });
    const valid = await folder.here(["validate", "flow.yaml"]);
    expect(places(valid.stdout)).toEqual([]);
  });

  test("is found in JSON", async () => {
    const folder = new Folder({
      "flow.json": JSON.stringify({
        id: "w",
        agents: { first: { command: ["gone"] } },
        steps: [{ id: "a", agentId: "first", task: "x" }],
      }),
    });
    const { code, stdout } = await folder.here(["run", "flow.json", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([
      2,
      {
        schemaVersion: 2,
        type: "error",
        code: "unknown_agent",
        message: "flow.json names programs that are missing: 1 error, 0 warnings.",
        remedy: "Fix the issues above.",
        issues: [
          {
            code: "AXW1118",
            severity: "error",
            message: "the agent `first` cannot run: the program `gone` is not on PATH",
            remedy: "install `gone`, or correct `command`",
            path: ["agents", "first", "command", 0],
            line: 1,
            column: 41,
            excerpt: expect.any(String),
            file: "flow.json",
          },
        ],
      },
    ]);
  });

  test("is not needed when a run is resumed after its step", async () => {
    const folder = new Folder({
      "flow.yaml": flow(
        "  first: { command: [./once] }\n  second: { command: [sh, -c, 'test -e go'] }\n",
      ),
      once: "#!/bin/sh\nrm once\n",
    });
    folder.makeExecutable("once");
    const failed = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    folder.write("go");
    const resumed = await folder.here(["resume", "r"]);
    expect([failed.code, resumed.code]).toEqual([1, 0]);
  });

  test("refuses a resume that needs it, before anything starts", async () => {
    const folder = new Folder({
      "flow.yaml": flow("  first: { command: [./tool] }\n  second: { command: [sh] }\n"),
      tool: "#!/bin/sh\nexit 1\n",
    });
    folder.makeExecutable("tool");
    const failed = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    rmSync(join(folder.path, "tool"));
    const resumed = await folder.here(["resume", "r"]);
    expect([failed.code, resumed.code, resumed.stdout, resumed.stderr]).toEqual([
      1,
      2,
      "",
      "error  unknown_agent  Agent `first` (workflow file) cannot run: the program " +
        `${folder.path}/tool does not exist.
       Create it, or correct \`command\`.
next   axw agents
`,
    ]);
  });
});

describe("a file that an earlier step may make", () => {
  const MADE = flow(
    "  first: { command: [sh, -c, 'mkdir out; cp made out/tool'] }\n" +
      "  second: { command: [./out/tool], cwd: out }\n",
  );

  test("is a warning, and the run starts", async () => {
    const folder = new Folder({ "flow.yaml": MADE, made: "#!/bin/sh\npwd\n" });
    folder.makeExecutable("made");
    const run = await folder.here(["run", "flow.yaml"]);
    expect([run.code, places(run.stderr)]).toEqual([
      0,
      [
        "flow.yaml:4:23  warning  AXW1118  the agent `second` cannot run: the program " +
          `${folder.path}/out/tool does not exist yet`,
      ],
    ]);
  });

  test("is an error for a step that waits for no other", async () => {
    const folder = new Folder({
      "flow.yaml": flow("  first: { command: [./tool] }\n  second: { command: [sh], cwd: gone }\n"),
      tool: "not executable",
    });
    const run = await folder.here(["run", "flow.yaml"]);
    expect([run.code, places(run.stderr)]).toEqual([
      2,
      [
        "flow.yaml:4:33  warning  AXW1118  the agent `second` cannot run: the folder " +
          `${folder.path}/gone does not exist yet`,
        "flow.yaml:3:22  error  AXW1118  the agent `first` cannot run: the program " +
          `${folder.path}/tool is not executable`,
      ],
    ]);
  });
});
