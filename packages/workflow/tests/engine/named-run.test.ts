import { describe, expect, test } from "vitest";
import { openSqliteStorage } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";

const chain = workflow({ a: [], b: ["a"] });
const runId = "nightly-2026-03-01";
const slow = { a: { result: "A", afterMs: 10 }, b: { result: "B" } };
const quick = { a: { result: "A" }, b: { result: "B" } };
const results = { a: "A", b: "B" };

describe("a run whose id the caller chooses", () => {
  test("has that id", async () => {
    await using b = await bench(quick);
    const run = await b.engine.start(chain, { runId });
    expect([run.id, (await run.ending).results, b.engine.storage.getRun(runId)?.status]).toEqual([
      runId,
      results,
      "completed",
    ]);
  });

  test("starts once, however often it is started while it runs", async () => {
    await using b = await bench(slow);
    const handles = await Promise.all([1, 2, 3].map(() => b.engine.start(chain, { runId })));
    await b.clock.advance(10);
    const endings = await Promise.all(handles.map((handle) => handle.ending));
    expect([
      endings.map((ending) => ending.results),
      b.agent.started,
      b.engine.storage.listRuns().length,
    ]).toEqual([[results, results, results], ["a", "b"], 1]);
  });

  test("is returned with its outcome once it is completed, without calling an agent", async () => {
    await using b = await bench(quick);
    const first = await b.engine.start(chain, { runId });
    const ending = await first.ending;
    const again = await b.engine.start(chain, { runId });
    const events: string[] = [];
    for await (const { type } of again.events()) events.push(type);
    expect([again.state, await again.ending, b.agent.started, events.at(-1)]).toEqual([
      "completed",
      ending,
      ["a", "b"],
      "run_state",
    ]);
    await expect(again.cancel()).rejects.toMatchObject({ code: "event_refused" });
  });

  test("is returned as cancelled once it is cancelled", async () => {
    await using b = await bench({ a: { hangs: true } });
    await (await b.engine.start(chain, { runId })).cancel();
    const again = await b.engine.start(chain, { runId });
    expect([(await again.ending).status, b.agent.started]).toEqual(["cancelled", ["a"]]);
  });

  test("has no outcome while one of its agents is still stopping", async () => {
    await using b = await bench(
      { a: { hangs: true, ignoresSignal: true } },
      { abandonAfterMs: 500 },
    );
    await (await b.engine.start(chain, { runId })).cancel();
    const again = await b.engine.start(chain, { runId });
    let isReleased = false;
    void again.ending.then(() => (isReleased = true));
    await b.clock.advance(499);
    const wasOver = isReleased;
    await b.clock.advance(1);
    expect([wasOver, (await again.ending).status]).toEqual([false, "cancelled"]);
  });

  test("is resumed after its engine has closed, and repeats no completed step", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const first = await bench({ ...quick, b: { hangs: true } }, { storage });
    const left = await first.engine.start(chain, { runId });
    left.ending.catch(() => undefined);
    for await (const event of left.events())
      if (event.type === "step_started" && event.stepId === "b") break;
    await first.engine.close();
    await using second = await bench(quick, { storage });
    const [run, same] = await Promise.all([1, 2].map(() => second.engine.start(chain, { runId })));
    expect([
      (await run?.ending)?.results,
      (await same?.ending)?.results,
      second.agent.started,
    ]).toEqual([results, results, ["b"]]);
  });

  test("is resumed after it has failed", async () => {
    await using b = await bench({ a: [{ error: "no" }, { error: "no again" }, { result: "A" }] });
    expect((await (await b.engine.start(chain, { runId })).ending).status).toBe("failed");
    expect((await (await b.engine.start(chain, { runId })).ending).error).toContain("no again");
    const run = await b.engine.start(chain, { runId });
    expect((await run.ending).status).toBe("completed");
  });

  test("is resumed after a pause", async () => {
    await using b = await bench(slow);
    const run = await b.engine.start(chain, { runId });
    await run.pause();
    await b.clock.advance(10);
    expect((await run.ending).status).toBe("paused");
    const again = await b.engine.start(chain, { runId });
    expect([(await again.ending).results, b.agent.started]).toEqual([results, ["a", "b"]]);
  });

  test("is also cancelled by the signal of a later start", async () => {
    await using b = await bench({ a: { hangs: true } });
    const run = await b.engine.start(chain, { runId });
    const controller = new AbortController();
    await b.engine.start(chain, { runId, signal: controller.signal });
    controller.abort();
    expect((await run.ending).status).toBe("cancelled");
  });

  test.each([
    [
      "another version of the workflow",
      workflow({ a: { retries: 2 } }, { inputs: { n: { type: "number", default: 1 } } }),
      {},
      /started with another version of the workflow \(what differs: a: retries; removed: b\)\.$/,
    ],
    [
      "another workflow",
      workflow({ a: [], b: ["a"] }, { id: "other" }),
      {},
      /started with another workflow, `under-test` and other inputs\.$/,
    ],
    ["other inputs", undefined, { inputs: { n: 2 } }, /started with other inputs\.$/],
    [
      "another context",
      undefined,
      { inputs: { n: 1 }, context: { who: "else" } },
      /started with another context\.$/,
    ],
  ])(
    "is not affected by a start with %s, which is refused",
    async (_, source, options, message) => {
      await using b = await bench(slow);
      const declared = workflow(
        { a: [], b: ["a"] },
        { inputs: { n: { type: "number", default: 1 } } },
      );
      const run = await b.engine.start(declared, { runId });
      await expect(b.engine.start(source ?? declared, { runId, ...options })).rejects.toMatchObject(
        {
          code: "run_exists",
          runId,
          message: expect.stringMatching(message) as string,
        },
      );
      await b.clock.advance(10);
      expect((await run.ending).results).toEqual(results);
    },
  );

  test.each(["", "a/b", ".hidden", "a b", "-flag", "ü", "x".repeat(101), "a\n", 7, null])(
    "cannot have the id %j",
    async (name) => {
      await using b = await bench();
      await expect(b.engine.start(chain, { runId: name as string })).rejects.toMatchObject({
        code: "invalid_argument",
      });
      expect(b.engine.storage.listRuns()).toEqual([]);
    },
  );

  test("is started by only one of two racing engines; all other runs continue", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    await using one = await bench(quick, { storage });
    await using two = await bench(quick, { storage });
    // Neither engine sees the other's run until both are about to be written.
    const [first, second, beside] = await Promise.allSettled([
      one.engine.start(chain, { runId }),
      two.engine.start(chain, { runId }),
      two.engine.start(chain),
    ]);
    expect([first.status, second.status].sort()).toEqual(["fulfilled", "rejected"]);
    const [begun, refused] = first.status === "fulfilled" ? [first, second] : [second, first];
    if (
      begun.status !== "fulfilled" ||
      refused.status !== "rejected" ||
      beside.status !== "fulfilled"
    )
      throw new Error("unreachable");
    expect(refused.reason).toMatchObject({ code: "run_owned_elsewhere", runId });
    expect([
      (await begun.value.ending).results,
      (await beside.value.ending).results,
      storage.listRuns().length,
    ]).toEqual([results, results, 2]);
    expect([...one.agent.started, ...two.agent.started].sort()).toEqual(["a", "a", "b", "b"]);
  });
});
