import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, workflow } from "./harness/axw.js";

const INVALID = `name: sample
steps:
  - {id: one, agentId: sh, task: one, dependsOn: [two]}
  - {id: two, agentId: sh, task: two, dependencies: [nowhere]}
`;

describe("a verb that needs a workflow file", () => {
  test("names an agents file that was given in its place", async () => {
    const folder = new Folder({ "team.yaml": "agents:\n  sh: { command: [sh] }\n" });
    const { code, stdout, stderr } = await folder.here(["plan", "team.yaml"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: "",
      stderr: `error  invalid_argument  team.yaml is an agents file, not a workflow file.
       Give the workflow file, and the agents file with --agents.
next   axw run FILE --agents team.yaml
`,
    });
  });
});

describe("axw validate", () => {
  test("describes a valid file and prints the next command", async () => {
    const { code, stdout, stderr } = await new Folder({ "flow.yaml": CHAIN }).here([
      "validate",
      "flow.yaml",
    ]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "flow.yaml: valid  sample 1.0.0, 3 steps\n",
      stderr: "next   axw plan flow.yaml\n",
    });
  });

  test("reports every issue in every file with its place, and exits with 2", async () => {
    const folder = new Folder({ "good.yaml": CHAIN, "bad.yaml": INVALID });
    const { code, stdout, stderr } = await folder.here(["validate", "good.yaml", "bad.yaml"]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^good\.yaml: valid/m);
    expect(stdout).toMatch(/^bad\.yaml:3:\d+ {2}error {2}AXW\d+ {2}.*dependsOn/m);
    expect(stdout).toMatch(/^\d+ errors?, 0 warnings in 2 files$/m);
    expect(stderr).toMatch(/^next {3}axw validate --fix bad\.yaml/);
  });

  test("refuses a folder given as a workflow file or as a database", async () => {
    const folder = new Folder();
    const [file, database] = [
      await folder.here(["validate", folder.path]),
      await folder.here(["list", "--db", "."]),
    ];
    expect([file.code, file.stderr, database.code, database.stderr]).toEqual([
      2,
      expect.stringMatching(
        /^error {2}invalid_argument {2}\S+ is a folder\.\n +Pass the path of a workflow file/,
      ),
      2,
      expect.stringMatching(
        /^error {2}invalid_argument {2}\S+ is a folder, not a database\.\n[^]*next {3}axw list --help\n$/,
      ),
    ]);
  });

  test("refuses a file that is not UTF-8, or whose name is neither YAML nor JSON", async () => {
    const folder = new Folder({ "flow.txt": CHAIN });
    writeFileSync(
      join(folder.path, "latin.yaml"),
      Buffer.concat([Buffer.from("name: caf"), Buffer.from([0xe9]), Buffer.from("\n")]),
    );
    const [text, latin] = [
      await folder.here(["run", "flow.txt"]),
      await folder.here(["validate", "latin.yaml"]),
    ];
    expect([text.code, latin.code]).toEqual([2, 2]);
    expect(text.stderr).toMatch(/flow\.txt:1:1 {2}error {2}AXW\d+ {2}.*neither YAML nor JSON/);
    expect(latin.stdout).toMatch(/latin\.yaml:1:\d+ {2}error {2}AXW\d+/);
  });

  test("prints one object per file with --json", async () => {
    const { stdout } = await new Folder({ "good.yaml": CHAIN, "bad.yaml": INVALID }).here([
      "validate",
      "--json",
      "good.yaml",
      "bad.yaml",
    ]);
    expect(ndjson(stdout)).toMatchObject([
      { file: "good.yaml", valid: true, workflowId: "sample", issues: [] },
      {
        file: "bad.yaml",
        valid: false,
        issues: expect.arrayContaining([expect.objectContaining({ line: 3, severity: "error" })]),
      },
    ]);
  });

  test("reports an invalid file in the same lines as other commands, which start nothing", async () => {
    const folder = new Folder({ "bad.yaml": INVALID });
    for (const verb of ["run", "plan", "graph", "agents"]) {
      const { code, stdout, stderr } = await folder.here([verb, "bad.yaml"]);
      expect({ verb, code, stdout }).toEqual({ verb, code: 2, stdout: "" });
      expect(stderr).toMatch(/bad\.yaml:3:\d+ {2}error[^]*next {3}axw validate bad\.yaml\n$/);
    }
  });
});

