import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BIN, Folder, ndjson } from "./harness/axw.js";

const GOOD = "id: good\nsteps: [{ id: a, agentId: w, task: x }]\n";
const BAD = "id: bad\nsteps: [{ id: a, agentId: w, tsak: x }]\n";
const TEAM = "agents:\n  w: { command: [sh, -c, cat] }\n  '*': { preset: simulated }\n";

describe("axw validate with several files", () => {
  test.each(["validate", "plan", "run"])("refuses an empty path: %s", async (verb) => {
    const folder = new Folder({});
    const { code, stdout, stderr } = await folder.here([verb, ""]);
    expect([code, `${stdout}${stderr}`]).toEqual([
      2,
      expect.stringMatching(/[Tt]he path of the workflow file is empty[^]*\nnext {3}ls\n$/),
    ]);
  });

  test("checks the files after one that cannot be read, and exits with 2", async () => {
    const folder = new Folder({ "good.yaml": GOOD, "bad.yaml": BAD });
    mkdirSync(join(folder.path, "dir"));
    const ended = await folder.here(["validate", "good.yaml", "gone.yaml", "dir", "bad.yaml"]);
    expect(ended).toEqual({
      code: 2,
      stdout: `good.yaml: valid  good 1.0.0, 1 step
gone.yaml:1:1  error  AXW1018  the file gone.yaml does not exist
    pass the path of a workflow file (YAML or JSON)
dir:1:1  error  AXW1018  dir is a folder
    pass the path of a workflow file (YAML or JSON) in it
bad.yaml:2:30  error  AXW1101  unknown key \`tsak\`
    2 | steps: [{ id: a, agentId: w, tsak: x }]
      |                              ^^^^
    write \`task\`
3 errors, 0 warnings in 4 files
`,
      stderr: "next   ls\n",
    });
  });

  test("prints one JSON object for each file, also for one that cannot be read", async () => {
    const folder = new Folder({ "good.yaml": GOOD, "team.yaml": TEAM });
    const args = ["validate", "--json", "gone.yaml", "good.yaml", "team.yaml"];
    const { code, stdout } = await folder.here(args);
    expect([code, ndjson(stdout)]).toEqual([
      2,
      [
        {
          schemaVersion: 2,
          file: "gone.yaml",
          valid: false,
          issues: [
            {
              code: "AXW1018",
              severity: "error",
              message: "the file gone.yaml does not exist",
              remedy: "pass the path of a workflow file (YAML or JSON)",
              path: [],
              line: 1,
              column: 1,
            },
          ],
        },
        {
          schemaVersion: 2,
          file: "good.yaml",
          valid: true,
          kind: "workflow",
          workflowId: "good",
          issues: [],
        },
        {
          schemaVersion: 2,
          file: "team.yaml",
          valid: true,
          kind: "agents",
          agentIds: ["w", "*"],
          issues: [],
        },
      ],
    ]);
  });
});

describe("axw validate with an agents file", () => {
  test("says what it is, and suggests the run that uses it", async () => {
    const ended = await new Folder({ "team.yaml": TEAM }).here(["validate", "team.yaml"]);
    expect(ended).toEqual({
      code: 0,
      stdout: "team.yaml: valid  agents file, 2 agents\n",
      stderr: "next   axw run FILE --agents team.yaml\n",
    });
  });

  test("reports its errors and warnings in the lines of a workflow file", async () => {
    const text = [
      "agents:",
      "  quick: { command: [sh], timeout: 30 }",
      "  titled: { command: [sh, '${{ inputs.title }}'] }",
      "  talks:",
      "    command:",
      "      - sh",
      "      - see #1",
      "",
    ].join("\n");
    const ended = await new Folder({ "team.yaml": text }).here(["validate", "team.yaml"]);
    const heads = ended.stdout.split("\n").filter((line) => /^\S/.test(line));
    expect([ended.code, heads]).toEqual([
      2,
      [
        "team.yaml:2:36  warning  AXW1021  `timeout` is 30 milliseconds, because the number has no unit",
        "team.yaml:3:28  error  AXW1618  `${{ inputs.title }}` is passed to the program unchanged",
        "team.yaml:7:13  warning  AXW1303  the text ends before `#1`, which is a comment in YAML",
        "1 error, 2 warnings in 1 file",
      ],
    ]);
  });
});

