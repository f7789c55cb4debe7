import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import {
  type AgentRequest,
  checkNotes,
  openSqliteStorage,
  type StepAttemptRow,
  WorkflowEngine,
} from "../../src/index.js";
import { type LaunchedChild, launchChild } from "../support/launch-child.js";

const folder = mkdtempSync(join(tmpdir(), "axw-going-back-"));
const children: LaunchedChild[] = [];
afterAll(() => {
  for (const { child } of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const LANGUAGE_CHILD = new URL("../support/language-child.ts", import.meta.url).pathname;
const CHILD = new URL("../support/going-back-child.ts", import.meta.url).pathname;

const flow = (task: string): string => `id: flow
steps:
  - { id: a, agentId: worker, task: x }
  - { id: b, agentId: worker, task: '${task} \${{ steps.a.output }}', dependencies: [a] }
  - { id: c, agentId: broken, task: x, dependencies: [b] }
`;

/** A database with the failed run `flow`, and the tasks that its agents are asked from now on. */
async function withFailedRun(name: string): Promise<string> {
  const database = join(folder, `${name}.db`);
  const agents = {
    worker: ({ stepId }: AgentRequest) => stepId,
    broken: () => Promise.reject(new Error("broken")),
  };
  await using engine = await WorkflowEngine.open({ database, agents });
  const run = await engine.start(flow("do"), { runId: "flow" });
  expect((await run.ending).status).toBe("failed");
  return database;
}

/** Makes the change in another process, which dies before or after the commit that records it. */
async function die(
  database: string,
  verb: string,
  argument: string,
  moment: "before" | "after",
): Promise<void> {
  const launched = launchChild(CHILD, [database, "flow", verb, argument, moment]);
  children.push(launched);
  await launched.line("ready");
  await launched.exited;
  expect(launched.child.signalCode).toBe("SIGKILL");
}

/** Resumes a run here, and returns how it ended and which tasks were asked. */
async function resume(database: string, runId: string) {
  const asked: string[] = [];
  const agents = {
    "*": ({ stepId, task }: AgentRequest) => {
      asked.push(`${stepId}: ${task}`);
      return stepId;
    },
  };
  await using engine = await WorkflowEngine.open({ database, agents });
  const { status, results } = await (await engine.resume(runId)).ending;
  expect(checkNotes(engine.storage, runId)).toBeUndefined();
  return { status, results, asked };
}

const types = (database: string, runId: string): readonly string[] => {
  const storage = openSqliteStorage({ path: database, readOnly: true });
  try {
    return [...storage.readJournal(runId)].map(({ type }) => type);
  } finally {
    storage.close();
  }
};

describe("kill -9 in the middle of a command that goes back", () => {
  test.each([
    ["edit", "a", "result_edited", ["b: do edited", "c: x"], ["c: x"]],
    ["reopen", "a", "steps_reopened", ["a: x", "c: x"], ["c: x"]],
    ["amend", flow("do well"), "definition_changed", ["b: do well a", "c: x"], ["c: x"]],
  ])("%s is recorded as a whole or not at all", async (verb, argument, type, after, before) => {
    for (const [moment, asked] of [
      ["before", before],
      ["after", after],
    ] as const) {
      const database = await withFailedRun(`${verb}-${moment}`);
      await die(database, verb, argument, moment);
      expect(types(database, "flow").includes(type)).toBe(moment === "after");
      // An edit of `a` leaves it as it is; what `b` and `c` are asked follows from it.
      expect(await resume(database, "flow")).toMatchObject({ status: "completed", asked });
    }
  });

  test("fork leaves nothing, or a whole run that can be resumed", async () => {
    const never = await withFailedRun("fork-before");
    await die(never, "fork", flow("do well"), "before");
    const storage = openSqliteStorage({ path: never, readOnly: true });
    expect(storage.listRuns().map(({ runId }) => runId)).toEqual(["flow"]);
    storage.close();
    const whole = await withFailedRun("fork-after");
    await die(whole, "fork", flow("do well"), "after");
    expect(types(whole, "fork").slice(-4)).toEqual([
      "restore_checkpoint",
      "definition_changed",
      "checkpoint_restored",
      "pause_workflow",
    ]);
    expect(await resume(whole, "fork")).toEqual({
      status: "completed",
      results: { a: "a", b: "b", c: "c" },
      asked: ["b: do well a", "c: x"],
    });
    expect(types(whole, "flow").at(-1)).toBe("workflow_failed");
  });
});

describe("a run with attempts in flight whose engine dies", () => {
  test("launches again exactly what was in flight, after an edit that another process made", async () => {
    const database = join(folder, "in-flight.db");
    const launches = join(folder, "in-flight.txt");
    const source = `id: three
steps:
  - { id: done, agentId: worker, task: x }
  - { id: uses, agentId: worker, task: 'use \${{ steps.done.output }}', dependencies: [done] }
  - { id: one, agentId: worker, task: hang, dependencies: [done] }
  - { id: two, agentId: worker, task: hang, dependencies: [uses] }
  - { id: last, agentId: worker, task: 'end \${{ steps.uses.output }}', dependencies: [uses, one] }
`;
    const owner = launchChild(LANGUAGE_CHILD, [database, launches, "start", source]);
    children.push(owner);
    const runId = await owner.line("run ");
    await owner.line("hangs in one");
    await owner.line("hangs in two");
    const engine = await WorkflowEngine.open({ database, create: false });
    await engine.editResult(runId, "uses", "other", { by: "Ann" });
    await expect(engine.editResult(runId, "one", "x")).rejects.toMatchObject({
      code: "step_not_completed",
    });
    // What `two` was asked has changed, so its attempt is aborted; `one` continues.
    await vi.waitFor(() =>
      expect(engine.storage.listAttempts(runId).map(attemptText)).toEqual([
        "done/1 completed",
        "one/1 running",
        "uses/1 completed",
        "two/1 interrupted",
        "two/2 completed",
      ]),
    );
    owner.child.kill("SIGKILL");
    await owner.exited;
    await engine.close();
    const { status, asked } = await resume(database, runId);
    expect([status, asked]).toEqual(["completed", ["one: hang", "last: end other"]]);
  });
});

const attemptText = ({ stepId, attemptNumber, status }: StepAttemptRow): string =>
  `${stepId}/${attemptNumber} ${status}`;
