import { describe, expect, test } from "vitest";
import { killsOf, pathIn } from "../../src/test-files/chaos/kill-option.js";
import { Folder, ndjson } from "../harness/axw.js";

const TIMEOUT_MS = 120_000;

const files = (flow: string, ...cases: object[]) => ({
  "flow.yaml": flow,
  "flow.test.json": JSON.stringify({
    workflow: "flow.yaml",
    cases: cases.map((one, index) => ({ id: `case-${index + 1}`, ...one })),
  }),
});

/** A step that counts its launches, in a file of the run. */
const COUNTING = `
id: counting
steps:
  - { id: a, agentId: writer, task: x }
  - id: count
    run: { script: 'echo x >> "$AX_RUN_DIR/log"; grep -c x "$AX_RUN_DIR/log"' }
    dependencies: [a]
`;

const EXTERNAL = `
id: paying
steps:
  - { id: plan, agentId: planner, task: x }
  - { id: pay, agentId: bank, task: x, effect: external, dependencies: [plan] }
  - { id: tell, agentId: planner, task: "\${{ steps.pay.output }}", dependencies: [pay] }
outputs: { receipt: "\${{ steps.tell.output }}" }
`;

const EXTERNAL_PROGRAM = `
id: deploying
steps:
  - { id: deploy, run: [echo, done], effect: external }
`;

describe("axw test --chaos", { timeout: TIMEOUT_MS }, () => {
  test("passes if a run ends the same after each kill, with retries, waits, gates and sessions", async () => {
    const flow = `
id: flow
steps:
  - { id: draft, agentId: writer, task: x, retry: { max: 2, backoff: 1m } }
  - { id: ask, gate: { ask: Ship it?, form: { size: integer } }, dependencies: [draft] }
  - { id: rest, wait: { for: 2h }, dependencies: [ask] }
  - { id: more, agentId: writer, task: x, session: { from: draft }, retries: 1, dependencies: [rest] }
outputs: { size: "\${{ steps.ask.output.size }}" }
`;
    const one = {
      agents: { writer: { fail: 1, then: { sleep: "10m", then: { request: ["session"] } } } },
      do: [{ run: true }, { answer: { step: "ask", values: { size: 3 } } }, { resume: true }],
      expect: { status: "completed" },
    };
    const { code, stdout, stderr } = await new Folder(files(flow, one)).here(["test", "--chaos"]);
    expect({ code, stderr, stdout }).toEqual({
      ...{ code: 0, stderr: "" },
      stdout: expect.stringMatching(/^passed {2}case-1 {2}\(\d\d kills\)\n1 passed, 0 failed\n$/),
    });
  });

  test("reports a step whose repetition changes its result, with the commit and a command", async () => {
    const one = { agents: { writer: { echo: true } }, expect: { results: { count: "1" } } };
    const folder = new Folder(files(COUNTING, one));
    const { code, stdout } = await folder.here(["test", "--chaos"]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("results.count")]);
    expect(stdout).toContain("in flight: count");
    const [, point = ""] = /--only case-1 --chaos ((?:before|after):\d+)/u.exec(stdout) ?? [];
    const again = await folder.here([
      ...["test", "flow.test.json", "--only", "case-1", "--chaos", point, "--json"],
    ]);
    const [played] = ndjson(again.stdout);
    expect(played).toMatchObject({
      outcome: "failed",
      killCount: 1,
      brokenKills: [
        {
          point: { commit: Number(point.split(":")[1]), moment: point.split(":")[0] },
          lost: ["count"],
          mismatches: [{ at: "results.count", expected: "1", found: "2" }],
        },
      ],
    });
  });

  test("does not compare a result that differs without a kill too", async () => {
    const flow = `
id: clock
steps:
  - { id: now, run: { script: 'date +%N; echo "$AX_RUN_DIR"' } }
  - { id: after, agentId: writer, task: "\${{ steps.now.output }}", dependencies: [now] }
outputs: { now: "\${{ steps.now.output }}" }
`;
    const one = { agents: { writer: { text: "done" } }, expect: { status: "completed" } };
    const { code, stdout } = await new Folder(files(flow, one)).here(["test", "--chaos"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 passed, 0 failed")]);
  });

  test("answers for a scripted agent whether its external effect took place", async () => {
    const one = {
      agents: { planner: { echo: true }, bank: { text: "paid" } },
      expect: { outputs: { receipt: "paid" }, launches: { planner: 2, bank: 1 } },
    };
    const { code, stdout } = await new Folder(files(EXTERNAL, one)).here(["test", "--chaos"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 passed, 0 failed")]);
  });

  test("takes the outcome of an external program from the case, and asks for it", async () => {
    const one = { expect: { status: "completed" } };
    const asked = await new Folder(files(EXTERNAL_PROGRAM, one)).here(["test", "--chaos"]);
    expect([asked.code, asked.stdout]).toEqual([
      1,
      expect.stringContaining("the outcome of `deploy` is unknown: add `unknown: { deploy:"),
    ]);
    const told = { ...one, unknown: { deploy: { done: true, result: "done" } } };
    const { code, stdout } = await new Folder(files(EXTERNAL_PROGRAM, told)).here([
      ...["test", "--chaos"],
    ]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 passed, 0 failed")]);
  });

  test("plays the number of kills that is given, and takes a path for a path", async () => {
    const one = { agents: { "*": { echo: true } }, expect: { status: "completed" } };
    const folder = new Folder(files(EXTERNAL, one));
    const { stdout } = await folder.here(["test", "--chaos", "3"]);
    expect(stdout).toBe("passed  case-1  (3 kills)\n1 passed, 0 failed\n");
    expect((await folder.here(["test", "--chaos", "none.test.yaml"])).stderr).toContain(
      "none.test.yaml",
    );
  });

  test("kills the process of a workflow file that is played with generated answers", async () => {
    const folder = new Folder({
      "flow.yaml": `
id: flow
steps:
  - { id: ask, gate: { ask: Ship it?, onReject: continue } }
  - { id: make, run: [touch, made], dependencies: [ask] }
  - { id: write, agentId: writer, task: "\${{ steps.make.output }}", dependencies: [make] }
`,
    });
    const { code, stdout } = await folder.here(["test", "flow.yaml", "--seeds", "2", "--chaos"]);
    expect([code, stdout, folder.has("made")]).toEqual([
      0,
      expect.stringMatching(/^passed {2}flow\.yaml {2}\(2 seeds, \d+ kills\)\n/),
      false,
    ]);
  });

  test("plays no kill of a case that fails undisturbed", async () => {
    const one = { agents: { "*": { echo: true } }, expect: { status: "failed" } };
    const { code, stdout } = await new Folder(files(EXTERNAL, one)).here(["test", "--chaos"]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('expected  "failed"')]);
    expect(stdout).not.toContain("kill");
  });
});

describe("the value of --chaos", () => {
  test.each([
    [undefined, undefined, []],
    [true, {}, []],
    ["12", { most: 12 }, []],
    ["after:3", { only: { commit: 3, moment: "after" } }, []],
    ["flow.test.yaml", {}, ["flow.test.yaml"]],
    ["0", {}, ["0"]],
  ])("%j is a number of kills, one kill, or a path", (value, kills, path) => {
    expect([killsOf(value), pathIn(value)]).toEqual([kills, path]);
  });
});
