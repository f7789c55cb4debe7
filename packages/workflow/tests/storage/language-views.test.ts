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

  test("say the same as the core of a run that was resumed after a failure", async () => {
    const file = path();
    let isFixed = false;
    await using engine = await WorkflowEngine.open({
      database: file,
      agents: {
        say: ({ task }) => task,
        picky: ({ task }) => {
          if (task === "q" && !isFixed) throw new Error("not good");
          return "good";
        },
      },
    });
    const run = await engine.start({
      id: "resumed",
      steps: [
        { id: "twice", agentId: "say", loop: { max: 2 }, task: "again" },
        {
          id: "each",
          foreach: ["p", "q", "r"],
          concurrency: 1,
          steps: [
            { id: "one", agentId: "say", task: "${{ item }}" },
            { id: "two", agentId: "picky", dependencies: ["one"], task: "${{ item }}" },
            { id: "group", if: "item == 'q'", steps: [{ id: "in", agentId: "say", task: "x" }] },
            {
              id: "list",
              foreach: "if(item == 'q', [], if(item == 'p', [1, 2], [1, 1]))",
              as: "number",
              agentId: "say",
              task: "x",
              continueOnError: true,
            },
          ],
        },
      ],
    });
    const said = (): unknown => {
      const database = openDatabase({ path: file, readOnly: true });
      const dao = new WorkflowDAO(database);
      const rows = dao.getRunSteps(run.id);
      const { totalSteps, completedSteps, failedSteps, skippedSteps } =
        dao.getRunSummary(run.id) ?? {};
      database.close();
      const steps = rows.map(({ stepId, status, hasSteps }) => `${stepId} ${status} ${hasSteps}`);
      return [steps.toSorted(), { totalSteps, completedSteps, failedSteps, skippedSteps }];
    };
    const known = (): unknown => {
      const { view } = RunReader.open(engine.storage, run.id).catchUp();
      const { totalSteps, completedSteps, failedSteps, skippedSteps } = view.metrics();
      const steps = view
        .steps()
        .filter(({ status }) => status !== "pending")
        .map(({ id, status, kind }) => `${id} ${status} ${kind !== undefined}`);
      return [steps.toSorted(), { totalSteps, completedSteps, failedSteps, skippedSteps }];
    };
    await run.ending;
    expect(said()).toEqual(known());
    isFixed = true;
    const resumed = await engine.resume(run.id);
    await resumed.ending;
    expect(said()).toEqual(known());
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
