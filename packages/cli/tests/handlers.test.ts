import { describe, expect, test } from "vitest";
import { Folder, workflow } from "./harness/axw.js";

const ALWAYS = `on:
  failure: [{id: report, agentId: sh, task: "report \${{ run.failed[0].id }}"}]
  always: [{id: clean, agentId: sh, task: "clean after \${{ run.status }}"}]
`;

const lines = (text: string): string[] => text.trimEnd().split("\n");

/** The rows of the table of steps, without times. */
function rows(text: string): string[] {
  const all = lines(text);
  const from = all.findIndex((line) => line.startsWith("STEP"));
  const end = all.findIndex(
    (line, index) => index > from && !/^( |[\w.-]+ +[^\w ]|on\.)/.test(line),
  );
  return all
    .slice(from + 1, end < 0 ? undefined : end)
    .map((line) => line.replace(/ \d+(\.\d+)?m?s\b/g, " TIME").replace(/ +/g, " "));
}

describe("handlers", () => {
  test("are shown below a line for each group, after the other steps", async () => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: one, agentId: bad, task: one}\n") + ALWAYS,
    });
    const { code, stdout } = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const shown = await folder.here(["show", "r"]);
    const table = [
      "one ✖ failed 1 TIME program `sh` exited with code 3: no such luck",
      "on.failure",
      ' report ✔ completed 1 TIME "did report one"',
      "on.always",
      ' clean ✔ completed 1 TIME "did clean after failed"',
    ];
    expect([code, rows(stdout), rows(shown.stdout)]).toEqual([1, table, table]);
  });

  test("are listed by plan, and their agents are checked", async () => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: one, agentId: sh, task: one}\n") + ALWAYS,
      "nameless.yaml": `id: x
agents: {sh: {command: [cat]}}
steps: [{id: one, agentId: sh, task: x}]
on: {always: [{id: clean, agentId: janitor, task: x}]}
`,
    });
    const { stdout } = await folder.here(["plan", "flow.yaml"]);
    expect(
      lines(stdout)
        .slice(1, 7)
        .map((line) => line.replace(/ +/g, " ").trim()),
    ).toEqual([
      "BATCH STEP AGENT WAITS FOR LIMITS",
      "1 one sh timeout 30m00s",
      "on.failure",
      "report sh timeout 30m00s",
      "on.always",
      "clean sh timeout 30m00s",
    ]);
    const refused = await folder.here(["run", "nameless.yaml"]);
    expect([refused.code, /unknown_agent[^]*janitor/.test(refused.stderr)]).toEqual([2, true]);
  });

  test("run after a cancel by another process; a second cancel ends the run without them", async () => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: review, gate: {ask: Go?}}\n") + ALWAYS,
    });
    for (const id of ["r", "s"]) await folder.here(["run", "flow.yaml", "--run-id", id]);
    const first = await folder.here(["cancel", "r"]);
    const resumed = await folder.here(["resume", "r"]);
    expect([first.stdout, resumed.code, folder.launches()]).toEqual([
      "Run r is cancelled, but its on.always has not run yet.\n",
      4,
      ["clean after cancelled"],
    ]);
    await folder.here(["cancel", "s"]);
    const second = await folder.here(["cancel", "s"]);
    expect([second.stdout, folder.launches().length]).toEqual([
      "Run s is cancelled and cannot be resumed; its running agents are being stopped.\n",
      1,
    ]);
  });

  test("run in the process that works on a run that is cancelled", async () => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: one, agentId: slow, task: one}\n") + ALWAYS,
    });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await folder.untilLaunched(1);
    const cancelled = await folder.here(["cancel", "r"]);
    const { code } = await run.ended;
    expect([cancelled.code, code, folder.launches()]).toEqual([
      0,
      4,
      ["one", "clean after cancelled"],
    ]);
  });
});

describe("a stop", () => {
  test("is named with its reason in the summary and by show", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(`  - {id: assess, agentId: sh, task: assess}
  - {id: decline, dependencies: [assess], stop: {as: cancelled, reason: "Not now: \${{ steps.assess.output }}"}}
  - {id: work, agentId: sh, task: work, dependencies: [{decline: ok-or-skipped}]}
`),
    });
    const { code, stdout } = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const shown = await folder.here(["show", "r"]);
    expect([code, lines(stdout).at(-1), folder.launches()]).toEqual([
      4,
      "stop   by decline as cancelled: Not now: did assess",
      ["assess"],
    ]);
    expect(shown.stdout).toMatch(/^stopped {2}by decline as cancelled: Not now: did assess$/m);
    expect(shown.stdout).toMatch(
      /^decline +✔ completed .*stopped the run as cancelled: Not now: did/m,
    );
    expect(shown.stdout).toMatch(/^work +■ cancelled/m);
  });
});
