import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { setLongTimer } from "../src/long-timer.js";

describe("a long timer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("of forty days fires after forty days and not at once", () => {
    const fired = vi.fn();
    setLongTimer(40 * 86_400_000, fired);
    vi.advanceTimersByTime(40 * 86_400_000 - 1);
    const early = fired.mock.calls.length;
    vi.advanceTimersByTime(1);
    expect([early, fired.mock.calls.length]).toEqual([0, 1]);
  });

  test("that was taken back never fires, also after it was armed again", () => {
    const fired = vi.fn();
    const takeBack = setLongTimer(40 * 86_400_000, fired);
    vi.advanceTimersByTime(30 * 86_400_000);
    takeBack();
    vi.advanceTimersByTime(30 * 86_400_000);
    expect(fired).not.toHaveBeenCalled();
  });
});
