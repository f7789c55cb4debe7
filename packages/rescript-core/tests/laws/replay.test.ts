import { describe, expect, test } from "vitest";
import { Machine } from "../../src/index.js";
import { acceptedOf, holds } from "../support/laws.js";
import {
  endingRuns,
  endlessRuns,
  orderlyRuns,
  treeRuns,
  wildRuns,
} from "../support/random-runs.js";
import { describeEnd, describeMachine, Shell } from "../support/Shell.js";

describe("the journal", () => {
  test("reproduces the same machine and effects when replayed", () => {
    holds(endlessRuns, (run) => {
      let machine = Machine.make(1000);
      for (const { event, at, after, effects } of acceptedOf(run)) {
        const outcome = Machine.transition(machine, event, at);
        if (!outcome.ok) throw new Error(`replay refused ${outcome.event}: ${outcome.reason}`);
        machine = outcome.machine;
        expect([Machine.state(machine), outcome.effects]).toEqual([Machine.state(after), effects]);
      }
      expect(describeMachine(machine)).toEqual(describeMachine(run.shell.machine));
    });
  });

  test("leads to the same results when cut at any entry, with attempts in flight lost", () => {
    holds(orderlyRuns, (run) => {
      const undisturbed = describeEnd(new Shell(run.workflow).begin().finish().machine);
      const afterGraph = acceptedOf(run).slice(4);
      for (const { after, at } of afterGraph.filter((_, index) => index % 7 === 0)) {
        const resumed = new Shell(run.workflow, after);
        resumed.now = at;
        for (const step of resumed.inFlight) resumed.interrupt(step);
        resumed.wake();
        expect(describeEnd(resumed.finish().machine)).toEqual(undisturbed);
      }
    });
  });
});

describe("every order of outcomes", () => {
  test("leads to the same results, despite pauses, checkpoints, stray outcomes and lost attempts", () => {
    holds(orderlyRuns, ({ workflow, shell }) => {
      expect(describeEnd(shell.finish().machine)).toEqual(
        describeEnd(new Shell(workflow).begin().finish().machine),
      );
    });
  });
});

const runsOfSnapshots = [
  { of: "a plain workflow", runs: wildRuns },
  { of: "a workflow with gates, waits, groups, items and rounds", runs: treeRuns },
  { of: "a workflow with stops, total timeouts and handlers", runs: endingRuns },
];

describe.each(runsOfSnapshots)("snapshots of $of", ({ runs }) => {
  test("restore an equivalent machine, directly and after a JSON round trip", () => {
    holds(runs, (run) => {
      const lived = acceptedOf(run).slice(4);
      const cut = Math.floor(lived.length / 2);
      const at = lived[cut];
      if (at === undefined) return;
      const snapshot = JSON.parse(JSON.stringify(Machine.snapshot(at.after, undefined)));
      expectSameAnswers(
        Machine.fastForward(new Shell(run.workflow).prepare().machine, [snapshot]),
        lived.slice(cut),
      );
    });
  });

  test("restore an equivalent machine from a chain of differences", () => {
    holds(runs, (run) => {
      const lived = acceptedOf(run).slice(4);
      const cut = Math.floor((lived.length * 3) / 4);
      const marks = lived.slice(0, cut + 1).filter((_, index) => index % 5 === cut % 5);
      if (marks.length === 0) return;
      const chain = marks.map(({ after }, index) =>
        Machine.snapshot(after, marks[index - 1]?.after),
      );
      expectSameAnswers(
        Machine.fastForward(new Shell(run.workflow).prepare().machine, chain),
        lived.slice(cut),
      );
    });
  });
});

// The copy was taken after the first visit of `lived`.
function expectSameAnswers(
  copy: ReturnType<typeof Machine.make>,
  lived: ReturnType<typeof acceptedOf>,
): void {
  const [taken, ...later] = lived;
  if (taken === undefined) return;
  expect(describeMachine(copy)).toEqual(describeMachine(taken.after));
  let machine = copy;
  for (const { event, at, after, effects } of later) {
    const outcome = Machine.transition(machine, event, at);
    if (!outcome.ok) throw new Error(`the copy refused ${outcome.event}: ${outcome.reason}`);
    machine = outcome.machine;
    expect(outcome.effects).toEqual(effects);
    expect(describeMachine(machine)).toEqual(describeMachine(after));
  }
}
