import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, runIdIn, workflow } from "./harness/axw.js";

const TWO = workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: sh, task: two, dependencies: [one]}
`);
const FAILING = workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: bad, task: two, dependencies: [one], retries: 1, retry: {backoff: 10ms, jitter: none}}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`);

describe("axw run", () => {
  test("prints one line per change, beginning with the status, and a summary", async () => {
    const folder = new Folder({ "flow.yaml": TWO });
    const { code, stdout, stderr } = await folder.axw(["run", "flow.yaml"]);
    const id = runIdIn(stdout);
    const lines = stdout
      .split("\n")
      .map((line) => line.replace(/\d+(\.\d+)?m?s\b/g, "TIME").replace(/ +$/, ""));
    expect({ code, launches: folder.launches() }).toEqual({ code: 0, launches: ["one", "two"] });
    expect(lines.slice(0, 6)).toEqual([
      `run ${id} of sample 1.0.0  2 steps  .ax/workflow.db`,
      "started     one  attempt 1  agent sh",
      'completed   one  attempt 1  TIME  "did one"',
      "started     two  attempt 1  agent sh",
      'completed   two  attempt 1  TIME  "did two"',
      `completed   run ${id}`,
    ]);
    expect(lines).toContain(`✔ completed  run ${id} in TIME: 2 of 2 completed`);
    // Messages go to a separate pipe from the data.
    expect(stderr).toMatch(
      new RegExp(`^saved  \\.ax/workflow\\.db  \\(run .*${id}\\)\nnext   axw show ${id}\n$`),
    );
  });

  test("exits with 1 when a step has failed, and prints the logs and resume commands", async () => {
    const folder = new Folder({ "flow.yaml": FAILING });
    const { code, stdout, stderr } = await folder.axw(["run", "flow.yaml"]);
    const id = runIdIn(stdout);
    expect({ code, launches: folder.launches() }).toEqual({
      code: 1,
      launches: ["one", "two", "two"],
    });
    expect(stdout).toMatch(/^retrying {4}two {2}attempt 2 in 10ms$/m);
    expect(stdout).toMatch(/^skipped {5}three {2}needs two$/m);
    expect(stderr.trimEnd().split("\n").slice(-2)).toEqual([
      `logs   axw logs ${id} two`,
      `next   axw resume ${id}`,
    ]);
  });

  test("prints only data to stdout with --json: events with a schemaVersion, then the outcome", async () => {
    const folder = new Folder({ "flow.yaml": TWO });
    const { code, stdout, stderr } = await folder.axw(["run", "flow.yaml", "--json"]);
    const lines = ndjson(stdout);
    expect(code).toBe(0);
    expect(lines.every((line) => line["schemaVersion"] === 2)).toBe(true);
    expect(lines.map((line) => line["type"]).filter((type) => type !== "run_state")).toEqual([
      "step_started",
      "step_completed",
      "step_started",
      "step_completed",
      "run_ending",
    ]);
    expect(lines.at(-1)).toMatchObject({
      status: "completed",
      results: { one: "did one", two: "did two" },
    });
    expect(stderr).toMatch(/next {3}axw show [0-9a-f]{6}\n$/);
  });

  test("reads inputs by declared type, from flags and a file; --context extends the file's context", async () => {
    const text = `name: sample
inputs: {count: {type: number}, on: {type: boolean}, name: {type: string}}
context: {place: file, kept: true}
agents: {show: {command: [cat], input: json, output: json}}
steps: [{id: one, agentId: show, task: go}]
`;
    const folder = new Folder({ "flow.yaml": text, "in.json": `{"count": 1, "name": "42"}` });
    const args = [
      "run",
      "flow.yaml",
      "--json",
      "--inputs",
      "in.json",
      "--input",
      "count=3",
      "--input",
      "on=true",
      "--context",
      "place=flag",
      "--context",
      "n=[1]",
    ];
    const { stdout, code } = await folder.here(args);
    const { results } = ndjson(stdout).at(-1) as {
      results: { one: { inputs: unknown; context: unknown } };
    };
    expect(code).toBe(0);
    expect(results.one).toMatchObject({
      inputs: { count: 3, on: true, name: "42" },
      context: { place: "flag", kept: true, n: [1] },
    });
  });

  test.each([
    ["an unknown input", ["--input", "x=1"], "invalid_input"],
    ["an input without a value", ["--input", "x"], "invalid_argument"],
    ["a missing inputs file", ["--inputs", "nope.json"], "invalid_input"],
    ["an unknown preset", ["--agents", "clod"], "unknown_agent"],
    ["a concurrency of 0", ["--concurrency", "0"], "invalid_argument"],
  ])("refuses %s with exit code 2 and the next command", async (_, args, code) => {
    const ended = await new Folder({ "flow.yaml": TWO }).here(["run", "flow.yaml", ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(code);
    expect(ended.stderr.trimEnd().split("\n").at(-1)).toMatch(/^next {3}(axw|cat) /);
  });

  test("never exceeds --concurrency", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(
        "  - {id: a, agentId: sh, task: a}\n  - {id: b, agentId: sh, task: b}\n",
      ),
    });
    const { stdout } = await folder.here(["run", "flow.yaml", "--concurrency", "1", "--json"]);
    const steps = ndjson(stdout).flatMap(({ type, stepId }) =>
      String(type).startsWith("step_") ? [`${String(type)} ${String(stepId)}`] : [],
    );
    expect(steps).toEqual([
      "step_started a",
      "step_completed a",
      "step_started b",
      "step_completed b",
    ]);
  });

  test("never prints an agent's escape sequences, in lines or in JSON", async () => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: one, agentId: noisy, task: one}\n"),
    });
    const [lines, json] = [
      await folder.here(["run", "flow.yaml"]),
      await folder.here(["run", "flow.yaml", "--json"]),
    ];
    // oxlint-disable-next-line no-control-regex -- what must not be there
    const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
    expect({ lines: obeyed.test(lines.stdout), json: obeyed.test(json.stdout) }).toEqual({
      lines: false,
      json: false,
    });
    expect(ndjson(json.stdout).at(-1)).toMatchObject({
      results: { one: "\u001b[2Jcleared\u001b]0;title\u0007 \u202eturned" },
    });
  });

  test("prints colours with FORCE_COLOR, and none with NO_COLOR", async () => {
    const folder = new Folder({ "flow.yaml": TWO });
    const forced = await folder.axw(["run", "flow.yaml"], { FORCE_COLOR: "1" });
    const unwanted = await folder.axw(["run", "flow.yaml"], { NO_COLOR: "1" });
    expect({
      forced: forced.stdout.includes("\u001b[32m"),
      unwanted: unwanted.stdout.includes("\u001b"),
    }).toEqual({
      forced: true,
      unwanted: false,
    });
  });

  test("stores runs in the database set by --db or AXW_DB", async () => {
    const folder = new Folder({ "flow.yaml": TWO });
    await folder.here(["run", "flow.yaml", "--db", "a.db"]);
    await folder.here(["run", "flow.yaml"], { AXW_DB: "b.db" });
    const [a, b, standard] = [
      await folder.here(["list", "--json", "--db", "a.db"]),
      await folder.here(["list", "--json"], { AXW_DB: "b.db" }),
      await folder.here(["list", "--json"]),
    ];
    expect([ndjson(a.stdout).length, ndjson(b.stdout).length, standard.stdout]).toEqual([1, 1, ""]);
  });

  test("exits with 5 when the file is not a database", async () => {
    const folder = new Folder({
      "flow.yaml": TWO,
      "bad.db": "this is not a database, though it is long enough to be looked at".repeat(20),
    });
    const { code, stderr } = await folder.here(["run", "flow.yaml", "--db", "bad.db"]);
    expect({ code, launches: folder.launches() }).toEqual({ code: 5, launches: [] });
    expect(stderr).toMatch(/database_unusable[^]*next {3}axw doctor --verify --db bad\.db\n$/);
  });
});

