import type { StepAttempt } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { countEndedSteps, type RunHandle, RunReader, type StoragePort } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const LARGE = "x".repeat(300_000);

/** Runs whose journals together contain every kind of outcome. */
const RUNS: Readonly<Record<string, (b: Bench) => Promise<RunHandle>>> = {
  "with a retry, a failure and skipped steps": async (b) => {
    const run = await b.engine.start(
      workflow({
        a: { checkpoint: "first" },
        b: { dependencies: ["a"], retry: { max: 1, backoff: 10, jitter: "none" } },
        d: ["b"],
        e: ["d"],
      }),
    );
    await b.clock.advanceUntil(run.ending);
    return run;
  },
  "that was cancelled while a step ran": async (b) => {
    const run = await b.engine.start(workflow({ a: [], hangs: ["a"] }));
    await b.clock.settle();
    await run.cancel();
    await b.clock.advanceUntil(run.ending);
    return run;
  },
  "that failed while another step ran": async (b) => {
    const run = await b.engine.start(workflow({ d: [], hangs: [] }));
    await b.clock.settle();
    return run;
  },
  "with a large result": async (b) => {
    const run = await b.engine.start(workflow({ large: [], after: ["large"] }));
    await b.clock.advanceUntil(run.ending);
    return run;
  },
  "that went back to a checkpoint": async (b) => {
    const run = await b.engine.start(
      workflow({ a: { checkpoint: "early" }, c: ["a"], hangs: ["c"] }),
    );
    await b.clock.settle();
    await run.pause({ stopAgents: true });
    await b.clock.advanceUntil(run.ending);
    const [early] = b.engine.checkpoints
      .listCheckpoints(run.id)
      .filter(({ name }) => name === "early");
    const resumed = await b.engine.resume(early?.checkpointId ?? "");
    await b.clock.settle();
    return resumed;
  },
  "that failed and was resumed": async (b) => {
    const run = await b.engine.start(workflow({ a: [], twice: ["a"] }));
    await b.clock.advanceUntil(run.ending);
    const resumed = await b.engine.resume(run.id);
    await b.clock.advanceUntil(resumed.ending);
    return resumed;
  },
};

const benchOfRuns = (): Promise<Bench> =>
  bench({
    b: [{ error: "once" }, { result: 2 }],
    d: { error: "always" },
    hangs: { hangs: true },
    large: { result: LARGE },
    twice: [{ error: "first" }, { result: "second" }],
  });

/** Everything that a view returns about a run with these steps. */
const seen = ({ view, wasRestored }: RunReader): unknown => ({
  at: [view.seq, view.at, view.state, view.error, view.errorCode, wasRestored],
  steps: view.steps(),
  active: view.activeSteps(),
  counts: view.counts(),
  results: view.results(),
  metrics: view.metrics(),
  checkpoints: view.checkpoints(),
  timeSpent: view.timeSpent(),
});

function attemptsIn(storage: StoragePort, runId: string): readonly StepAttempt[] {
  return storage.listAttempts(runId).map(({ ...attempt }) => attempt);
}

describe.each(Object.entries(RUNS))("the reader of a run %s", (_, start) => {
  test("sees the same run as the engine", async () => {
    await using b = await benchOfRuns();
    const run = await start(b);
    const { view } = RunReader.open(b.engine.storage, run.id).catchUp();
    expect({ state: view.state, steps: view.steps(), metrics: view.metrics() }).toEqual({
      state: run.state,
      steps: run.steps(),
      metrics: run.metrics(),
    });
  });

  test("sees the same run from its checkpoints as from every entry", async () => {
    await using b = await benchOfRuns();
    const run = await start(b);
    const folded = RunReader.open(b.engine.storage, run.id);
    for (const _ of folded.advance()) folded.view.activeSteps();
    expect(seen(RunReader.open(b.engine.storage, run.id).catchUp())).toEqual(seen(folded));
  });

  test("counts the same ended steps as a list of runs", async () => {
    await using b = await benchOfRuns();
    const run = await start(b);
    const { completed, failed, skipped, total } = RunReader.open(b.engine.storage, run.id)
      .catchUp()
      .view.counts();
    expect(countEndedSteps(b.engine.storage, run.id)).toEqual({
      completedSteps: completed,
      failedSteps: failed,
      skippedSteps: skipped,
      totalSteps: total,
    });
  });

  test("lists the same attempts as the database", async () => {
    await using b = await benchOfRuns();
    const run = await start(b);
    const reader = RunReader.open(b.engine.storage, run.id);
    for (const _ of reader.advance());
    const { view } = reader;
    const byStart = (x: StepAttempt, y: StepAttempt): number =>
      x.startedAt - y.startedAt || x.attemptNumber - y.attemptNumber;
    expect(
      view
        .steps()
        .flatMap(({ id }) => view.attempts(id))
        .sort(byStart),
    ).toEqual([...attemptsIn(b.engine.storage, run.id)].sort(byStart));
  });
});

describe("RunReader.open", () => {
  test("reports that a run does not exist", async () => {
    await using b = await bench();
    expect(() => RunReader.open(b.engine.storage, "none")).toThrow("Run none does not exist.");
  });
});

describe("RunReader.advance", () => {
  test("stops after the entry requested by the caller, and continues from there", async () => {
    await using b = await benchOfRuns();
    const run = await b.engine.start(workflow({ a: [], z: ["a"] }));
    await b.clock.advanceUntil(run.ending);
    const reader = RunReader.open(b.engine.storage, run.id);
    const whole = [...RunReader.open(b.engine.storage, run.id).advance()];
    const first = [...reader.advance(6)];
    expect(reader.seq).toBe(6);
    expect([...first, ...reader.advance()]).toEqual(whole);
  });
});
