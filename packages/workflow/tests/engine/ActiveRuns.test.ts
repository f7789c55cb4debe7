import { describe, expect, test } from "vitest";
import type { ActiveRun } from "../../src/engine/ActiveRun.js";
import { ActiveRuns } from "../../src/engine/ActiveRuns.js";
import type { Attempt } from "../../src/engine/Attempt.js";

function runOf(runId: string, ...settled: Promise<unknown>[]): ActiveRun {
  const attempts = new Map<string, Attempt>(
    settled.map((promise, index) => [`s${index}`, { abort: () => undefined, settled: promise }]),
  );
  return { runId, attempts } as unknown as ActiveRun;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  void promise.then(() => (isDone = true));
  await turn();
  return isDone;
}

describe("ActiveRuns", () => {
  test("keeps a run until that same run object is removed", () => {
    const runs = new ActiveRuns();
    const [first, again] = [runOf("a"), runOf("a")];
    runs.add(first);
    runs.add(again);
    runs.remove(first);
    expect([runs.get("a") === again, [...runs.ids()], runs.size]).toEqual([true, ["a"], 1]);
    runs.remove(again);
    expect([runs.has("a"), runs.size]).toEqual([false, 0]);
  });

  test("counts the attempts of all runs", () => {
    const runs = new ActiveRuns();
    const never = new Promise(() => undefined);
    for (const run of [runOf("a", never, never), runOf("b"), runOf("c", never)]) runs.add(run);
    expect(runs.attemptCount).toBe(3);
  });
});

describe("ActiveRuns.whenStopped", () => {
  test("waits for the agents of a removed run, but not for those of other runs", async () => {
    const runs = new ActiveRuns();
    const [a, b] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    for (const run of [runOf("a", a.promise), runOf("b", b.promise)]) {
      runs.add(run);
      runs.remove(run);
    }
    const [stoppedA, stopped, stoppedC] = [
      runs.whenStopped("a"),
      runs.whenStopped(),
      runs.whenStopped("c"),
    ];
    a.resolve();
    expect([
      await isSettled(stoppedA),
      await isSettled(stoppedC),
      await isSettled(stopped),
    ]).toEqual([true, true, false]);
    b.resolve();
    expect(await isSettled(stopped)).toBe(true);
  });
});

describe("ActiveRuns.whenChanged", () => {
  test("settles when the run next changes", async () => {
    const runs = new ActiveRuns();
    for (const id of ["a", "b"]) runs.add(runOf(id));
    const [a, b] = [runs.whenChanged("a"), runs.whenChanged("b")];
    runs.changed("a");
    expect([await isSettled(a), await isSettled(b)]).toEqual([true, false]);
  });

  test("settles immediately for a run that is not active", async () => {
    expect(await isSettled(new ActiveRuns().whenChanged("a"))).toBe(true);
  });
});

describe("ActiveRuns.exclusively", () => {
  test("admits one action at a time per run, without delaying other runs", async () => {
    const runs = new ActiveRuns();
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = runs.exclusively("a", async () => {
      log.push("a1 begins");
      await gate.promise;
      log.push("a1 ends");
    });
    const second = runs.exclusively("a", async () => void log.push("a2"));
    await runs.exclusively("b", async () => void log.push("b"));
    const unclaimed = runs.whenUnclaimed("a");
    expect([runs.isClaimed("a"), runs.isClaimed("b")]).toEqual([true, false]);
    gate.resolve();
    await Promise.all([first, second, unclaimed]);
    expect([log, runs.isClaimed("a")]).toEqual([["a1 begins", "b", "a1 ends", "a2"], false]);
  });

  test("admits the next action after a failed one", async () => {
    const runs = new ActiveRuns();
    const failed = runs.exclusively("a", () => Promise.reject(new Error("no")));
    const next = runs.exclusively("a", async () => "yes");
    expect([await failed.catch(() => "no"), await next]).toEqual(["no", "yes"]);
  });
});
