import { describe, expect, test } from "vitest";
import { Folder } from "./harness/axw.js";

const FILES = {
  "release.yaml": `id: release
agents: { echo: { command: [cat] } }
steps:
  - { id: plan, agentId: echo, task: the parser }
  - { id: audit, workflow: ./audit.yaml, with: { of: "\${{ steps.plan.output }}" }, dependencies: [plan] }
outputs: { verdict: "\${{ steps.audit.output.verdict }}" }
`,
  "audit.yaml": `id: audit
agents: { auditor: { command: [cat] } }
inputs: { of: { type: string } }
steps:
  - { id: look, agentId: auditor, task: "looked at \${{ inputs.of }}" }
  - { id: review, gate: { ask: "Release \${{ inputs.of }}?" }, dependencies: [look] }
outputs: { verdict: "\${{ steps.review.output.approved }}" }
`,
};

/** The child run waits for a signal, and asks no person. */
const SIGNALLED = {
  ...FILES,
  "audit.yaml": FILES["audit.yaml"]
    .replace('gate: { ask: "Release ${{ inputs.of }}?" }', "wait: { signal: go }")
    .replace("steps.review.output.approved", "steps.look.output"),
};

const RUN = ["run", "release.yaml", "--run-id", "r"];

const linesOf = (stdout: string): string[] => stdout.split("\n").map((line) => line.trimEnd());

async function waiting(): Promise<Folder> {
  const folder = new Folder(FILES);
  expect((await folder.here(RUN)).code).toBe(3);
  return folder;
}

describe("a run whose step has started a run that waits", () => {
  test("names the question by its path, and the command that answers it", async () => {
    const folder = new Folder(FILES);
    const { code, stdout, stderr } = await folder.here(RUN);
    expect([code, linesOf(stdout).slice(3, 6)]).toEqual([
      3,
      [
        "started     audit  attempt 1  as a run of its own",
        "open        audit  its run is paused: it waits for review",
        "paused      run r",
      ],
    ]);
    expect(stdout).toMatch(/^audit {2}● open .* its run is paused: it waits for review$/m);
    expect(stdout).toContain("why    waits for audit.review: Release the parser?");
    expect(stderr).toContain("next   axw approve r audit.review");
  });

  test("is shown with it, and the other way round", async () => {
    const folder = await waiting();
    const parent = await folder.here(["show", "r"]);
    expect(parent.stdout).toContain("paused   waits for audit.review: Release the parser?");
    expect(parent.stdout).toMatch(/^audit {2}● open {7}1 +run r\.audit \(paused\)$/m);
    const child = await folder.here(["show", "r.audit"]);
    expect(linesOf(child.stdout).slice(0, 3)).toEqual([
      "‖ paused  run r.audit of audit 1.0.0",
      "id       r.audit",
      "parent   step audit of run r",
    ]);
    const json = JSON.parse((await folder.here(["show", "r", "--json"])).stdout) as {
      readonly childRuns: readonly { readonly runId: string }[];
      readonly waitsFor: readonly { readonly stepId: string }[];
    };
    expect([json.childRuns.map(({ runId }) => runId), json.waitsFor]).toEqual([
      ["r.audit"],
      [expect.objectContaining({ runId: "r.audit", stepId: "audit.review" })],
    ]);
  });

  test("is listed without it unless `--children` is given", async () => {
    const folder = await waiting();
    const ids = async (...args: readonly string[]): Promise<string[]> =>
      linesOf((await folder.here(["list", ...args])).stdout)
        .slice(1)
        .filter((line) => line !== "")
        .map((line) => line.split(" ")[0] ?? "");
    expect([await ids(), await ids("--children")]).toEqual([["r"], ["r.audit", "r"]]);
    expect((await folder.here(["show", "@last"])).stdout).toContain("run r of release");
  });

  test("is explained down to the question", async () => {
    const folder = await waiting();
    expect(linesOf((await folder.here(["why", "r", "audit"])).stdout)).toEqual([
      "audit waits: its run is paused: it waits for review",
      "run r.audit is paused: it waits for review: Release the parser?",
      "review waits for an answer: Release the parser?",
      "",
    ]);
    expect(linesOf((await folder.here(["why", "r", "audit.look"])).stdout)[0]).toBe(
      "look is completed",
    );
  });

  test("has the output and the results of its steps under their paths", async () => {
    const folder = await waiting();
    expect((await folder.here(["logs", "r", "audit", "--raw"])).stdout).toBe(
      "looked at the parser",
    );
    expect((await folder.here(["result", "r", "audit.look"])).stdout).toBe(
      "looked at the parser\n",
    );
  });

  test("continues with an answer by the path, or by the id of the child run", async () => {
    for (const words of [
      ["r", "audit.review"],
      ["r", "review"],
      ["r.audit", "review"],
    ]) {
      const folder = await waiting();
      const { code, stdout } = await folder.here(["approve", ...words]);
      expect([code, stdout.includes("completed   run r")]).toEqual([0, true]);
      expect((await folder.here(["result", "r"])).stdout).toBe('{"verdict":true}\n');
    }
  });

  test("is resumed when its child run is resumed", async () => {
    const folder = await waiting();
    await folder.here(["approve", "r", "audit.review", "--no-resume"]);
    const { code, stdout } = await folder.here(["resume", "r.audit"]);
    expect([code, stdout.includes("completed   run r")]).toEqual([0, true]);
  });

  test("is cancelled together with it", async () => {
    const folder = await waiting();
    expect((await folder.here(["cancel", "r"])).code).toBe(0);
    expect(linesOf((await folder.here(["show", "r.audit"])).stdout)[0]).toBe(
      "■ cancelled  run r.audit of audit 1.0.0",
    );
  });
});