describe("the agents of a run", () => {
  const NAMELESS = "name: sample\nsteps: [{id: one, agentId: backend, task: one}]\n";

  test("must be given: otherwise axw exits with 2 and lists the choices", async () => {
    const { code, stderr } = await new Folder({ "flow.yaml": NAMELESS }).here(["run", "flow.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /`backend`[^]*--agents claude\|codex\|gemini\|simulated[^]*`agents:` map[^]*agents\.yaml[^]*next {3}axw run flow\.yaml --agents simulated/,
    );
  });

  test("must be installed: a preset whose program is missing is refused before anything starts", async () => {
    const folder = new Folder({ "flow.yaml": NAMELESS });
    const { code, stderr } = await folder.here(["run", "flow.yaml", "--agents", "claude"], {
      PATH: "/nonexistent",
    });
    expect(code).toBe(2);
    expect(stderr).toContain("the program `claude` is not installed");
  });

  test("need not be installed for a step that is completed when a run is resumed", async () => {
    const folder = new Folder({
      "flow.yaml":
        "name: flow\nagents: {done: {preset: gemini}, last: {command: [sh, -c, 'test -e go']}}\n" +
        "steps:\n  - {id: one, agentId: done, task: one}\n  - {id: two, agentId: last, task: " +
        "two, " +
        "dependencies: [one]}\n",
      gemini: "#!/bin/sh\necho hello\n",
    });
    folder.makeExecutable("gemini");
    const installed = { PATH: `${folder.path}:${process.env["PATH"]}` };
    const args = ["run", "flow.yaml", "--run-id", "nightly"];
    const failed = await folder.axw(args, installed);
    const fresh = await folder.here(["run", "flow.yaml", "--run-id", "other"]);
    folder.write("go");
    const resumed = await folder.here(["resume", "nightly"]);
    const again = await folder.here(args);
    expect([failed.code, fresh.code, resumed.code, again.code]).toEqual([1, 2, 0, 0]);
    expect(fresh.stderr).toMatch(
      /^flow\.yaml:2:25 {2}error {2}AXW1118 {2}the agent `done` cannot run: the program `gemini` is not on PATH/,
    );
    expect(again.stdout).toContain("already exists, completed");
  });

  test("are marked as simulated in every line of a step", async () => {
    const { code, stdout } = await new Folder({ "flow.yaml": NAMELESS }).here([
      "run",
      "flow.yaml",
      "--agents",
      "simulated",
    ]);
    const ofSteps = stdout.split("\n").filter((line) => /\bone\b/.test(line));
    expect({
      code,
      count: ofSteps.length,
      unsaid: ofSteps.filter((line) => !line.includes("(simulated)")),
    }).toEqual({
      code: 0,
      count: 3,
      unsaid: [],
    });
  });

  test("are all simulated with --agents simulated, no matter what the files define", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(
        "  - {id: one, agentId: sh, task: one}\n  - {id: two, agentId: mine, " +
          'task: "${{ steps.one.output.title }} ${{ steps.one.output.files[1].name }}", ' +
          "dependencies: [one]}\n",
      ),
      "agents.yaml": "agents:\n  sh: {command: [touch, called]}\n  mine: {comand: [x]}\n",
    });
    const text = await folder.here(["run", "flow.yaml", "--agents", "simulated"]);
    const json = await folder.here(["run", "flow.yaml", "--agents", "simulated", "--json"]);
    const [greeting = "", unused, replaced] = text.stdout.split("\n");
    const { status, results, agents } = ndjson(json.stdout).at(-1) ?? {};
    expect({ code: text.code, launches: folder.launches(), called: folder.has("called") }).toEqual({
      code: 0,
      launches: [],
      called: false,
    });
    expect([greeting, unused, replaced]).toEqual([
      expect.stringMatching(/ {2}\(simulated: no real agent is called\)$/),
      "The agents file agents.yaml is not used.",
      "The workflow file's own agents are not used: sh.",
    ]);
    expect({ status, results, agents }).toMatchObject({
      status: "completed",
      results: { one: { simulated: true }, two: { simulated: true } },
      agents: [
        { agentId: "sh", performedBy: "preset simulated", simulated: true },
        { agentId: "mine", performedBy: "preset simulated", simulated: true },
      ],
    });
  });

  test("are named when the agents file replaces an agent of the workflow file", async () => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: one, agentId: sh, task: one}\n"),
      "agents.yaml": "agents:\n  sh: {command: [echo, other]}\n  '*': {command: [echo, any]}\n",
    });
    const text = await folder.here(["run", "flow.yaml"]);
    const json = await folder.here(["run", "flow.yaml", "--json"]);
    expect(text.stdout.split("\n")[1]).toMatch(
      /^Agent `sh`: echo other \(agents\.yaml\) replaces sh -c .* \(workflow file\)\.$/,
    );
    expect(ndjson(json.stdout).at(-1)?.["agents"]).toEqual([
      {
        agentId: "sh",
        performedBy: "echo other",
        from: "agents.yaml",
        simulated: false,
        insteadOf: expect.stringMatching(/^sh -c /),
      },
    ]);
  });

  test("are called partly simulated when only some are, and those answer what tasks read", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(
        "  - {id: one, agentId: sham, task: one}\n  - {id: two, agentId: sh, " +
          'task: "${{ steps.one.output.title }}", dependencies: [one]}\n',
      ),
      "agents.yaml": "agents:\n  sham: {preset: simulated}\n",
    });
    const { code, stdout } = await folder.here(["run", "flow.yaml"]);
    expect({ code, launches: folder.launches() }).toEqual({
      code: 0,
      launches: ["[simulated] one.title"],
    });
    expect(stdout).toMatch(/^run .* {2}\(partly simulated: sham\)$/m);
    expect(stdout).toMatch(/2 of 2 completed {2}\(partly simulated\)$/m);
    expect(stdout).not.toContain("no real agent");
  });

  test("are used by the suggested resume of a run whose results are all simulated", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(
        "  - {id: one, agentId: sh, task: one}\n  - {id: two, agentId: sh, " +
          'task: "${{ steps.one.output.list[99999] }}", dependencies: [one]}\n',
      ),
    });
    await folder.here(["run", "flow.yaml", "--agents", "simulated", "--run-id", "sham"]);
    await folder.here(["run", "flow.yaml", "--run-id", "real"]);
    const nextAfterList = async (runId: string): Promise<string> =>
      (await folder.here(["checkpoint", "list", runId])).stderr.replace(/^Run.*\n/, "");
    expect([await nextAfterList("sham"), await nextAfterList("real")]).toEqual([
      "next   axw resume sham --agents simulated\n       (its results so far are simulated)\n",
      "next   axw resume real\n",
    ]);
  });

  test("may differ on resume, which says which results it keeps", async () => {
    const real = "agents:\n  a: {command: [echo, done]}\n  b: {command: ['false']}\n";
    const folder = new Folder({
      "flow.yaml":
        "name: mixed\nsteps:\n  - {id: one, agentId: a, task: one}\n  - {id: two, agentId: b, " +
        "task: two, dependencies: [one]}\n",
      "agents.yaml": real,
    });
    await folder.here(["run", "flow.yaml", "--run-id", "real-first"]);
    folder.write("agents.yaml", real.replace("command: [echo, done]", "preset: simulated"));
    await folder.here(["run", "flow.yaml", "--run-id", "simulated-first"]);
    folder.write("agents.yaml", real.replace("'false'", "'true'"));
    const simulatedLast = await folder.here(["resume", "real-first", "--agents", "simulated"]);
    const realLast = await folder.here(["resume", "simulated-first"]);
    expect([simulatedLast.stdout, realLast.stdout]).toEqual([
      expect.stringMatching(
        /^resuming .*\n.*\n1 earlier result is real and kept: one\. Only the other steps are simulated\.\n[^]*\none +✔ completed  1 [^(]*"done"\n[^]*\(partly simulated\)/,
      ),
      expect.stringMatching(
        /^resuming .*\n1 earlier result is simulated and kept: one\. Run the workflow again[^]*\none +✔ completed .* \(simulated\)\n[^]*\(partly simulated\)/,
      ),
    ]);
    expect((await folder.here(["show", "simulated-first"])).stdout).toMatch(
      /^one +✔ completed .* \(simulated\)$/m,
    );
  });

  test("come from agents.yaml in the current folder, or from the file set with --agents", async () => {
    const agents = (answer: string) => `agents:\n  backend: {command: [echo, ${answer}]}\n`;
    const folder = new Folder({
      "flow.yaml": NAMELESS,
      "agents.yaml": agents("standard"),
      "mine.yaml": agents("given"),
    });
    const [standard, given] = [
      await folder.here(["run", "flow.yaml", "--json"]),
      await folder.here(["run", "flow.yaml", "--json", "--agents", "mine.yaml"]),
    ];
    expect([
      ndjson(standard.stdout).at(-1)?.["results"],
      ndjson(given.stdout).at(-1)?.["results"],
    ]).toEqual([{ one: "standard" }, { one: "given" }]);
  });

  test("are checked in an agents file: missing programs, simulated presets and unknown keys", async () => {
    const folder = new Folder({
      "flow.yaml": NAMELESS,
      "none.yaml": "agents:\n  backend: {command: [./nowhere]}\n",
      "made-up.yaml": "agents:\n  '*': {preset: simulated}\n",
      "bad.yaml": "agents:\n  backend: {comand: [x]}\n",
    });
    const [none, madeUp, bad] = await Promise.all([
      folder.here(["agents", "flow.yaml", "--agents", "none.yaml", "--json"]),
      folder.here(["run", "flow.yaml", "--agents", "made-up.yaml"]),
      folder.here(["run", "flow.yaml", "--agents", "bad.yaml"]),
    ]);
    expect(ndjson(none.stdout)).toMatchObject([
      { agentId: "backend", from: "none.yaml", installed: false },
    ]);
    expect(madeUp.stdout).toMatch(/^completed {3}one .*\(simulated\)$/m);
    expect({ code: bad.code, place: /bad\.yaml:2:\d+/.test(bad.stderr) }).toEqual({
      code: 2,
      place: true,
    });
  });

  test("are listed by axw agents with their source and installation status", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN, "nameless.yaml": NAMELESS });
    const [known, unknown, simulated, presets] = await Promise.all([
      folder.here(["agents", "flow.yaml", "--json"]),
      folder.here(["agents", "nameless.yaml", "--json"]),
      folder.here(["agents", "nameless.yaml", "--agents", "simulated"]),
      folder.here(["agents"]),
    ]);
    expect(ndjson(known.stdout)[0]).toMatchObject({
      agentId: "sh",
      steps: ["one", "three"],
      from: "workflow file",
      installed: true,
    });
    expect([known.code, unknown.code, ndjson(unknown.stdout)]).toEqual([
      0,
      2,
      [
        {
          schemaVersion: 2,
          agentId: "backend",
          steps: ["one"],
          performedBy: null,
          from: null,
          installed: false,
        },
      ],
    ]);
    expect(simulated.stdout).toMatch(
      /backend {2}✔ ok {4}preset simulated {2}--agents simulated {2}one/,
    );
    expect(presets.stdout).toMatch(/^simulated {2}✔ ok/m);
  });
});
