import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Context,
  Machine,
  RunQueries,
  type StepInfo,
  type WorkflowEvent,
  type WorkflowState,
} from "../../src/index.js";
import { type Accepted, acceptedOf, erasOf, holds, startedBy, stepIn } from "../support/laws.js";
import { endingRuns, treeRuns } from "../support/random-runs.js";

/** Runs with gates and waits; some also have stops, total timeouts, external effects and handlers. */
const waitingRuns = fc.oneof(treeRuns, endingRuns);

const LISTENING: readonly WorkflowState[] = [
  "executing_steps",
  "awaiting_completion",
  "creating_checkpoint",
  "paused",
];

const isAnswer = (
  event: WorkflowEvent,
): event is Extract<WorkflowEvent, { type: "gate_answered" }> => event.type === "gate_answered";

const isSignal = (
  event: WorkflowEvent,
): event is Extract<WorkflowEvent, { type: "signal_received" }> => event.type === "signal_received";

/** Whether a step waits for an instant that comes by itself. */
const wakesByItself = ({ status, waitingFor }: StepInfo): boolean =>
  status === "waiting" || waitingFor === "timer" || waitingFor === "round";

const answer = (stepId: string, attemptNumber: number): WorkflowEvent => ({
  type: "gate_answered",
  stepId,
  attemptNumber,
  approved: true,
  values: {},
});

/** What the machine says to an event: `accepted`, or the reason for a refusal. */
function reply({ after }: Accepted, event: WorkflowEvent): string {
  const outcome = Machine.transition(after, event, 0);
  return outcome.ok ? "accepted" : outcome.reason;
}

describe("an answer to a gate", () => {
  test("counts once, for the newest attempt of an open gate", () => {
    holds(waitingRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        const { event, before, after } = visit;
        if (!isAnswer(event)) continue;
        const [open, settled] = [before, after].map((machine) => stepIn(machine, event.stepId));
        if (open?.status === "unknown") continue;
        expect([open?.status, open?.waitingFor, open?.attemptNumber]).toEqual([
          "open",
          "gate",
          event.attemptNumber,
        ]);
        expect(["completed", "failed"]).toContain(settled?.status);
        expect(reply(visit, event)).toBe("gate_not_open");
      }
    });
  });

  test("is accepted while steps are executed, a checkpoint is written, or the run is paused", () => {
    holds(waitingRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        const state = Machine.state(visit.after);
        for (const { kind, stepId, attemptNumber } of RunQueries.questions(visit.after)) {
          if (kind !== "gate") continue;
          const isListening = LISTENING.includes(state);
          expect([
            reply(visit, answer(stepId, attemptNumber)),
            reply(visit, answer(stepId, attemptNumber - 1)),
          ]).toEqual(isListening ? ["accepted", "older_attempt"] : ["wrong_state", "wrong_state"]);
        }
      }
    });
  });
});

describe("a question", () => {
  test("is asked once for each attempt, and only while it can be answered", () => {
    holds(waitingRuns, (run) => {
      const asked = acceptedOf(run).flatMap(({ after, effects }) =>
        effects.flatMap((effect) => {
          if (effect.type !== "ask") return [];
          expect(RunQueries.question(after, effect.stepId)?.attemptNumber).toBe(
            effect.attemptNumber,
          );
          return [`${effect.stepId}/${effect.attemptNumber}`];
        }),
      );
      expect(new Set(asked).size).toBe(asked.length);
      const { machine, state } = run.shell;
      const open = RunQueries.questions(machine).filter(({ kind }) => kind === "gate");
      if (LISTENING.includes(state))
        expect(asked).toEqual(
          expect.arrayContaining(
            open.map(({ stepId, attemptNumber }) => `${stepId}/${attemptNumber}`),
          ),
        );
    });
  });
});

describe("a paused run", () => {
  test("starts nothing on any answer or signal", () => {
    holds(waitingRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        if (Machine.state(visit.before) !== "paused" || visit.event.type === "resume_workflow")
          continue;
        expect(startedBy(visit)).toEqual([]);
        if (isAnswer(visit.event) || isSignal(visit.event))
          expect([
            Machine.state(visit.after),
            visit.effects.filter(({ type }) => type === "tell"),
          ]).toEqual(["paused", []]);
      }
    });
  });

  test("has paused itself only when it could not proceed without others", () => {
    holds(waitingRuns, (run) => {
      for (const { event, before, after } of acceptedOf(run)) {
        if (event.type !== "pause_workflow") continue;
        expect(RunQueries.pausedFor(after)).toBe(event.reason);
        if (event.reason === undefined) continue;
        const steps = Context.steps(Machine.context(before));
        expect(steps.filter(({ status }) => status === "ready" || status === "running")).toEqual(
          [],
        );
        expect(steps.filter(wakesByItself)).toEqual([]);
        expect(RunQueries.waitsFor(after)).not.toEqual([]);
      }
    });
  });
});

