import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { type AgentRequest, WorkflowEngine } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";

/** An engine whose agent waits until it is stopped, and keeps the reasons that it was given. */
async function waiting(reasons: unknown[]) {
  return WorkflowEngine.open({
    database: ":memory:",
    agents: {
      worker: ({ signal }: AgentRequest) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason);
            reject(signal.reason as Error);
          });
        }),
    },
  });
}

describe("the reason of a cancellation", () => {
  test("is the error of the run, in its ending, its row and its events", async () => {
    await using b = await bench({ a: { hangs: true } });
    const controller = new AbortController();
    const run = await b.engine.start(workflow({ a: [] }), { signal: controller.signal });
    controller.abort(new Error("the user closed the page"));
    const ending = await b.clock.advanceUntil(run.ending);
    const ended = [];
    for await (const event of b.engine.events(run.id))
      if (event.type === "run_state" && event.status === "cancelled") ended.push(event.error);
    expect([ending.status, ending.error, (await b.engine.get(run.id))?.error, ended]).toEqual([
      "cancelled",
      "the user closed the page",
      "the user closed the page",
      ["the user closed the page"],
    ]);
  });

  test.each([
    ["an error", new Error("too dear"), "too dear"],
    ["text", "too dear", "too dear"],
    ["an object", { code: 7 }, '{"code":7}'],
    ["the default", undefined, "This operation was aborted"],
  ])("is taken from %s", async (_, reason, error) => {
    await using b = await bench({ a: { hangs: true } });
    const controller = new AbortController();
    const run = await b.engine.start(workflow({ a: [] }), { signal: controller.signal });
    controller.abort(reason);
    expect(await b.clock.advanceUntil(run.ending)).toMatchObject({ status: "cancelled", error });
  });

  test("reaches the agents in the reason of their signal", async () => {
    const reasons: unknown[] = [];
    await using engine = await waiting(reasons);
    const run = await engine.start(workflow({ a: [] }));
    await run.cancel({ reason: "no longer needed" });
    await run.ending;
    expect(reasons).toEqual([
      expect.objectContaining({ name: "AbortError", message: "cancelled: no longer needed" }),
    ]);
  });

  test("is cut to 1,000 characters; blank text counts as none", async () => {
    await using b = await bench({ a: { hangs: true } });
    const [long, blank] = [
      await b.engine.start(workflow({ a: [] })),
      await b.engine.start(workflow({ a: [] })),
    ];
    await b.engine.cancel(long.id, { reason: "x".repeat(5000) });
    await b.engine.send(blank.id, { verb: "cancel", reason: " \n" });
    expect([
      (await b.clock.advanceUntil(long.ending)).error,
      (await b.clock.advanceUntil(blank.ending)).error,
    ]).toEqual(["x".repeat(1000), undefined]);
    await expect(
      b.engine.cancel(long.id, { reason: 7 as unknown as string }),
    ).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("the signal of a run", () => {
  test("cancels the run after it was paused and resumed", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 10 }, b: { hangs: true } });
    const controller = new AbortController();
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }), { signal: controller.signal });
    await run.pause();
    await b.clock.advanceUntil(run.ending);
    const resumed = await b.engine.resume(run.id);
    controller.abort("changed my mind");
    expect(await b.clock.advanceUntil(resumed.ending)).toMatchObject({
      status: "cancelled",
      error: "changed my mind",
    });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("cancels the run while it is paused", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 10 } });
    const controller = new AbortController();
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }), { signal: controller.signal });
    await run.pause();
    await b.clock.advanceUntil(run.ending);
    controller.abort("changed my mind");
    const cancelled = (async () => {
      for (;;) {
        const found = await b.engine.get(run.id);
        if (found?.status === "cancelled") return found.error;
        await new Promise((resolve) => void setImmediate(resolve));
      }
    })();
    expect(await b.clock.advanceUntil(cancelled)).toBe("changed my mind");
  });

  test("is forgotten when the engine is closed", async () => {
    const reasons: unknown[] = [];
    const engine = await waiting(reasons);
    const { signal } = new AbortController();
    await engine.start(workflow({ a: [] }), { signal });
    await engine.close();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