describe("axw plan", () => {
  const DIAMOND = workflow(`  - {id: top, agentId: sh, task: t}
  - {id: left, agentId: sh, task: t, dependencies: [top], retries: 2}
  - {id: right, agentId: sh, task: t, dependencies: [top]}
  - {id: low, agentId: sh, task: t, dependencies: [left]}
`);

  test("shows the batches and the critical path, and starts nothing", async () => {
    const folder = new Folder({ "flow.yaml": DIAMOND });
    const { code, stdout } = await folder.here(["plan", "flow.yaml"]);
    expect({ code, launches: folder.launches() }).toEqual({ code: 0, launches: [] });
    expect(stdout).toMatch(
      /4 steps, 4–6 launches[^]*critical path {2}top → left → low \(3 steps\)/,
    );
  });

  test("measures the critical path in estimates if the steps have estimates", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(`  - {id: a, agentId: sh, task: t, estimate: 10s}
  - {id: b, agentId: sh, task: t, dependencies: [a]}
  - {id: c, agentId: sh, task: t, estimate: 50s}
  - {id: d, agentId: sh, task: t, dependencies: [a, c]}
`),
    });
    const { stdout } = await folder.here(["plan", "flow.yaml"]);
    expect(stdout).toMatch(/about 50\.0s[^]*critical path {2}c → d \(2 steps, about 1m20s\)/);
    const [plan] = ndjson((await folder.here(["plan", "--json", "flow.yaml"])).stdout) as {
      criticalPathMs: number;
    }[];
    expect(plan?.criticalPathMs).toEqual(80_000);
  });

  test("prints the plan as JSON", async () => {
    const { stdout } = await new Folder({ "flow.yaml": DIAMOND }).here([
      "plan",
      "--json",
      "flow.yaml",
    ]);
    expect(ndjson(stdout)).toEqual([
      {
        schemaVersion: 2,
        workflowId: "sample",
        version: "1.0.0",
        stepCount: 4,
        launches: { least: 4, most: 6 },
        batches: [["top"], ["left", "right"], ["low"]],
        edges: expect.arrayContaining([
          ["top", "left"],
          ["top", "right"],
          ["left", "low"],
        ]),
        criticalPath: ["top", "left", "low"],
      },
    ]);
  });
});

describe("axw graph", () => {
  test("prints a workflow file as Mermaid and as DOT", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const [mermaid, dot] = [
      await folder.here(["graph", "flow.yaml"]),
      await folder.here(["graph", "flow.yaml", "--format", "dot"]),
    ];
    expect(mermaid.stdout).toBe(
      'flowchart TD\n  s0["one<br/>sh"]\n  s1["two<br/>slow"]\n  s2["three<br/>sh"]\n  s0 --> s1\n  s1 --> s2\n',
    );
    expect(dot.stdout).toContain('  "one" -> "two";\n');
  });
});

describe("axw schema", () => {
  test("prints the JSON Schema of workflow files", async () => {
    const { code, stdout } = await new Folder().here(["schema"]);
    expect({ code, schema: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      schema: { $schema: expect.stringContaining("draft-07") },
    });
  });
});

describe("a mistyped command line", () => {
  test.each([
    [["rnu"], "\n       Did you mean run?\n", "axw --help"],
    [["run", "flow.yaml", "--jsno"], "\n       Did you mean --json?\n", "axw run --help"],
    [["run"], "missing required argument", "axw run --help"],
    [
      ["list", "--status", "done"],
      "running, orphaned, completed, failed, paused, cancelled",
      "axw list --help",
    ],
    [["plan", "flow.yaml", "more"], "too many arguments", "axw plan --help"],
    [["validate", "nope.yaml"], "The file nope.yaml does not exist.", "ls"],
  ])("exits with 2 and prints a hint and the next command: %j", async (args, hint, next) => {
    const { code, stdout, stderr } = await new Folder({ "flow.yaml": CHAIN }).here(args);
    expect({ code, stdout, next: stderr.trimEnd().split("\n").at(-1) }).toEqual({
      code: 2,
      stdout: "",
      next: `next   ${next}`,
    });
    expect(stderr).toContain(hint);
  });
});

describe("--help and --version", () => {
  test("print to stdout and exit with 0", async () => {
    const folder = new Folder();
    const [help, version, ofVerb] = [
      await folder.here(["--help"]),
      await folder.here(["--version"]),
      await folder.here(["run", "--help"]),
    ];
    expect([help.code, version.code, ofVerb.code, version.stdout]).toEqual([
      0,
      0,
      0,
      expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    ]);
    expect(help.stdout).toMatch(/Exit codes: 0 ok, 1 run failed, 2 invalid/);
    expect(ofVerb.stdout).toContain("Programs run in the current folder");
    expect((await folder.here(["checkpoint", "--help"])).stdout).toMatch(
      /--db <path>[^]*--json[^]*--name <name>/,
    );
  });
});

describe("axw doctor", () => {
  test("checks Node, the database and the presets, and with --verify every journal", async () => {
    const folder = new Folder({ "flow.yaml": workflow("  - {id: one, agentId: sh, task: one}\n") });
    await folder.here(["run", "flow.yaml"]);
    const { code, stdout } = await folder.here(["doctor", "--verify", "--json"]);
    const found = Object.fromEntries(ndjson(stdout).map(({ what, status }) => [what, status]));
    expect({ code, found }).toMatchObject({
      code: 0,
      found: {
        node: "ok",
        database: "ok",
        permissions: "ok",
        sqlite: "ok",
        "journal mode": "ok",
        synchronous: "ok",
        runs: "ok",
        journals: "ok",
        "preset simulated": "ok",
      },
    });
  });

  test("exits with 5 for a file that is not a database, and with 0 for a missing one", async () => {
    const folder = new Folder({
      "bad.db": "this is not a database, though it is long enough to be looked at".repeat(20),
    });
    const [bad, none] = [
      await folder.here(["doctor", "--db", "bad.db"]),
      await folder.here(["doctor"]),
    ];
    expect([bad.code, none.code]).toEqual([5, 0]);
  });
});
