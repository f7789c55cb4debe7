import { describe, expect, test } from "vitest";
import { Machine, State } from "../../src/index.js";
import { acceptedOf, holds } from "../support/laws.js";
import { endlessRuns, wildRuns } from "../support/random-runs.js";
import { describeMachine } from "../support/Shell.js";

describe("terminal states", () => {
  test("refuse every event except reset and, in `failed`, restore_checkpoint", () => {
    holds(endlessRuns, (run) => {
      const left = acceptedOf(run).filter(({ before }) => State.isTerminal(Machine.state(before)));
      const reasons = left.map(({ before, event }) =>
        event.type === "restore_checkpoint" ? `${event.type} ${Machine.state(before)}` : event.type,
      );
      expect(
        reasons.filter((reason) => reason !== "reset" && reason !== "restore_checkpoint failed"),
      ).toEqual([]);
    });
  });
});

describe("a refusal", () => {
  test("reports the state and the event, and leaves the machine unchanged", () => {
    holds(wildRuns, ({ shell }) => {
      for (const { before, event, outcome } of shell.visits) {
        if (!outcome.ok)
          expect([outcome.state, outcome.event]).toEqual([Machine.state(before), event.type]);
      }
    });
  });
});

describe("an older machine", () => {
  test("never changes, whatever events follow", () => {
    holds(wildRuns, ({ shell }) => {
      // Sending the events again to every intermediate machine must produce the same answers.
      const seen = shell.visits.map(({ before }) => JSON.stringify(describeMachine(before)));
      shell.tell({ type: "pause_workflow" });
      for (const { before, event, at, outcome } of shell.visits) {
        const again = Machine.transition(before, event, at);
        if (again.ok && outcome.ok) {
          expect(describeMachine(again.machine)).toEqual(describeMachine(outcome.machine));
          expect(again.effects).toEqual(outcome.effects);
        } else expect(again.ok).toBe(outcome.ok);
      }
      expect(
        shell.visits
          .slice(0, seen.length)
          .map(({ before }) => JSON.stringify(describeMachine(before))),
      ).toEqual(seen);
    });
  });
});
