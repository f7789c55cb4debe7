import type { RunEvent } from "@automatosx/schemas";
import { RunEvent as RunEventSchema } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { followRun } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const short = (event: RunEvent): string =>
  "stepId" in event
    ? `${event.type} ${event.stepId}`
    : event.type === "run_state"
      ? `run_state ${event.state}`
      : event.type;

describe("RunHandle.events", () => {
  test("tells everything in order, from the beginning, to anyone who asks while the run lasts", async () => {
    await using b = await bench({
      b: [{ error: "once" }, { result: 2 }],
      d: { error: "for good" },
    });
    const run = await b.engine.start(
      workflow({
        a: { checkpoint: "first" },
        b: { dependencies: ["a"], retry: { max: 1, backoff: 10, jitter: "none" } },
        d: ["b"],
        e: ["d"],
      }),
    );
    const events = collect(run.events());
    await b.clock.advanceUntil(run.ending);
    const told = await b.clock.advanceUntil(events);
    expect(
      told
        .map(short)
        .filter(
          (text) =>
            !text.startsWith("run_state creating") &&
            !text.startsWith("run_state awaiting") &&
            !text.startsWith("run_state executing"),
        ),
    ).toEqual([
      "run_state parsing",
      "run_state validating_workflow",
      "run_state building_dependency_graph",
      "run_state scheduling_steps",
      "step_started a",
      "step_completed a",
      "checkpoint_created",
      "step_started b",
      "step_failed b",
      "step_retried b",
      "step_started b",
      "step_completed b",
      "step_started d",
      "step_failed d",
      "step_skipped e",
      "run_state failed",
    ]);
    expect(told.map((event) => RunEventSchema.safeParse(event).success)).toEqual(
      told.map(() => true),
    );
    expect(told.map((event) => event.seq)).toEqual(
      told.map((event) => event.seq).sort((x, y) => x - y),
    );
    expect(told.at(-1)).toMatchObject({
      type: "run_state",
      status: "failed",
      errorCode: "step_failed",
      error: "step `d` failed: for good",
    });
  });

  test("ends also for a listener that is still busy with an event when the run ends", async () => {
    await using b = await bench();
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    const events = run.events()[Symbol.asyncIterator]();
    const first = await events.next();
    await b.clock.advanceUntil(run.ending);
    const rest = collect({ [Symbol.asyncIterator]: () => events });
    const told = await b.clock.advanceUntil(rest);
    expect({ first: first.done, last: told.at(-1) }).toMatchObject({
      first: false,
      last: { type: "run_state", status: "completed" },
    });
  });

  test("misses nothing that happens while its reader is busy with an earlier event", async () => {
    await using b = await bench({ b: { hangs: true } });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    const told: string[] = [];
    for await (const event of run.events()) {
      told.push(short(event));
      if (told.at(-1) === "step_started b") await run.cancel();
      // Longer than a commit takes: nothing else happens then that would wake the reader once it asks again.
      await b.clock.settle();
    }
    expect(told.at(-1)).toBe("run_state cancelled");
  });

  test("tells the same from the database alone, after the run", async () => {
    await using b = await bench();
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    const live = collect(run.events());
    await run.ending;
    expect(await collect(followRun(b.engine.storage, run.id))).toEqual(
      await b.clock.advanceUntil(live),
    );
  });
});

describe("WorkflowEngine.getStats", () => {
  test("counts runs by what became of them, and what is in hand", async () => {
    await using b = await bench({ a: { hangs: true }, f: { error: "x" } });
    const failed = await b.engine.start(workflow({ f: [] }));
    await b.clock.advanceUntil(failed.ending);
    const done = await b.engine.start(workflow({ z: [] }));
    await b.clock.advanceUntil(done.ending);
    await b.engine.start(workflow({ a: [] }));
    await b.clock.settle();
    expect(b.engine.getStats()).toEqual({
      running: 1,
      completed: 1,
      failed: 1,
      paused: 0,
      cancelled: 0,
      active: 1,
      stepsInFlight: 1,
    });
  });
});

describe("events of a run", () => {
  test("stop when their signal is aborted, though nothing happens", async () => {
    await using b = await bench({ a: { hangs: true } });
    const run = await b.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    const controller = new AbortController();
    const seen: string[] = [];
    const listening = (async () => {
      for await (const { type } of b.engine.events(run.id, { signal: controller.signal }))
        seen.push(type);
    })();
    await b.clock.settle();
    controller.abort();
    await listening;
    expect(seen).toContain("step_started");
  });

  test("say that the engine is closed to whoever takes too long over one", async () => {
    const b = await bench({ a: { hangs: true } });
    const run = await b.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    await b.clock.settle();
    const listening = (async () => {
      for await (const _ of run.events()) await b.engine.close();
    })();
    await expect(listening).rejects.toMatchObject({ code: "engine_closed" });
  });
});
