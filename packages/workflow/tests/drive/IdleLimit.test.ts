import { describe, expect, test } from "vitest";
import { IdleLimit } from "../../src/drive/IdleLimit.js";
import { StoppedTime } from "../../src/drive/StoppedTime.js";
import { SimulatedClock } from "../../src/testing/index.js";

interface Bench {
  readonly clock: SimulatedClock;
  readonly idle: IdleLimit;
  readonly stopped: StoppedTime;
  /** Stops the process for this long; a timer of the engine shows it, as its polls do. */
  readonly stopProcess: (durationMs: number) => void;
  /** Settles with the instant at which the limit is reached. */
  readonly reachedAt: Promise<number>;
}

/** A limit of 3000 ms, which begins at 0. */
function limit(): Bench {
  const clock = new SimulatedClock(0);
  const stopped = new StoppedTime();
  const { promise, resolve } = Promise.withResolvers<number>();
  const idle = new IdleLimit(clock, stopped, 3000, () => resolve(clock.now()));
  const stopProcess = (durationMs: number): void => {
    const dueAt = clock.now();
    clock.standStill(durationMs);
    stopped.note(dueAt, clock.now());
  };
  return { clock, idle, stopped, stopProcess, reachedAt: promise };
}

describe("the limit of silence", () => {
  test("begins again with each output", async () => {
    const { clock, idle, reachedAt } = limit();
    await clock.advance(1000);
    idle.noteOutput(1);
    expect(await clock.advanceUntil(reachedAt)).toBe(4000);
  });

  test("does not count time in which the process was stopped since the last output", async () => {
    const { clock, idle, stopProcess, reachedAt } = limit();
    await clock.advance(1000);
    idle.noteOutput(1);
    stopProcess(5000);
    expect(await clock.advanceUntil(reachedAt)).toBe(9000);
  });

  test("is not extended by a stop before the last output", async () => {
    const { clock, idle, stopProcess, reachedAt } = limit();
    await clock.advance(1000);
    stopProcess(5000);
    await clock.advance(100);
    idle.noteOutput(1);
    expect(await clock.advanceUntil(reachedAt)).toBe(9100);
  });

  test("is not extended by a stop that a timer shows after the last output", async () => {
    const { clock, idle, stopped, reachedAt } = limit();
    clock.standStill(2000);
    idle.noteOutput(1);
    stopped.note(0, clock.now());
    expect(await clock.advanceUntil(reachedAt)).toBe(5000);
  });

  test("counts a stop of this process for a program, which continues", async () => {
    const { clock, idle, stopProcess, reachedAt } = limit();
    idle.startProgram();
    await clock.advance(1000);
    idle.noteOutput(1);
    stopProcess(5000);
    expect(await clock.advanceUntil(reachedAt)).toBe(6000);
  });
});
