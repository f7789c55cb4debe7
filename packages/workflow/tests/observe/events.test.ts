import type { RunEvent } from "@automatosx/schemas";
import { RunEvent as RunEventSchema } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { followRun, type RunHandle } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

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

/** The states that a run passes through between its steps. */
const isPassing = (text: string): boolean =>
  /^run_state (creating_checkpoint|awaiting_completion|executing_steps)$/.test(text);

async function endedChain(b: Bench): Promise<RunHandle> {
  const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
  await b.clock.advanceUntil(run.ending);
  return run;
}

describe("RunHandle.events", () => {
  test("yields every event in order, from the beginning, to any number of consumers", async () => {
    await using b = await bench({
      b: [{ error: "once" }, { result: 2 }],
      d: { error: "always" },
    });
    const run = await b.engine.start(
      workflow({
        a: { checkpoint: "first" },
        b: { dependencies: ["a"], retry: { max: 1, backoff: 10, jitter: "none" } },
        d: ["b"],
        e: ["d"],
      }),
    );
    const both = Promise.all([collect(run.events()), collect(run.events())]);
    await b.clock.advanceUntil(run.ending);
    const [events, again] = await b.clock.advanceUntil(both);
    expect(again).toEqual(events);
    expect(events.map(short).filter((text) => !isPassing(text))).toEqual([
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
    expect(events.map((event) => RunEventSchema.safeParse(event).success)).toEqual(
      events.map(() => true),
    );
    expect(events.map(({ seq }) => seq)).toEqual(
      events.map(({ seq }) => seq).sort((x, y) => x - y),
    );
    expect(events.at(-1)).toMatchObject({
      type: "run_state",
      status: "failed",
      errorCode: "step_failed",
      error: "step `d` failed: always",
    });
  });

  test("yields the remaining events to a consumer that is behind when the run ends", async () => {
    await using b = await bench();
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    const events = run.events()[Symbol.asyncIterator]();
    const first = await events.next();
    await b.clock.advanceUntil(run.ending);
    const rest = collect({ [Symbol.asyncIterator]: () => events });
    const seen = await b.clock.advanceUntil(rest);
    expect({ first: first.done, last: seen.at(-1) }).toMatchObject({
      first: false,
      last: { type: "run_state", status: "completed" },
    });
  });

  test("misses no event that occurs while its consumer handles an earlier one", async () => {
    await using b = await bench({ b: { hangs: true } });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    const seen: string[] = [];
    for await (const event of run.events()) {
      seen.push(short(event));
      if (seen.at(-1) === "step_started b") await run.cancel();
      // Longer than a commit takes, so that nothing else wakes the stream when the next event is
      // requested.
      await b.clock.settle();
    }
    expect(seen.at(-1)).toBe("run_state cancelled");
  });

  test("yields the same events live as are read from the database after the run", async () => {
    await using b = await bench();
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    const live = collect(run.events());
    await run.ending;
    expect(await collect(followRun(b.engine.storage, run.id))).toEqual(
      await b.clock.advanceUntil(live),
    );
  });

  test("rejects when the engine is closed while an event is being consumed", async () => {
    const b = await bench({ a: { hangs: true } });
    const run = await b.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    await b.clock.settle();
    const consumed = (async () => {
      for await (const _ of run.events()) await b.engine.close();
    })();
    await expect(consumed).rejects.toMatchObject({ code: "engine_closed" });
  });
});

describe("WorkflowEngine.events", () => {
  test("ends when its signal is aborted, even if nothing happens", async () => {
    await using b = await bench({ a: { hangs: true } });
    const run = await b.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    const controller = new AbortController();
    const seen: string[] = [];
    const consumed = (async () => {
      for await (const { type } of b.engine.events(run.id, { signal: controller.signal }))
        seen.push(type);
    })();
    await b.clock.settle();
    controller.abort();
    await consumed;
    expect(seen).toContain("step_started");
  });

  test("rejects when iterated for a run that does not exist", async () => {
    await using b = await bench();
    const events = b.engine.events("none");
    await expect(collect(events)).rejects.toMatchObject({ code: "run_not_found" });
  });
});

describe("followRun", () => {
  test("shows the run as of the last event yielded", async () => {
    await using b = await bench();
    const run = await endedChain(b);
    const followed = followRun(b.engine.storage, run.id);
    const seen = [followed.view.counts().completed];
    for await (const event of followed)
      if (event.type === "step_completed") {
        expect({
          seq: followed.view.seq,
          result: followed.view.step(event.stepId)?.result,
        }).toEqual({
          seq: event.seq,
          result: event.result,
        });
        seen.push(followed.view.counts().completed);
      }
    expect(seen).toEqual([0, 1, 2]);
  });

  test("shows the run at `afterSeq`, if given, and yields the events after it", async () => {
    await using b = await bench();
    const run = await endedChain(b);
    const whole = await collect(followRun(b.engine.storage, run.id));
    const [done] = whole.filter(({ type }) => type === "step_completed");
    const afterSeq = done?.seq ?? 0;
    const followed = followRun(b.engine.storage, run.id, { afterSeq });
    expect(followed.view.counts()).toMatchObject({ total: 2, completed: 1 });
    expect(await collect(followed)).toEqual(whole.filter(({ seq }) => seq > afterSeq));
  });
});

describe("WorkflowEngine.getStats", () => {
  test("counts runs by status, and the runs and steps in this engine", async () => {
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
