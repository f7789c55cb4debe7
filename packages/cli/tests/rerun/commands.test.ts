import { describe, expect, test } from "vitest";
import { Folder, ndjson, workflow } from "../harness/axw.js";
import { after, FLOW, lines, nextOf, rowOf, STEPS, started } from "./started-run.js";

describe("axw edit-output", () => {
  test("replaces a result and starts nothing; a resume repeats the steps that used it", async () => {
    const folder = await started();
    folder.write("new.txt", "better\n");
    const edited = await after(folder, ["edit-output", "r", "one", "new.txt", "--note", "typo"]);
    expect([edited.code, edited.launches, lines(edited.stderr)]).toEqual([
      0,
      [],
      ["Replaced the result of one of run r: 2 kept, 2 stale.", "next   axw resume r"],
    ]);
    const resumed = await after(folder, ["resume", "r"]);
    expect([resumed.code, resumed.launches]).toEqual([3, ["two after better"]]);
    const { stdout } = await folder.here(["show", "r"]);
    expect(["one", "two", "aside"].map((step) => rowOf(stdout, step))).toEqual([
      'one ✔ completed 1 "better" (edited by ann at TIME)',
      'two ✔ completed 2 "did two after better"',
      'aside ✔ completed 1 "did aside" (kept)',
    ]);
  });

  test("reads JSON, and standard input; --resume continues at once", async () => {
    const folder = await started();
    const args = ["edit-output", "r", "one", "-", "--resume", "--json"];
    const edited = await folder.hereWithInput(args, '{"a": [1]}');
    const [first, ...events] = ndjson(edited.stdout);
    expect([first, events.at(-1)?.["status"], folder.launches().at(-1)]).toEqual([
      {
        schemaVersion: 2,
        runId: "r",
        type: "result_edited",
        stepId: "one",
        attemptNumber: 1,
        result: { a: [1] },
        counts: { kept: 2, stale: 2, new: 0, again: 0, dropped: 0 },
        steps: expect.arrayContaining([
          expect.objectContaining({
            stepId: "two",
            verdict: "stale",
            changed: ["task", "steps.one"],
          }),
        ]),
      },
      "paused",
      'two after {"a":[1]}',
    ]);
  });

  test("refuses an empty standard input, which a program that failed leaves", async () => {
    const folder = await started();
    const empty = await folder.hereWithInput(["edit-output", "r", "one", "-"], "");
    expect([empty.code, lines(empty.stderr)]).toEqual([
      2,
      [
        "error  invalid_argument  There is no result on standard input.",
        '       Write the result to it: JSON or text. An empty text is `""`.',
        "next   axw edit-output --help",
      ],
    ]);
    const meant = await folder.hereWithInput(["edit-output", "r", "one", "-"], '""');
    expect(meant.code).toBe(0);
  });

  test("keeps everything if the result is the same", async () => {
    const folder = await started();
    folder.write("same.txt", "did one\n");
    const edited = await folder.here(["edit-output", "r", "one", "same.txt"]);
    const resumed = await after(folder, ["resume", "r"]);
    expect([edited.code, resumed.code, resumed.launches]).toEqual([0, 3, []]);
  });

  test("refuses a step without a result, an older attempt, and a run that has ended", async () => {
    const folder = await started();
    folder.write("new.txt", "x");
    const early = await folder.here(["edit-output", "r", "hold", "new.txt"]);
    await folder.here(["retry", "r", "--step", "one"]);
    const older = await folder.here(["edit-output", "r", "one", "new.txt", "--attempt", "1"]);
    await folder.here(["approve", "r", "hold"]);
    const ended = await folder.here(["edit-output", "r", "one", "new.txt"]);
    expect(
      [early, older, ended].map((each) => [
        each.code,
        /^error {2}(\S+)/m.exec(each.stderr)?.[1],
        nextOf(each),
      ]),
    ).toEqual([
      [2, "step_not_completed", "axw show r"],
      [2, "older_attempt", "axw show r"],
      [2, "run_not_resumable", "axw fork r"],
    ]);
  });
});

