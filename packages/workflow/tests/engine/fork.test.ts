import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkNotes, RunReader, WorkflowEngine } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-fork-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CHAIN = workflow({
  a: [],
  b: { dependencies: ["a"], task: "do b with ${{ steps.a.output }}" },
  c: { dependencies: ["b"], task: "do c with ${{ steps.b.output }}" },
});
const SCRIPT = { a: { result: "A" }, b: { result: "B" }, c: { result: "C" } };

interface Ended {
  readonly status: string;
  readonly results: Readonly<Record<string, unknown>>;
}

async function end(b: Bench, run: { readonly ending: Promise<unknown> }): Promise<Ended> {
  return (await b.clock.advanceUntil(run.ending)) as Ended;
}

describe("engine.fork", () => {
  test("creates a paused run that begins with the results of a completed one", async () => {
    await using b = await bench(SCRIPT);
    const run = await b.engine.start(CHAIN);
    await end(b, run);
    const before = b.engine.storage.getRun(run.id);
    const fork = await b.engine.fork(run.id);
    const row = b.engine.storage.getRun(fork.runId);
    expect([fork.status, fork.forkedFrom, row?.parentRunId, row?.owner, row?.parentStepId]).toEqual(
      ["paused", { runId: run.id, seq: before?.journalSeq }, run.id, undefined, undefined],
    );
    const ending = await end(b, await b.engine.resume(fork.runId));
    expect([ending.status, ending.results, b.agent.started]).toEqual([
      "completed",
      { a: "A", b: "B", c: "C" },
      ["a", "b", "c"],
    ]);
    expect(b.engine.storage.getRun(run.id)).toEqual(before);
    expect(checkNotes(b.engine.storage, fork.runId)).toBeUndefined();
  });

  test("performs only steps whose requests differ in another workflow", async () => {
    await using b = await bench(SCRIPT);
    const run = await b.engine.start(CHAIN);
    await end(b, run);
    const changed = workflow({
      a: [],
      b: { dependencies: ["a"], task: "do b well with ${{ steps.a.output }}" },
      c: { dependencies: ["b"], task: "do c with ${{ steps.b.output }}" },
    });
    const fork = await b.engine.fork(run.id, { source: changed, runId: "second" });
    expect(fork.runId).toBe("second");
    const ending = await end(b, await b.engine.resume("second"));
    // `b` gives the same again, so `c` is not asked anything else.
    expect([ending.status, b.agent.started.slice(3)]).toEqual(["completed", ["b"]]);
    const { view } = RunReader.open(b.engine.storage, "second").catchUp();
    expect(
      view.steps().map(({ id, status, attemptNumber }) => [id, status, attemptNumber]),
    ).toEqual([
      ["a", "completed", 0],
      ["b", "completed", 1],
      ["c", "completed", 0],
    ]);
    expect(checkNotes(b.engine.storage, "second")).toBeUndefined();
    const steps = b.engine.storage.listAttempts("second");
    expect(steps.map(({ stepId, status }) => [stepId, status])).toEqual([["b", "completed"]]);
  });

  test("takes other inputs, and performs the steps that used the old ones", async () => {
    const asking = workflow(
      { a: { task: "do ${{ inputs.town }}" }, other: { task: "do other" } },
      { inputs: { town: { type: "string" } } },
    );
    await using b = await bench();
    const run = await b.engine.start(asking, { inputs: { town: "Bern" } });
    await end(b, run);
    const fork = await b.engine.fork(run.id, { inputs: { town: "Basel" } });
    await end(b, await b.engine.resume(fork.runId));
    expect(b.agent.requests.map(({ task }) => task)).toEqual(["do Bern", "do other", "do Basel"]);
  });

  test("begins at a checkpoint, although the run has ended", async () => {
    await using b = await bench({ ...SCRIPT, b: { result: "B", afterMs: 1000 } });
    const run = await b.engine.start(CHAIN);
    await b.clock.settle();
    const checkpoint = await run.checkpoint("after a");
    await end(b, run);
    const fork = await b.engine.fork(run.id, { checkpoint });
    expect(fork.forkedFrom).toEqual({
      runId: run.id,
      seq: expect.any(Number),
      checkpointId: checkpoint,
    });
    await end(b, await b.engine.resume(fork.runId));
    expect(b.agent.started).toEqual(["a", "b", "c", "b", "c"]);
  });

  test.each([
    ["failed", { ...SCRIPT, c: { error: "broke", retryable: false } }, ["c"]],
    ["running", { ...SCRIPT, b: { result: "B", afterMs: 1000 } }, ["b", "c"]],
  ] as const)("forks a run that is %s", async (status, script, again) => {
    await using b = await bench(script);
    const run = await b.engine.start(CHAIN);
    if (status === "failed") await end(b, run);
    else await b.clock.settle();
    expect(b.engine.storage.getRun(run.id)?.status).toBe(status);
    const fork = await b.engine.fork(run.id);
    if (status === "running") await end(b, run);
    const started = b.agent.started.length;
    const ending = await end(b, await b.engine.resume(fork.runId));
    // A scripted agent fails in the fork too.
    const expected = status === "failed" ? "failed" : "completed";
    expect([ending.status, b.agent.started.slice(started)]).toEqual([expected, again]);
  });

  test("edits a result that a fork has taken", async () => {
    await using b = await bench(SCRIPT);
    const run = await b.engine.start(CHAIN);
    await end(b, run);
    const { runId } = await b.engine.fork(run.id);
    await b.engine.editResult(runId, "b", "B2");
    expect([...b.engine.storage.readJournal(runId)].at(-1)).toMatchObject({
      type: "result_edited",
      payload: expect.stringContaining('"stepId":"b"'),
    });
    const ending = await end(b, await b.engine.resume(runId));
    expect([ending.results, b.agent.started.slice(3)]).toEqual([
      { a: "A", b: "B2", c: "C" },
      ["c"],
    ]);
    expect(checkNotes(b.engine.storage, runId)).toBeUndefined();
  });

  test("is read from its own checkpoints, and a fork of a fork from both runs", async () => {
    await using b = await bench({ ...SCRIPT, c: { result: "C", afterMs: 1000 } });
    const run = await b.engine.start(CHAIN);
    await end(b, run);
    const changed = workflow({
      a: [],
      b: { dependencies: ["a"], task: "do b with ${{ steps.a.output }}" },
      c: { dependencies: ["b"], task: "do c well with ${{ steps.b.output }}" },
    });
    const { runId } = await b.engine.fork(run.id, { source: changed });
    const resumed = await b.engine.resume(runId);
    await b.clock.settle();
    await resumed.checkpoint("in c");
    await end(b, resumed);
    const fromCheckpoint = RunReader.open(b.engine.storage, runId).catchUp();
    const whole = RunReader.open(b.engine.storage, runId);
    for (const _ of whole.advance());
    expect(fromCheckpoint.checkpoint).toBeDefined();
    expect(fromCheckpoint.view.steps()).toEqual(whole.view.steps());
    const third = await b.engine.fork(runId);
    const ending = await end(b, await b.engine.resume(third.runId));
    expect(ending.results).toEqual({ a: "A", b: "B", c: "C" });
  });

  test("keeps the run that was forked when old runs are removed", async () => {
    await using b = await bench(SCRIPT);
    const run = await b.engine.start(CHAIN);
    await end(b, run);
    const { runId } = await b.engine.fork(run.id);
    const remove = (id: string) =>
      b.engine.storage.removeRuns({ runIds: [id], isHeld: () => false })[0];
    expect(remove(run.id)).toMatchObject({ outcome: "kept", because: "forked" });
    await end(b, await b.engine.resume(runId));
    expect([remove(runId)?.outcome, remove(run.id)?.outcome]).toEqual(["removed", "removed"]);
  });

  test("refuses an id that is taken, a checkpoint of another run, and a run that has not begun", async () => {
    await using b = await bench(SCRIPT);
    const run = await b.engine.start(CHAIN, { runId: "first" });
    const checkpoint = await run.checkpoint();
    await end(b, run);
    const other = await b.engine.start(CHAIN, { runId: "other" });
    await end(b, other);
    await expect(b.engine.fork("first", { runId: "other" })).rejects.toMatchObject({
      code: "run_exists",
    });
    await expect(b.engine.fork("other", { checkpoint })).rejects.toMatchObject({
      code: "checkpoint_not_found",
    });
    expect(b.engine.storage.listRuns().length).toBe(2);
  });

  test("has a directory of its own, with the files of the results that it took", async () => {
    const database = join(folder, "files.db");
    const write = async ({
      runDirectory = "",
      stepId,
    }: {
      runDirectory?: string;
      stepId: string;
    }) => {
      writeFileSync(join(runDirectory, `${stepId}.md`), `by ${stepId}`);
      return stepId;
    };
    await using engine = await WorkflowEngine.open({ database, agents: { worker: write } });
    const run = await engine.start(
      workflow({
        a: { files: ["a.md"] },
        b: { dependencies: ["a"], files: ["b.md"], task: "do b" },
      }),
    );
    await run.ending;
    const { runId } = await engine.fork(run.id, {
      source: workflow({
        a: { files: ["a.md"] },
        b: { dependencies: ["a"], files: ["b.md"], task: "do b again" },
      }),
    });
    const directory = (id: string) => join(folder, "runs", id);
    expect(existsSync(join(directory(runId), "a.md"))).toBe(false);
    const ending = await (await engine.resume(runId)).ending;
    expect([ending.status, readFileSync(join(directory(runId), "a.md"), "utf8")]).toEqual([
      "completed",
      "by a",
    ]);
    const { view } = RunReader.open(engine.storage, runId).catchUp();
    expect(view.step("a")?.detail?.files?.map(({ path }) => path)).toEqual(["a.md"]);
  });
});