describe("the handlers of a child run", () => {
  test("are named when another process cancels the parent, and run with the next command", async () => {
    const folder = new Folder({
      ...FILES,
      "audit.yaml": `${FILES["audit.yaml"]}on:
  always: [{ id: clean, agentId: auditor, task: clean }]
`,
    });
    await folder.here(RUN);
    const { code, stdout, stderr } = await folder.here(["cancel", "r"]);
    expect([code, stdout, linesOf(stderr)[0]]).toEqual([
      0,
      "Run r is cancelled, but the on.always of r.audit has not run yet.\n",
      "next   axw resume r.audit",
    ]);
    const shown = await folder.here(["show", "r"]);
    const why = await folder.here(["why", "r"]);
    expect([linesOf(shown.stdout)[3], why.stdout]).toEqual([
      "left     the on.always of r.audit has not run yet",
      "run r was cancelled, but the on.always of r.audit has not run yet\n",
    ]);
    for (const { stderr: said } of [shown, why])
      expect(linesOf(said)[0]).toBe("next   axw resume r.audit");
    expect(JSON.parse((await folder.here(["why", "r", "--json"])).stdout)).toMatchObject({
      handlersLeft: ["r.audit"],
    });
    const resumed = await folder.here(["resume", "r.audit"]);
    expect([resumed.code, resumed.stdout.includes("completed   :always.clean")]).toEqual([4, true]);
    expect((await folder.here(["cancel", "r"])).code).toBe(2);
    expect((await folder.here(["why", "r"])).stdout).toBe("run r was cancelled\n");
  });
});

describe("a change of a step of a child run", () => {
  test("is refused with the command that makes it in that run", async () => {
    const folder = await waiting();
    folder.write("new.txt", "looked better");
    const typed = ["edit-output", "r", "audit.look", "new.txt"];
    const refused = await folder.here(typed);
    expect([refused.code, linesOf(refused.stderr)]).toEqual([
      2,
      [
        "error  invalid_argument  `audit.look` is a step of run r.audit, which step `audit` started.",
        "       Change that run, and then resume this one.",
        "next   axw edit-output r.audit look new.txt",
        "",
      ],
    ]);
    expect((await folder.here(["edit-output", "r.audit", "look", "new.txt"])).code).toBe(0);
    await folder.here(["approve", "r", "audit.review"]);
    expect((await folder.here(["show", "r.audit"])).stdout).toContain('"looked better" (edited');
  });

  test("names the step of the parent once the child run has completed", async () => {
    const folder = new Folder({
      ...FILES,
      "release.yaml": FILES["release.yaml"].replace(
        "outputs:",
        "  - { id: go, gate: { ask: Go? }, dependencies: [audit] }\noutputs:",
      ),
    });
    await folder.here(RUN);
    await folder.here(["approve", "r", "audit.review", "--no-ask"]);
    const { code, stderr } = await folder.here(["retry", "r", "--step", "audit.look"]);
    expect([code, linesOf(stderr).slice(1, 3)]).toEqual([
      2,
      [
        "       Run r.audit is completed and can no longer be changed. Name the step that started it.",
        "next   axw retry r --step audit",
      ],
    ]);
    await folder.here(["retry", "r", "--step", "audit", "--no-ask"]);
    const ids = ["audit.look", "audit~3.look"].map((path) =>
      folder.here(["why", "r", path, "--json"]),
    );
    expect((await Promise.all(ids)).map(({ stdout }) => JSON.parse(stdout))).toMatchObject([
      { runId: "r.audit~3", stepId: "look" },
      { runId: "r.audit~3", stepId: "look" },
    ]);
  });
});

describe("agents of a workflow that a step runs", () => {
  test("are simulated with the others", async () => {
    const folder = new Folder({
      ...FILES,
      "release.yaml": FILES["release.yaml"].replace("steps.plan.output", "workflow.id"),
    });
    const { code, stdout } = await folder.here([...RUN, "--agents", "simulated"]);
    expect([code, stdout.includes("simulated: no real agent is called")]).toEqual([3, true]);
    const { stdout: looked } = await folder.here(["result", "r", "audit.look"]);
    expect(JSON.parse(looked)).toMatchObject({ simulated: true, agentId: "auditor" });
  });

  test("are refused before the start if they are missing", async () => {
    const folder = new Folder({
      ...FILES,
      "audit.yaml": FILES["audit.yaml"].replace(/^agents: .*\n/m, ""),
    });
    const { code, stderr } = await folder.here(RUN);
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining("auditor")]);
    expect((await folder.here(["show", "r"])).code).not.toBe(0);
  });
});

