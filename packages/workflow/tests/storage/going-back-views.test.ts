import { describe, expect, test } from "vitest";
import {
  type AgentRequest,
  checkNotes,
  type PreparedWorkflow,
  RunReader,
  WorkflowDAO,
  WorkflowEngine,
} from "../../src/index.js";
import { openDatabase } from "../../src/storage/sqlite/open-database.js";
import { gate, normalWorkflow } from "../support/normal-form.js";
import { freshPaths } from "./fixture.js";

const path = freshPaths("going-back-views");

/** The statuses that rows of the view have while a step waits to be entered or tried again. */
const PENDING = new Set(["ready", "waiting"]);

/**
 * Compares the views of a run with its machine: every step that has a row has the status of the
 * machine, and every step without one is pending. Returns the statuses of the leaves.
 */
function compare(file: string, engine: WorkflowEngine, runId: string): Record<string, string> {
  expect(checkNotes(engine.storage, runId)).toBeUndefined();
  const { view } = RunReader.open(engine.storage, runId).catchUp();
  const expected = new Map(
    view.steps().map(({ id, status }) => [id, PENDING.has(status) ? "pending" : status]),
  );
  const database = openDatabase({ path: file, readOnly: true });
  const rows = new WorkflowDAO(database).getRunSteps(runId);
  database.close();
  const found = new Map(rows.map(({ stepId, status }) => [stepId, status as string]));
  for (const [id, status] of expected)
    if (status === "pending" && !found.has(id)) found.set(id, "pending");
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  return Object.fromEntries(expected);
}

interface Stage {
  readonly file: string;
  readonly engine: WorkflowEngine;
}

async function stage(agent: (request: AgentRequest) => unknown): Promise<Stage & AsyncDisposable> {
  const file = path();
  const engine = await WorkflowEngine.open({ database: file, agents: { "*": agent } });
  return { file, engine, [Symbol.asyncDispose]: () => engine.close() };
}

const fanOut = (task: string, list: readonly string[]): PreparedWorkflow =>
  normalWorkflow({
    list: { task: list.join(" ") },
    build: {
      after: ["list"],
      agentId: "@group",
      task: "",
      foreach: { in: "split(steps.list.output, ' ')", as: "item" },
      steps: [
        { ...step("code", []), task: `${task} \${{ item }}` },
        { ...step("test", ["code"]), task: "test ${{ item }}" },
      ],
    },
    end: { after: ["build"], task: "end" },
  });

function step(id: string, dependencies: readonly string[]) {
  return {
    ...{ id, name: id, agentId: "worker", task: "x", dependencies: [...dependencies] },
    ...{ parallel: true, retries: 0, continueOnError: false },
  };
}

describe("the views of a run that went back", () => {
  test("agree with the machine through edits, reopenings and amendments of a fan-out", async () => {
    let isBroken = true;
    const calls: string[] = [];
    await using s = await stage(({ stepId, task }) => {
      calls.push(stepId);
      if (isBroken && stepId === "build[b].test") throw new Error("broken");
      return task;
    });
    const { engine, file } = s;
    const run = await engine.start(fanOut("make", ["a", "b"]));
    expect((await run.ending).status).toBe("failed");
    compare(file, engine, run.id);
    await engine.editResult(run.id, "build[a].code", "another");
    expect(compare(file, engine, run.id)).toMatchObject({
      ...{ "build[a].code": "completed", "build[a].test": "pending", build: "open" },
    });
    await engine.reopen(run.id, ["build[b].code"]);
    compare(file, engine, run.id);
    isBroken = false;
    await engine.amend(run.id, fanOut("make", ["a", "b", "c"]));
    expect(compare(file, engine, run.id)).toMatchObject({ list: "pending", build: "pending" });
    calls.splice(0);
    expect((await (await engine.resume(run.id)).ending).status).toBe("completed");
    expect(compare(file, engine, run.id)).toMatchObject({ "build[c].test": "completed" });
    expect([...calls].sort()).toEqual(
      ["list", "build[a].test", "build[b].code", "build[b].test", "build[c].code"]
        .concat(["build[c].test", "end"])
        .sort(),
    );
    // One item fewer: its steps have no rows any more.
    const fork = await engine.fork(run.id, { source: fanOut("make", ["a", "c"]) });
    compare(file, engine, fork.runId);
    calls.splice(0);
    expect((await (await engine.resume(fork.runId)).ending).status).toBe("completed");
    const after = compare(file, engine, fork.runId);
    expect([Object.keys(after).includes("build[b].code"), calls]).toEqual([false, ["list", "end"]]);
  });

  test("agree with the machine when a gate edits what it is about", async () => {
    await using s = await stage(({ task }) => task);
    const { engine, file } = s;
    const run = await engine.start(
      normalWorkflow({
        plan: { task: "plan" },
        side: { after: ["plan"], task: "side of ${{ steps.plan.output }}" },
        review: { after: ["plan"], ...gate("Good?", { editable: "steps.plan.output" }) },
        build: { after: ["review", "plan"], task: "build ${{ steps.plan.output }}" },
      }),
    );
    expect((await run.ending).status).toBe("paused");
    compare(file, engine, run.id);
    await engine.answer(run.id, "review", { edits: "another plan", by: "Ann" }, { resume: false });
    expect(compare(file, engine, run.id)).toEqual({
      ...{ plan: "completed", side: "pending", review: "completed", build: "pending" },
    });
    const ending = await (await engine.resume(run.id)).ending;
    expect(ending.results).toMatchObject({
      ...{ plan: "another plan", side: "side of another plan", build: "build another plan" },
    });
    compare(file, engine, run.id);
    const events = [];
    for await (const event of engine.events(run.id))
      if (event.type === "result_edited" || event.type === "gate_answered") events.push(event);
    expect(events).toMatchObject([
      { type: "result_edited", stepId: "plan", attemptNumber: 1, by: "Ann" },
      { type: "gate_answered", stepId: "review", approved: true, by: "Ann" },
    ]);
  });

  test("agree with the machine through the end of a running attempt by an amendment", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using s = await stage(async ({ task, signal }) => {
      if (task !== "wait") return task;
      await Promise.race([promise, new Promise((done) => signal.addEventListener("abort", done))]);
      return "waited";
    });
    const { engine, file } = s;
    const of = (task: string) =>
      normalWorkflow({
        a: {},
        slow: { after: ["a"], task },
        keeps: { after: ["a"], task: "wait" },
      });
    const run = await engine.start(of("wait"));
    await new Promise((done) => setImmediate(done));
    await engine.amend(run.id, of("quick"));
    compare(file, engine, run.id);
    resolve();
    expect((await run.ending).status).toBe("completed");
    compare(file, engine, run.id);
    expect(
      engine.storage
        .listAttempts(run.id)
        .map(({ stepId, attemptNumber, status }) => `${stepId}/${attemptNumber} ${status}`)
        .sort(),
    ).toEqual(["a/1 completed", "keeps/1 completed", "slow/1 interrupted", "slow/2 completed"]);
  });
});