describe("a run with nothing in flight", () => {
  test("has ended, is paused, or proceeds by itself at a known time", () => {
    holds(waitingRuns, (run) => {
      for (const { after, isSettled } of acceptedOf(run)) {
        const state = Machine.state(after);
        if (!isSettled || RunQueries.inFlightCount(after) > 0) continue;
        if (state !== "executing_steps" && state !== "awaiting_completion") continue;
        expect(
          Context.steps(Machine.context(after)).some(wakesByItself) ||
            RunQueries.parked(after).length > 0,
        ).toBe(true);
        expect(RunQueries.nextDueAt(after)).toBeGreaterThan(RunQueries.now(after));
      }
    });
  });
});

describe("a signal", () => {
  test("goes to one step or is kept, in the order in which signals arrive", () => {
    holds(waitingRuns, (run) => {
      for (const { event, before, after } of acceptedOf(run)) {
        if (!isSignal(event)) continue;
        const waiting = RunQueries.questions(before).filter(({ signal }) => signal === event.name);
        const oldest = waiting.toSorted((a, b) => (a.openedAt ?? 0) - (b.openedAt ?? 0))[0];
        const { type: _, ...kept } = event;
        if (oldest === undefined) {
          expect(RunQueries.signals(after)).toEqual([...RunQueries.signals(before), kept]);
          continue;
        }
        const taken = waiting.filter(({ stepId }) => stepIn(after, stepId)?.status === "completed");
        expect(taken.map(({ openedAt }) => openedAt)).toEqual([oldest.openedAt]);
      }
    });
  });

  test("is not lost: each is kept, or the result of one step", () => {
    holds(waitingRuns, (run) => {
      for (const era of erasOf(run)) {
        const [first] = era;
        const last = era.at(-1);
        if (first === undefined || last === undefined) continue;
        const sent = era.filter(({ event }) => isSignal(event)).length;
        const taken = (machine: typeof first.after): number =>
          Context.steps(Machine.context(machine)).filter(
            ({ status, wait, kind, result }) =>
              status === "completed" &&
              kind === undefined &&
              wait?.signal !== undefined &&
              result !== null,
          ).length;
        const before = RunQueries.signals(first.after).length + taken(first.after);
        const after = RunQueries.signals(last.after).length + taken(last.after);
        // A restore drops the outcomes that it does not keep, and begins a new era.
        if (first.event.type !== "restore_checkpoint") expect(after - before).toBe(sent);
      }
    });
  });

  test("is refused if its id was accepted before", () => {
    holds(waitingRuns, (run) => {
      const ids = acceptedOf(run).flatMap(({ event }) =>
        isSignal(event) && event.signalId !== undefined ? [event.signalId] : [],
      );
      expect(new Set(ids).size).toBe(ids.length);
    });
  });
});

describe("the random runs of these laws", () => {
  test("answer gates, keep signals, expire, and pause themselves", () => {
    const seen = new Set<string>();
    for (const run of fc.sample(treeRuns, { numRuns: 1500, seed: 1 })) {
      for (const { event, before, after } of acceptedOf(run)) {
        if (isAnswer(event)) seen.add(`answered in ${Machine.state(before)}`);
        if (RunQueries.signals(after).length > 0) seen.add("kept");
        if (RunQueries.signals(after).length < RunQueries.signals(before).length) seen.add("taken");
        if (event.type === "pause_workflow" && event.reason === "waiting")
          seen.add("paused itself");
        if (event.type !== "steps_due") continue;
        for (const id of event.stepIds)
          seen.add(`${stepIn(before, id)?.waitingFor} ${stepIn(after, id)?.status}`);
      }
    }
    expect([...seen].toSorted()).toEqual(
      [
        ...LISTENING.map((state) => `answered in ${state}`),
        ...["completed", "failed", "skipped"].map((status) => `gate ${status}`),
        "kept",
        "paused itself",
        ...["completed", "failed", "skipped"].map((status) => `signal ${status}`),
        "taken",
        "timer completed",
      ].toSorted(),
    );
  });
});