describe("axw retry", () => {
  test("performs a step again; a later step with the same request keeps its result", async () => {
    const folder = await started();
    const retried = await after(folder, ["retry", "r", "--step", "one"]);
    expect([retried.code, retried.launches]).toEqual([3, ["one"]]);
    expect(lines(retried.stderr)[0]).toBe(
      "Run r performs one again: 1 kept, 2 stale, 1 to perform.",
    );
    const { stdout } = await folder.here(["show", "r"]);
    expect(["one", "two"].map((step) => rowOf(stdout, step))).toEqual([
      'one ✔ completed 2 "did one"',
      'two ✔ completed 1 "did two after did one" (kept)',
    ]);
  });

  test("performs all dependent steps again with --downstream; --no-resume only records it", async () => {
    const folder = await started();
    const recorded = await after(folder, [
      ...["retry", "r", "--step", "one", "--downstream", "--no-resume"],
    ]);
    expect([recorded.code, recorded.launches, nextOf(recorded)]).toEqual([0, [], "axw resume r"]);
    const resumed = await after(folder, ["resume", "r"]);
    expect([resumed.code, resumed.launches]).toEqual([3, ["one", "two after did one"]]);
  });

  test("takes a step that contains others for all of them", async () => {
    const folder = await started(
      workflow(`  - id: each
    foreach: [a, b]
    agentId: sh
    task: "\${{ item }}"
  - {id: hold, gate: {ask: Go on?}, dependencies: [each]}
`),
    );
    const all = await after(folder, ["retry", "r", "--step", "each"]);
    const one = await after(folder, ["retry", "r", "--step", "each[b]"]);
    expect([all.launches.toSorted(), one.launches]).toEqual([["a", "b"], ["b"]]);
  });

  test("needs a step, and one that has been performed", async () => {
    const folder = await started();
    const none = await folder.here(["retry", "r"]);
    const unknown = await folder.here(["retry", "r", "--step", "nowhere"]);
    const open = await folder.here(["retry", "r", "--step", "hold"]);
    expect(lines(open.stderr)[0]).toBe(
      "error  step_not_completed  Step `hold` of run r is open, so it cannot be performed again.",
    );
    expect([none.code, lines(none.stderr).slice(0, 2), unknown.code]).toEqual([
      2,
      [
        "error  invalid_argument  `retry` needs --step, the step to perform again.",
        "       Add --step STEP. To perform only the failed steps again, use `resume`.",
      ],
      2,
    ]);
  });
});