describe("a child run that has used up its budget", () => {
  test("is named by the parent that waits for it, with the command that raises its budget", async () => {
    const folder = new Folder({
      ...FILES,
      "audit.yaml": FILES["audit.yaml"]
        .replace("steps:", "budget: { launches: 1 }\nsteps:")
        .replace('gate: { ask: "Release ${{ inputs.of }}?" }', "agentId: auditor, task: yes")
        .replace("steps.review.output.approved", "steps.review.output"),
    });
    const why = "waits for run r.audit: the budget does not allow another launch";
    const line = "next   axw resume r.audit --budget launches=2";
    const first = await folder.here(RUN);
    expect([first.code, first.stdout, first.stderr]).toEqual([
      3,
      expect.stringContaining(`why    ${why}`),
      expect.stringContaining(line),
    ]);
    const shown = await folder.here(["show", "r"]);
    expect([shown.stdout, shown.stderr]).toEqual([
      expect.stringContaining(`paused   ${why}`),
      expect.stringContaining(line),
    ]);
    expect((await folder.here(["list"])).stdout).toContain(why);
    const raised = await folder.here(["resume", "r.audit", "--budget", "launches=2"]);
    expect([raised.code, raised.stdout]).toEqual([
      0,
      expect.stringContaining("completed   run r\n"),
    ]);
  });
});

describe("a fan-out whose items start runs that wait", () => {
  test("is explained by its items, which have the runs", async () => {
    const folder = new Folder({
      ...FILES,
      "release.yaml": FILES["release.yaml"]
        .replace("workflow: ./", "foreach: [x, y], workflow: ./")
        .replace("audit.output.verdict", "audit.output"),
    });
    expect((await folder.here(RUN)).code).toBe(3);
    expect(linesOf((await folder.here(["why", "r"])).stdout)[0]).toBe(
      "run r is paused: it waits for the runs of audit[x], audit[y]",
    );
  });
});

describe("a child run that waits for a signal", () => {
  test("gets it by the printed command, and then continues with its parent", async () => {
    const folder = new Folder(SIGNALLED);
    const first = await folder.here(RUN);
    expect([first.code, first.stderr]).toEqual([
      3,
      expect.stringContaining("next   axw signal r.audit go\n"),
    ]);
    expect((await folder.here(["signal", "r.audit", "go", "--resume"])).stdout).toContain(
      "completed   run r\n",
    );
  });
});

describe("axw test", () => {
  test("sends a signal to the child run that waits for it", async () => {
    const folder = new Folder({
      ...SIGNALLED,
      "release.test.yaml": `workflow: release.yaml
cases:
  - id: signalled
    agents: { echo: { text: planned }, auditor: { text: looked } }
    do:
      - { run: true, expect: { waitsFor: [audit.review] } }
      - { signal: { name: go } }
      - { resume: true }
    expect: { status: completed }
`,
    });
    const { code, stdout } = await folder.here(["test", "release.test.yaml"]);
    expect([code, linesOf(stdout)[0]]).toEqual([0, "passed  signalled"]);
  });

  test("answers what child runs wait for when it plays a workflow with generated answers", async () => {
    for (const files of [FILES, SIGNALLED]) {
      const { code, stdout } = await new Folder(files).here(["test", "release.yaml"]);
      expect([code, linesOf(stdout)[0]]).toEqual([0, "passed  release.yaml  (50 seeds)"]);
    }
  });

  test("names the file of an issue in a workflow that a step runs", async () => {
    const folder = new Folder({
      ...FILES,
      "audit.yaml": FILES["audit.yaml"].replace("inputs.of }}?", "inputs.off }}?"),
      "release.test.yaml":
        "workflow: release.yaml\ncases:\n  - { id: any, expect: { status: completed } }\n",
    });
    const { code, stdout } = await folder.here(["test", "release.test.yaml"]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/\/audit\.yaml:6:\d+ AXW1306 /)]);
  });

  test("plays child runs, whose steps have paths, and kills the process in them", async () => {
    const folder = new Folder({
      ...FILES,
      "release.test.yaml": `workflow: release.yaml
cases:
  - id: approved
    agents: { echo: { text: planned }, auditor: { text: looked } }
    do:
      - run: true
        crashWhen: audit.look
      - resume: true
        expect:
          status: paused
          waitsFor: [audit.review]
          steps: { audit: open, audit.look: completed }
      - answer: { step: audit.review, approved: true }
      - resume: true
    expect: { status: completed, outputs: { verdict: true }, launches: { echo: 1, auditor: 2 } }
`,
    });
    const { code, stdout } = await folder.here(["test", "release.test.yaml", "--chaos", "6"]);
    expect([code, linesOf(stdout)[0]]).toEqual([0, "passed  approved  (6 kills)"]);
  }, 120_000);
});
