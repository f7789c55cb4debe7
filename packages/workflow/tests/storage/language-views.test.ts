import { describe, expect, test } from "vitest";
import { RunReader, WorkflowDAO, WorkflowEngine } from "../../src/index.js";
import { openDatabase } from "../../src/storage/sqlite/open-database.js";
import { freshPaths } from "./fixture.js";

const path = freshPaths("language-views");

const STEPS = [
  { id: "list", agentId: "list", task: "list" },
  {
    id: "no",
    agentId: "say",
    dependencies: ["list"],
    if: "size(steps.list.output) > 9",
    task: "x",
  },
  { id: "after", agentId: "say", dependencies: ["no"], task: "x" },
  { id: "none", dependencies: ["no"], steps: [{ id: "inner", agentId: "say", task: "x" }] },
  {
    id: "build",
    dependencies: ["list"],
    foreach: "steps.list.output",
    steps: [
      { id: "code", agentId: "say", task: "${{ item }}" },
      { id: "check", agentId: "picky", dependencies: ["code"], task: "${{ item }}" },
    ],
  },
  { id: "fix", agentId: "say", dependencies: [{ build: "done" }], loop: { max: 2 }, task: "fix" },
];

async function ranDatabase(): Promise<{ readonly file: string; readonly runId: string }> {
  const file = path();
  await using engine = await WorkflowEngine.open({
    database: file,
    agents: {
      list: () => ["a", "b.c"],
      say: ({ task }) => task,
      picky: ({ task }) => {
        if (task === "a") throw new Error("not good");
        return "good";
      },
    },
  });
  const run = await engine.start({ id: "views", steps: STEPS } as never);
  await run.ending;
  return { file, runId: run.id };
}

describe("the views of a run of the language", () => {
  test("have a row for every step, item and round that something happened to", async () => {
    const { file, runId } = await ranDatabase();
    const database = openDatabase({ path: file, readOnly: true });
    const rows = new WorkflowDAO(database)
      .getRunSteps(runId)
      .map(({ stepId, status, attempts, hasSteps, error }) =>
        [
          stepId,
          status,
          hasSteps ? "with steps" : attempts,
          ...(error === undefined ? [] : [error]),
        ].join(" "),
      );
    database.close();
    expect(rows.toSorted()).toEqual(
      [
        "after skipped 0",
        "build failed with steps",
        "build[a] failed with steps",
        "build[a].check failed 1 not good",
        "build[a].code completed 1",
        "build[b.c] completed with steps",
        "build[b.c].check completed 1",
        "build[b.c].code completed 1",
        "fix completed with steps",
        "fix#1 completed 1",
        "fix#2 completed 1",
        "list completed 1",
        "no skipped 0",
        "none skipped with steps",
      ].toSorted(),
    );
  });

  test("say the same as the run folded by the core, and count the same steps", async () => {
    const { file, runId } = await ranDatabase();
    const database = openDatabase({ path: file, readOnly: true });
    const dao = new WorkflowDAO(database);
    const [rows, summary] = [dao.getRunSteps(runId), dao.getRunSummary(runId)];
    database.close();
    await using engine = await WorkflowEngine.open({ database: file });
    const { view } = RunReader.open(engine.storage, runId).catchUp();
    const { totalSteps, completedSteps, failedSteps, skippedSteps } = view.metrics();
    const inView = view.steps().map(({ id, status }) => `${id} ${status}`);
    expect([rows.map(({ stepId, status }) => `${stepId} ${status}`).toSorted(), summary]).toEqual([
      inView.toSorted(),
      expect.objectContaining({ totalSteps, completedSteps, failedSteps, skippedSteps }),
    ]);
  });

  test("list what is inside a step below it, in the order of the definition", async () => {
    const { file, runId } = await ranDatabase();
    const database = openDatabase({ path: file, readOnly: true });
    const roots = new WorkflowDAO(database)
      .getRunSteps(runId)
      .map(({ stepId }) => stepId.split(/[.[#]/)[0] ?? "");
    database.close();
    expect([...new Set(roots)]).toEqual(["list", "no", "after", "none", "build", "fix"]);
    expect(roots).toEqual(roots.toSorted((a, b) => order(a) - order(b)));
  });
});

function order(root: string): number {
  return STEPS.findIndex(({ id }) => id === root);
}
