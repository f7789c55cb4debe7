import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemPorts } from "../src/ports.js";

const { clock } = systemPorts;

describe("the system clock", () => {
  afterEach(() => vi.restoreAllMocks());

  test("catches up with the wall clock after the machine has slept, but never goes back with it", () => {
    const [before, wall] = [clock.now(), Date.now()];
    const hourMs = 3_600_000;
    const wallClock = vi.spyOn(Date, "now").mockReturnValue(wall + hourMs);
    const after = clock.now();
    wallClock.mockReturnValue(wall - hourMs);
    const later = clock.now();
    expect([Math.abs(after - before - hourMs) < 1000, later >= after]).toEqual([true, true]);
  });
});

describe("a timer of forty days", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const fortyDaysMs = 40 * 86_400_000;

  test("fires after forty days, not immediately", () => {
    const fired = vi.fn();
    clock.setTimer(fortyDaysMs, fired);
    vi.advanceTimersByTime(fortyDaysMs - 1);
    const early = fired.mock.calls.length;
    vi.advanceTimersByTime(1);
    expect([early, fired.mock.calls.length]).toEqual([0, 1]);
  });

  test("never fires once cancelled, even after it has been rearmed", () => {
    const fired = vi.fn();
    const cancel = clock.setTimer(fortyDaysMs, fired);
    vi.advanceTimersByTime(fortyDaysMs - 86_400_000);
    cancel();
    vi.advanceTimersByTime(fortyDaysMs);
    expect(fired).not.toHaveBeenCalled();
  });
});