describe("standard input in place of a workflow file", () => {
  test.each([
    ["YAML", GOOD],
    ["JSON", '{"id":"good","steps":[{"id":"a","agentId":"w","task":"x"}]}'],
  ])("is validated: %s", async (_, text) => {
    const ended = await new Folder().hereWithInput(["validate", "-"], text);
    expect(ended).toEqual({
      code: 0,
      stdout: "<stdin>: valid  good 1.0.0, 1 step\n",
      stderr: "next   axw plan -\n       (with the same input)\n",
    });
  });

  test("is named in each issue", async () => {
    const ended = await new Folder().hereWithInput(["plan", "-"], BAD);
    expect([ended.code, ended.stdout, ended.stderr.split("\n")[0]]).toEqual([
      2,
      "",
      "<stdin>:2:30  error  AXW1101  unknown key `tsak`",
    ]);
  });

  test("may be an agents file", async () => {
    const ended = await new Folder().hereWithInput(["validate", "-"], TEAM);
    expect([ended.code, ended.stdout]).toEqual([0, "<stdin>: valid  agents file, 2 agents\n"]);
  });

  test("is not valid if it is empty or too large", async () => {
    const [empty, large] = [
      await new Folder().here(["validate", "-"]),
      await new Folder().hereWithInput(["validate", "-"], `id: ${"x".repeat(1024 * 1024)}`),
    ];
    expect([empty.stdout.split("\n")[0], large.stdout.split("\n")[0]]).toEqual([
      "<stdin>:1:1  error  AXW1016  expected a workflow, found nothing",
      expect.stringMatching(/^<stdin>:1:1 {2}error {2}AXW1003 /),
    ]);
  });

  test.each(["graph", "plan", "agents"])("is read by axw %s", async (verb) => {
    const folder = new Folder({ "agents.yaml": TEAM });
    const ended = await folder.hereWithInput([verb, "-"], GOOD);
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringMatching(/\ba\b/)]);
  });

  test("is run, and the run resumes without it", async () => {
    const folder = new Folder();
    const flow =
      "id: good\nagents: { w: { command: [sh, -c, 'test -e go'] } }\n" +
      "steps: [{ id: a, agentId: w, task: x }]\n";
    const failed = await folder.hereWithInput(["run", "-", "--run-id", "r"], flow);
    folder.write("go");
    const resumed = await folder.here(["resume", "r"]);
    expect([failed.code, resumed.code]).toEqual([1, 0]);
  });

  test("arrives from a pipe of the shell, by each of its names", () => {
    const folder = new Folder({ "good.yaml": GOOD });
    const shown = execFileSync(
      "bash",
      [
        "-c",
        'cat good.yaml | "$0" "$1" validate -; cat good.yaml | "$0" "$1" validate /dev/stdin; ' +
          '"$0" "$1" validate <(cat good.yaml)',
        process.execPath,
        BIN,
      ],
      { cwd: folder.path, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    );
    expect(shown.replace(/\/dev\/fd\/\d+/, "/dev/fd/N")).toBe(
      ["<stdin>", "/dev/stdin", "/dev/fd/N"]
        .map((name) => `${name}: valid  good 1.0.0, 1 step\n`)
        .join(""),
    );
  });
});

describe("a workflow file whose name has no extension", () => {
  test("is read in the format of its text", async () => {
    const folder = new Folder({
      flow: GOOD,
      data: '{"id":"good","steps":[{"id":"a","agentId":"w","task":"x"}]}',
    });
    const ended = await folder.here(["validate", "flow", "data"]);
    expect([ended.code, ended.stdout]).toEqual([
      0,
      "flow: valid  good 1.0.0, 1 step\ndata: valid  good 1.0.0, 1 step\n",
    ]);
  });
});
