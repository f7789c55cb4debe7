import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UpcomingSteps } from "../../src/progress/UpcomingSteps.js";
import { ScriptedRun } from "../harness/ScriptedRun.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ids = (steps: readonly { readonly id: string }[]): string[] => steps.map(({ id }) => id);

describe("UpcomingSteps", () => {
  test("follows the batches rather than the file, and puts ready steps first", () => {
    const live = new ScriptedRun({
      steps: [
        { id: "last", dependencies: ["middle"] },
        { id: "middle", dependencies: ["first"] },
        { id: "first" },
        { id: "other", dependencies: ["first"] },
      ],
      columns: 80,
      concurrency: 1,
    });
    const upcoming = new UpcomingSteps(live.run);
    const before = ids(upcoming.next(9));
    live.start("first");
    const running = ids(upcoming.next(9));
    live.complete("first");
    live.start("other");
    const after = upcoming.next(9);
    expect([before, running, ids(after), after.map((step) => upcoming.reasonFor(step))]).toEqual([
      ["first", "middle", "other", "last"],
      ["middle", "other", "last"],
      ["middle", "last"],
      ["starts when a slot is free", "waits for middle"],
    ]);
  });

  test("looks at each settled step once, however often it is asked", () => {
    const steps = Array.from({ length: 500 }, (_, index) => ({ id: `s${index}` }));
    const live = new ScriptedRun({ steps, columns: 80, concurrency: 1 });
    const upcoming = new UpcomingSteps(live.run);
    const asked = vi.spyOn(live.run, "step");
    let shown = 0;
    for (let index = 0; index < 400; index += 1) {
      live.start(`s${index}`);
      live.complete(`s${index}`);
      asked.mockClear();
      shown += upcoming.next(3).length;
      expect(asked.mock.calls.length).toBeLessThanOrEqual(5);
    }
    expect(shown).toBe(1200);
  });
});