describe("axw amend", () => {
  test("shows what happens to each step, and continues the run with the file", async () => {
    const folder = await started();
    folder.write("flow.yaml", STEPS("another two"));
    const amended = await after(folder, ["amend", "r", "flow.yaml"]);
    expect([amended.code, amended.launches]).toEqual([3, ["another two"]]);
    const table = lines(amended.stdout).slice(0, 5);
    expect(table.map((line) => line.trimEnd().replace(/ +/g, " "))).toEqual([
      "STEP WHY",
      "one ✔ kept",
      "two ↻ stale its task changed",
      "aside ✔ kept",
      "hold ↻ stale waits for two",
    ]);
    expect(lines(amended.stdout)[5]).toMatch(/^2 kept, 2 stale; the last time, one of them took /);
    expect(lines(amended.stderr)[0]).toBe("Amended run r: 2 kept, 2 stale.");
    // The run has the new definition now.
    expect((await folder.here(["show", "r"])).stdout).not.toContain("the file has changed");
  });

  test("changes nothing with --dry-run, and prints the command that would", async () => {
    const folder = await started();
    folder.write("flow.yaml", STEPS("another two"));
    const shown = await after(folder, ["amend", "r", "flow.yaml", "--dry-run"]);
    expect([shown.code, shown.launches, lines(shown.stdout).at(-1), nextOf(shown)]).toEqual([
      0,
      [],
      "Nothing was changed.",
      "axw amend r flow.yaml",
    ]);
    const [run] = ndjson((await folder.here(["show", "r", "--json"])).stdout);
    expect(run?.["workflowFile"]).toMatchObject({ state: "changed" });
  });

  test("replaces an input", async () => {
    const text = `${workflow(`  - {id: one, agentId: sh, task: "on \${{ inputs.topic }}"}
  - {id: aside, agentId: sh, task: aside}
  - {id: hold, gate: {ask: Go on?}, dependencies: [one]}
`)}inputs: {topic: {type: string, default: tea}}
`;
    const folder = await started(text);
    const amended = await after(folder, ["amend", "r", "flow.yaml", "--input", "topic=rain"]);
    expect([amended.code, amended.launches]).toEqual([3, ["on rain"]]);
    folder.write("inputs.json", '{"topic": "snow"}');
    const ran = await after(folder, ["run", "flow.yaml", "--from", "r", "--inputs", "inputs.json"]);
    expect([ran.code, ran.launches]).toEqual([3, ["on snow"]]);
  });

  test("finds the agents that only the new file uses, and resumes with them later", async () => {
    const agents =
      "agents: {late: {command: [sh, -c, 'read -r task; echo late $task >> launches']}}\n";
    const folder = await started(FLOW, { "agents.yaml": agents });
    folder.write("flow.yaml", FLOW.replace("id: aside, agentId: sh", "id: aside, agentId: late"));
    const recorded = await after(folder, ["amend", "r", "flow.yaml", "--no-resume"]);
    const resumed = await after(folder, ["resume", "r"]);
    expect([recorded.code, recorded.launches, resumed.code, resumed.launches]).toEqual([
      0,
      [],
      3,
      ["late aside"],
    ]);
    folder.write(
      "flow.yaml",
      FLOW.replace("id: aside, agentId: sh", "id: aside, agentId: missing"),
    );
    const refused = await folder.here(["amend", "r", "flow.yaml"]);
    expect([refused.code, refused.stderr, nextOf(refused)]).toEqual([
      2,
      expect.stringMatching(/unknown_agent[^]*map of the workflow file can define it too/),
      "axw amend r flow.yaml --agents FILE",
    ]);
  });

  test("refuses an input that the file does not declare, and names the inputs", async () => {
    const folder = await started();
    const refused = await folder.here(["amend", "r", "flow.yaml", "--input", "nope=1"]);
    expect([refused.code, lines(refused.stderr)[0], nextOf(refused)]).toEqual([
      2,
      expect.stringContaining("invalid_input"),
      "axw amend --help",
    ]);
  });

  test("refuses a file that is not valid, and leaves the run as it is", async () => {
    const folder = await started();
    folder.write("wrong.yaml", "id: x\nsteps: [{id: a}]\n");
    const refused = await folder.here(["amend", "r", "wrong.yaml"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("wrong.yaml:2:10  error  AXW1602"),
    ]);
    expect((await after(folder, ["approve", "r", "hold"])).code).toBe(0);
  });
});

describe("axw fork", () => {
  test("makes a run with the results of another one, and starts nothing", async () => {
    const folder = await started();
    const forked = await after(folder, ["fork", "r", "--run-id", "f"]);
    expect([forked.code, forked.launches, lines(forked.stderr)]).toEqual([
      0,
      [],
      ["Forked run r as run f: 3 results kept. Nothing was started.", "next   axw resume f"],
    ]);
    await folder.here(["resume", "f"]);
    const approved = await after(folder, ["approve", "f", "hold"]);
    expect([approved.code, approved.launches]).toEqual([0, []]);
    const [run] = ndjson((await folder.here(["list", "--json", "--status", "paused"])).stdout);
    expect(run).toMatchObject({ runId: "r", status: "paused" });
  });

  test("begins at a checkpoint, and with another file", async () => {
    const folder = new Folder({
      "flow.yaml": FLOW.replace("task: one}", "task: one, checkpoint: early}"),
    });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    folder.write("other.yaml", STEPS("other").replace("id: aside", "id: extra"));
    const forked = await folder.here([
      ...["fork", "r", "--at", "early", "--file", "other.yaml", "--run-id", "f", "--json"],
    ]);
    expect(ndjson(forked.stdout)).toEqual([
      {
        schemaVersion: 2,
        type: "run_forked",
        runId: "f",
        forkedFrom: { runId: "r", checkpointId: expect.any(String) },
        kept: expect.any(Number),
      },
    ]);
    const resumed = await after(folder, ["resume", "f"]);
    expect(resumed.launches).toContain("other");
    expect(resumed.launches).not.toContain("one");
  });

  test("refuses a checkpoint that the run does not have, and an id that is taken", async () => {
    const folder = await started();
    const lacking = await folder.here(["fork", "r", "--at", "nowhere"]);
    const taken = await folder.here(["fork", "r", "--run-id", "r"]);
    expect(
      [lacking, taken].map(({ code, stderr }) => [code, /^error {2}(\S+)/m.exec(stderr)?.[1]]),
    ).toEqual([
      [2, "checkpoint_not_found"],
      [2, "run_exists"],
    ]);
  });
});

