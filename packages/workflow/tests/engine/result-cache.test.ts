import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type AgentRequest,
  checkNotes,
  openSqliteStorage,
  RunReader,
  WorkflowEngine,
} from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DAY = 24 * 60 * 60 * 1000;

const CACHED = workflow({ a: { cache: { for: "2d" } }, b: { dependencies: ["a"] } });
const SCRIPT = { a: { result: "A" }, b: { result: "B" } };

async function end(b: Bench, run: { readonly ending: Promise<unknown> }) {
  return (await b.clock.advanceUntil(run.ending)) as {
    readonly status: string;
    readonly results: Readonly<Record<string, unknown>>;
  };
}

/** Runs the workflow, and returns the steps whose agents were called. */
async function launched(b: Bench, source: object = CACHED): Promise<readonly string[]> {
  const before = b.agent.started.length;
  const run = await b.engine.start(source as typeof CACHED);
  expect((await end(b, run)).status).toBe("completed");
  expect(checkNotes(b.engine.storage, run.id)).toBeUndefined();
  return b.agent.started.slice(before);
}

describe("a step with a cache", () => {
  test("takes the result of another run that made the same request, without a launch", async () => {
    await using b = await bench(SCRIPT);
    const first = await b.engine.start(CACHED);
    await end(b, first);
    const second = await b.engine.start(CACHED);
    expect((await end(b, second)).results).toEqual({ a: "A", b: "B" });
    expect(b.agent.started).toEqual(["a", "b", "b"]);
    const entryOf = (runId: string) =>
      [...b.engine.storage.readJournal(runId)].find(
        ({ type, stepId }) => type === "step_completed" && stepId === "a",
      );
    const reused = { runId: first.id, seq: entryOf(first.id)?.seq };
    expect(JSON.parse(entryOf(second.id)?.payload ?? "")).toMatchObject({ result: "A", reused });
    const { view } = RunReader.open(b.engine.storage, second.id).catchUp();
    expect(view.step("a")?.detail?.reused).toEqual(reused);
    const events = [];
    for await (const event of b.engine.events(second.id))
      if (event.type === "step_completed") events.push([event.stepId, event.reused]);
    expect(events).toEqual([
      ["a", reused],
      ["b", undefined],
    ]);
  });

  test("does not take a result that is too old, or the answer to another task", async () => {
    await using b = await bench(SCRIPT);
    const other = workflow({ a: { task: "do it differently", cache: true } });
    expect([await launched(b), await launched(b, other)]).toEqual([["a", "b"], ["a"]]);
    await b.clock.advance(2 * DAY - 1000);
    expect(await launched(b)).toEqual(["b"]);
    await b.clock.advance(2 * DAY);
    expect([await launched(b), await launched(b, other)]).toEqual([["a", "b"], []]);
  });

  test("takes the result of a step with another name in another workflow", async () => {
    await using b = await bench(SCRIPT);
    await launched(b);
    const other = workflow({ z: { name: "Z", task: "do a", cache: true } }, { id: "another" });
    expect(await launched(b, other)).toEqual([]);
  });

  test("is performed when the row, the entry or the run is gone", async () => {
    for (const damage of [
      "DELETE FROM workflow_result_cache",
      "UPDATE workflow_result_cache SET seq = 1",
      "UPDATE workflow_result_cache SET seq = 9999",
    ]) {
      const database = join(folder, `${damage.length}.db`);
      const calls: string[] = [];
      const agents = { worker: ({ stepId }: AgentRequest) => calls.push(stepId) };
      const run = async (): Promise<void> => {
        await using engine = await WorkflowEngine.open({ database, agents });
        expect((await (await engine.start(CACHED)).ending).status).toBe("completed");
      };
      await run();
      const { default: Driver } = await import("better-sqlite3");
      const raw = new Driver(database);
      raw.exec(damage);
      raw.close();
      await run();
      expect(calls).toEqual(["a", "b", "a", "b"]);
    }
  });

  test("does not hold up the removal of the run that it takes results from", async () => {
    await using b = await bench(SCRIPT);
    const first = await b.engine.start(CACHED);
    await end(b, first);
    expect(
      b.engine.storage.removeRuns({ runIds: [first.id], isHeld: () => false })[0]?.outcome,
    ).toBe("removed");
    expect(await launched(b)).toEqual(["a", "b"]);
  });

  test("is performed again when it is reopened, although another run has the result", async () => {
    await using b = await bench({ ...SCRIPT, b: { result: "B", afterMs: 1000 } });
    await launched(b);
    const run = await b.engine.start(CACHED);
    await b.clock.settle();
    expect(b.agent.started).toEqual(["a", "b", "b"]);
    await b.engine.reopen(run.id, ["a"]);
    await end(b, run);
    // `b` was in flight, and waits for `a` again.
    expect(b.agent.started).toEqual(["a", "b", "b", "a", "b"]);
  });

  test("is performed when an input that its agent read differs", async () => {
    const database = join(folder, "reads.db");
    const calls: unknown[] = [];
    const agents = {
      worker: ({ inputs }: AgentRequest) => {
        calls.push(inputs["town"]);
        return inputs["town"];
      },
    };
    const source = workflow(
      { a: { cache: true } },
      { inputs: { town: { type: "string" }, tone: { type: "string", default: "dry" } } },
    );
    await using engine = await WorkflowEngine.open({ database, agents });
    const results = [];
    for (const inputs of [{ town: "Bern" }, { town: "Bern", tone: "warm" }, { town: "Basel" }])
      results.push((await (await engine.start(source, { inputs })).ending).results["a"]);
    expect([results, calls]).toEqual([
      ["Bern", "Bern", "Basel"],
      ["Bern", "Basel"],
    ]);
  });

  test("brings its files along", async () => {
    const database = join(folder, "files.db");
    let calls = 0;
    const agents = {
      worker: ({ runDirectory = "" }: AgentRequest) => {
        calls += 1;
        writeFileSync(join(runDirectory, "a.md"), "text");
        return "A";
      },
    };
    const source = workflow({ a: { cache: true, files: ["a.md"] } });
    await using engine = await WorkflowEngine.open({ database, agents });
    await (await engine.start(source)).ending;
    const second = await engine.start(source, { runId: "second" });
    expect((await second.ending).status).toBe("completed");
    expect([calls, readFileSync(join(folder, "runs", "second", "a.md"), "utf8")]).toEqual([
      1,
      "text",
    ]);
    expect(
      RunReader.open(engine.storage, "second")
        .catchUp()
        .view.step("a")
        ?.detail?.files?.map(({ path }) => path),
    ).toEqual(["a.md"]);
  });

  test("takes no launch from the budget", async () => {
    const budgeted = workflow({ a: { cache: true }, b: ["a"] }, { budget: { launches: 1 } });
    await using b = await bench(SCRIPT);
    await launched(b, workflow({ a: { cache: true } }));
    expect(await launched(b, budgeted)).toEqual(["b"]);
  });

  test("leaves a large result to the artifact that both runs name", async () => {
    const large = "x".repeat(300_000);
    await using b = await bench({ ...SCRIPT, a: { result: large } });
    await launched(b);
    const run = await b.engine.start(CACHED);
    expect((await end(b, run)).results["a"]).toBe(large);
    expect(b.agent.started).toEqual(["a", "b", "b"]);
  });
});

test("a run without a cache writes no rows for one", async () => {
  const database = join(folder, "plain.db");
  await using engine = await WorkflowEngine.open({ database, agents: { worker: () => 1 } });
  await (await engine.start(workflow({ a: [] }))).ending;
  const storage = openSqliteStorage({ path: database, readOnly: true });
  expect(storage.cachedResult("0".repeat(64))).toBeUndefined();
  storage.close();
});
