import { describe, expect, test } from "vitest";
import { ENGINE_GONE, RunView, type TimeSpent } from "../src/index.js";
import {
  completed,
  type Fact,
  failed,
  journalOf,
  originOf,
  PREPARATION,
  started,
} from "./support/journal.js";

const RETRY = { initialDelayMs: 1000, factor: 1, maxDelayMs: 1000, jitter: "none" } as const;
const origin = originOf([{ id: "a", retries: 1, retry: RETRY }, { id: "b" }]);

/** An instant in ms since the epoch, and what happens then. */
type Moment = readonly [at: number, fact: Fact];

// The preparation ends at instant 50.
function viewOf(...moments: readonly Moment[]): RunView {
  const view = new RunView(origin, { artifact: () => undefined });
  const entries = journalOf(...PREPARATION, ...moments.map(([, fact]) => fact));
  entries.forEach((entry, index) => {
    const moment = moments[index - PREPARATION.length];
    view.apply(moment === undefined ? entry : { ...entry, at: moment[0] });
  });
  return view;
}

const timeSpent = (...moments: readonly Moment[]): TimeSpent => viewOf(...moments).timeSpent();

const lost = (stepId: string, attemptNumber: number): Fact =>
  failed(stepId, attemptNumber, ENGINE_GONE, "interrupted");

describe("RunView.timeSpent", () => {
  test("counts time as work while at least one attempt runs, once for parallel attempts", () => {
    expect(
      timeSpent([100, started("a", "b")], [400, completed("a", 1, 1)], [600, completed("b", 1, 1)]),
    ).toEqual({ workedMs: 500, waitedMs: 100 });
  });

  test("counts the delay before a retry as waiting", () => {
    expect(
      timeSpent(
        [100, started("a")],
        [200, failed("a", 1, "flaky")],
        [1200, started("a")],
        [1300, completed("a", 2, 1)],
      ),
    ).toEqual({ workedMs: 200, waitedMs: 1100 });
  });

  test.each([
    ["failed", {}],
    ["unknown", { effect: "external" as const }],
  ])("counts nothing for a step after its total timeout, which leaves it %s", (note, effect) => {
    const view = new RunView(originOf([{ id: "a", totalTimeout: 160, ...effect }]), {
      artifact: () => undefined,
    });
    const due: Fact = ["steps_due", { stepIds: ["a"], [note]: ["a"] }];
    const facts = [...PREPARATION, started("a"), due, ["cancel_workflow"] as const];
    journalOf(...facts).forEach((entry, index) => {
      view.apply({ ...entry, at: [100, 200, 9200][index - PREPARATION.length] ?? entry.at });
    });
    expect([view.timeSpent(), view.status]).toEqual([
      { workedMs: 100, waitedMs: 9100 },
      "cancelled",
    ]);
  });

  test("counts a pause as waiting, but not the steps that finish during it", () => {
    expect(
      timeSpent(
        [100, started("a")],
        [200, ["pause_workflow"]],
        [500, completed("a", 1, 1)],
        [9500, ["resume_workflow"]],
        [9600, started("b")],
        [9700, completed("b", 1, 1)],
      ),
    ).toEqual({ workedMs: 500, waitedMs: 9200 });
  });

  test("counts the time after the death of an engine as waiting, also if a command came in it", () => {
    const crash: readonly Moment[] = [
      [100, started("a", "b")],
      [300, completed("a", 1, 1)],
    ];
    const rest: readonly Moment[] = [
      [9000, lost("b", 1)],
      [9100, started("b")],
      [9200, completed("b", 2, 1)],
    ];
    expect(timeSpent(...crash, ...rest)).toEqual({ workedMs: 300, waitedMs: 8900 });
    expect(
      timeSpent(
        ...crash,
        [5000, ["pause_workflow"]],
        [9000, lost("b", 1)],
        [9000, ["resume_workflow"]],
        ...rest.slice(1),
      ),
    ).toEqual({ workedMs: 300, waitedMs: 8900 });
  });

  test("counts an attempt that was stopped by its living engine as work", () => {
    expect(
      timeSpent(
        [100, started("a")],
        [200, ["pause_workflow"]],
        [400, failed("a", 1, "interrupted by its engine", "interrupted")],
      ),
    ).toEqual({ workedMs: 300, waitedMs: 100 });
  });

  test("ends with the last entry, or now while a process works on the run", () => {
    const view = viewOf([100, started("a")]);
    expect([view.timeSpent(), view.timeSpent(1100)]).toEqual([
      { workedMs: 0, waitedMs: 100 },
      { workedMs: 1000, waitedMs: 100 },
    ]);
  });

  test("is not negative if a later entry was written by a clock that is behind", () => {
    expect(
      timeSpent(
        [1000, started("a")],
        [400, completed("a", 1, 1)],
        [500, started("b")],
        [700, completed("b", 1, 1)],
      ),
    ).toEqual({ workedMs: 0, waitedMs: 1000 });
  });

  test("is the same after entries that were skipped, and not counted twice if one is applied", () => {
    const moments: readonly Moment[] = [
      [100, started("a")],
      [300, completed("a", 1, 1)],
    ];
    const whole = viewOf(...moments);
    const view = new RunView(origin, { artifact: () => undefined });
    const entries = journalOf(...PREPARATION, ...moments.map(([, fact]) => fact)).map(
      (entry, index) => ({ ...entry, at: moments[index - PREPARATION.length]?.[0] ?? entry.at }),
    );
    for (const entry of entries) view.skip(entry);
    for (const entry of entries) view.apply(entry);
    expect(view.timeSpent()).toEqual(whole.timeSpent());
  });
});