describe("axw run --from", () => {
  test("keeps the results of a completed run for steps with the same request", async () => {
    const folder = await started();
    await folder.here(["approve", "r", "hold"]);
    folder.write("flow.yaml", STEPS("another two"));
    const ran = await after(folder, ["run", "flow.yaml", "--from", "r", "--run-id", "s"]);
    expect([ran.code, ran.launches]).toEqual([3, ["another two"]]);
    expect(ran.stderr).toContain("run s begins with the results of run r: ");
  });

  test("performs a step and all steps that depend on it with --from-step", async () => {
    const folder = await started();
    const args = ["run", "flow.yaml", "--from", "r", "--from-step", "one"];
    const ran = await after(folder, args);
    expect([ran.code, ran.launches]).toEqual([3, ["one", "two after did one"]]);
  });

  test("performs one step with --only, and leaves out what it does not need", async () => {
    const folder = await started();
    folder.write("flow.yaml", STEPS("another two"));
    const ran = await after(folder, [
      ...["run", "flow.yaml", "--from", "r", "--only", "two", "--run-id", "s"],
    ]);
    const [shown] = ndjson((await folder.here(["show", "s", "--json"])).stdout);
    const steps = shown?.["steps"] as { readonly id: string; readonly status: string }[];
    expect([ran.code, ran.launches, steps.map(({ id, status }) => [id, status])]).toEqual([
      0,
      ["another two"],
      [
        ["one", "completed"],
        ["two", "completed"],
      ],
    ]);
  });

  test("refuses --only if another step would have to be performed", async () => {
    const folder = await started();
    folder.write("flow.yaml", FLOW.replace("task: one}", "task: changed}"));
    const refused = await after(folder, ["run", "flow.yaml", "--from", "r", "--only", "two"]);
    expect([refused.code, refused.launches, lines(refused.stderr)[0]]).toEqual([
      2,
      [],
      "error  invalid_argument  --only two performs no other step, but `one` has no valid " +
        "result: its task changed.",
    ]);
    expect(ndjson((await folder.here(["list", "--json"])).stdout).length).toBe(1);
  });

  test.each([
    ["--only without --from", ["--only", "two"], "--only needs the run"],
    ["--from-step without --from", ["--from-step", "two"], "--from-step needs the run"],
    ["both", ["--from", "r", "--only", "two", "--from-step", "two"], "cannot be used together"],
    ["a context", ["--from", "r", "--context", "a=1"], "--context cannot be used with --from"],
    ["a file of inputs that is gone", ["--from", "r", "--inputs", "x"], "x does not exist"],
    ["an unknown step", ["--from", "r", "--only", "nowhere"], "has no step `nowhere`"],
  ])("refuses %s", async (_, flags, message) => {
    const folder = await started();
    const refused = await after(folder, ["run", "flow.yaml", ...flags]);
    expect([refused.code, refused.launches, refused.stderr]).toEqual([
      2,
      [],
      expect.stringContaining(message),
    ]);
  });
});

describe("axw plan --run", () => {
  test("prints what would be kept, with the reasons and what it took", async () => {
    const folder = await started();
    folder.write("flow.yaml", STEPS("another two"));
    const { code, stdout } = await folder.here(["plan", "flow.yaml", "--run", "r", "--json"]);
    const [plan] = ndjson(stdout);
    expect([code, plan]).toEqual([
      0,
      {
        schemaVersion: 2,
        runId: "r",
        workflowId: "sample",
        version: "1.0.0",
        steps: [
          { stepId: "one", verdict: "kept", changed: [], reason: "" },
          { stepId: "two", verdict: "stale", changed: ["task"], reason: "its task changed" },
          { stepId: "aside", verdict: "kept", changed: [], reason: "" },
          { stepId: "hold", verdict: "stale", changed: ["steps.two"], reason: "waits for two" },
        ],
        counts: { kept: 2, stale: 2, new: 0, again: 0, dropped: 0 },
        measured: { stepCount: 1, durationMs: expect.any(Number) },
      },
    ]);
  });

  test("refuses --input without --run", async () => {
    const folder = await started();
    const refused = await folder.here(["plan", "flow.yaml", "--input", "a=1"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("--input and --inputs need --run"),
    ]);
  });
});
