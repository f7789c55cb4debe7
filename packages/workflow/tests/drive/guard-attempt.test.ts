import { describe, expect, test } from "vitest";
import { AttemptGuard } from "../../src/drive/guard-attempt.js";
import type { Outcome } from "../../src/drive/outcome.js";
import { SimulatedClock } from "../../src/testing/SimulatedClock.js";

const KEY = "run/step/1";

const completed: Outcome = { ok: true, text: "1", at: 0 };

/** An attempt that is performed until the test ends it. */
function attemptOf() {
  const ended = Promise.withResolvers<Outcome>();
  const performed: AbortSignal[] = [];
  return {
    performed,
    end: () => ended.resolve(completed),
    perform: (signal: AbortSignal): Promise<Outcome> => {
      performed.push(signal);
      return ended.promise;
    },
  };
}

describe("AttemptGuard", () => {
  test("a second call gets the outcome of the execution that is going on", async () => {
    const guard = new AttemptGuard(new SimulatedClock());
    const attempt = attemptOf();
    const begun = guard.begin();
    const first = guard.guardAttempt(KEY, { begun, perform: attempt.perform });
    const second = guard.guardAttempt(KEY, { begun, perform: attempt.perform });
    expect(guard.runningCount).toBe(1);
    attempt.end();
    expect(await Promise.all([first, second])).toEqual([completed, completed]);
    expect(attempt.performed).toHaveLength(1);
    expect(guard.runningCount).toBe(0);
  });

  test("a call after the end gets the same outcome", async () => {
    const guard = new AttemptGuard(new SimulatedClock());
    const attempt = attemptOf();
    const begun = guard.begin();
    attempt.end();
    await guard.guardAttempt(KEY, { begun, perform: attempt.perform });
    const again = await guard.guardAttempt(KEY, { begun, perform: attempt.perform });
    expect(again).toEqual(completed);
    expect(attempt.performed).toHaveLength(1);
  });

  test("an attempt that another process has begun is interrupted", async () => {
    const clock = new SimulatedClock();
    const begun = new AttemptGuard(clock).begin();
    const attempt = attemptOf();
    const guard = new AttemptGuard(clock);
    const outcome = await guard.guardAttempt(KEY, { begun, perform: attempt.perform });
    expect(outcome).toMatchObject({ ok: false, reason: "interrupted" });
    expect(attempt.performed).toEqual([]);
  });

  test("an attempt whose outcome is forgotten is interrupted, not performed again", async () => {
    const clock = new SimulatedClock();
    const guard = new AttemptGuard(clock);
    const attempt = attemptOf();
    const begun = guard.begin();
    attempt.end();
    await guard.guardAttempt(KEY, { begun, perform: attempt.perform });
    await clock.advance(3_600_000);
    const again = await guard.guardAttempt(KEY, { begun, perform: attempt.perform });
    expect(again).toMatchObject({ ok: false, reason: "interrupted" });
    expect(attempt.performed).toHaveLength(1);
  });

  test("an attempt survives a connection that comes back within the grace", async () => {
    const clock = new SimulatedClock();
    const guard = new AttemptGuard(clock, { graceMs: 30_000 });
    const attempt = attemptOf();
    const begun = guard.begin();
    const lost = new AbortController();
    const first = { begun, perform: attempt.perform, connection: lost.signal };
    void guard.guardAttempt(KEY, first);
    lost.abort();
    await clock.advance(29_000);
    const second = guard.guardAttempt(KEY, {
      ...{ begun, perform: attempt.perform },
      connection: new AbortController().signal,
    });
    await clock.advance(60_000);
    expect(attempt.performed[0]?.aborted).toBe(false);
    attempt.end();
    expect(await second).toEqual(completed);
  });

  test("an attempt is interrupted when its connection stays lost", async () => {
    const clock = new SimulatedClock();
    const guard = new AttemptGuard(clock, { graceMs: 30_000 });
    const attempt = attemptOf();
    const lost = new AbortController();
    const begun = guard.begin();
    void guard.guardAttempt(KEY, { begun, perform: attempt.perform, connection: lost.signal });
    lost.abort();
    await clock.advance(29_999);
    expect(attempt.performed[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect(attempt.performed[0]).toMatchObject({ aborted: true, reason: "interrupted" });
  });

  test("stop aborts the execution with its reason", () => {
    const guard = new AttemptGuard(new SimulatedClock());
    const attempt = attemptOf();
    void guard.guardAttempt(KEY, { begun: guard.begin(), perform: attempt.perform });
    guard.stop(KEY, "cancelled");
    expect(attempt.performed[0]).toMatchObject({ aborted: true, reason: "cancelled" });
  });
});
