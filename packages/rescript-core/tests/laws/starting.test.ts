import { describe, expect, test } from "vitest";
import { Context, Machine, State, type StepInfo, type WorkflowMachine } from "../../src/index.js";
import {
  acceptedOf,
  erasOf,
  holds,
  isOutcome,
  startedBy,
  stepIn,
  stepsOf,
} from "../support/laws.js";
import { start } from "../support/machines.js";
import { endlessRuns, wildRuns } from "../support/random-runs.js";

const isSatisfied = (step: StepInfo | undefined) =>
  step?.status === "completed" || (step?.status === "failed" && step.continueOnError);

describe("a step", () => {
  test("never starts before all its dependencies are satisfied", () => {
    holds(endlessRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        for (const id of startedBy(visit)) {
          const open = stepIn(visit.before, id)?.dependencies.filter(
            (dependency) => !isSatisfied(stepIn(visit.before, dependency)),
          );
          expect(open).toEqual([]);
        }
      }
    });
  });

  test("is never started or recorded again after it has completed", () => {
    holds(endlessRuns, (run) => {
      for (const era of erasOf(run)) {
        const [first] = era;
        const completed = new Set(
          first === undefined
            ? []
            : Context.stepsWithStatus(Machine.context(first.after), "completed"),
        );
        for (const visit of era.slice(1)) {
          expect(startedBy(visit).filter((id) => completed.has(id))).toEqual([]);
          if (isOutcome(visit.event)) expect(completed.has(visit.event.stepId)).toBe(false);
          if (visit.event.type === "step_completed") completed.add(visit.event.stepId);
        }
      }
    });
  });

  test("accepts outcomes only from the running attempt", () => {
    holds(endlessRuns, (run) => {
      for (const { before, event } of acceptedOf(run)) {
        if (!isOutcome(event)) continue;
        const step = stepIn(before, event.stepId);
        expect([step?.status, step?.attemptNumber]).toEqual(["running", event.attemptNumber]);
      }
    });
  });

  test("is attempted at most once plus its retries, besides attempts that use up none", () => {
    holds(endlessRuns, (run) => {
      for (const era of erasOf(run)) {
        const tries = new Map<string, number>();
        for (const visit of era) {
          const { event, before, after } = visit;
          for (const id of startedBy(visit)) tries.set(id, (tries.get(id) ?? 0) + 1);
          if (event.type !== "step_failed") continue;
          const isFree = event.reason === "interrupted" || event.reason === "rate_limit";
          const failures = [before, after].map((m) => stepIn(m, event.stepId)?.failureCount);
          if (isFree) expect(failures[1]).toBe(failures[0]);
          else if (event.reason !== "invalid_output" || failures[1] !== failures[0]) continue;
          tries.set(event.stepId, (tries.get(event.stepId) ?? 0) - 1);
        }
        for (const [id, count] of tries)
          expect(count).toBeLessThanOrEqual((stepIn(run.shell.machine, id)?.retries ?? 0) + 1);
      }
    });
  });

  test("has a new attempt number each time it starts", () => {
    holds(wildRuns, (run) => {
      const keys = acceptedOf(run).flatMap(({ effects }) =>
        effects.flatMap((effect) =>
          effect.type === "run_step" ? [`${effect.stepId}/${effect.attemptNumber}`] : [],
        ),
      );
      expect(new Set(keys).size).toBe(keys.length);
    });
  });
});

function overruns(machine: WorkflowMachine): string[] {
  const { concurrency = Number.POSITIVE_INFINITY, agentConcurrency = {} } = Context.policy(
    Machine.context(machine),
  );
  const running = stepsOf(machine).filter(({ status }) => status === "running");
  const busy = Object.entries(agentConcurrency).filter(
    ([agent, limit]) => running.filter(({ agentId }) => agentId === agent).length > limit,
  );
  return [
    ...(running.length > concurrency ? ["concurrency"] : []),
    ...(running.filter(({ parallel }) => !parallel).length > 1 ? ["serial lane"] : []),
    ...busy.map(([agent]) => agent),
  ];
}

describe("limits", () => {
  test("are never exceeded", () => {
    holds(endlessRuns, (run) => {
      for (const { after } of acceptedOf(run)) expect(overruns(after)).toEqual([]);
    });
  });

  test("never delay a step that is allowed to start", () => {
    holds(endlessRuns, (run) => {
      for (const { after, isSettled } of acceptedOf(run)) {
        if (!isSettled || !State.canPause(Machine.state(after))) continue;
        const now = Context.now(Machine.context(after));
        const due = stepsOf(after).filter(
          ({ status, retryAt }) =>
            status === "ready" || (status === "waiting" && retryAt !== undefined && retryAt <= now),
        );
        const reasons = due
          .map(({ id }) => Machine.transition(after, start(id), now))
          .map((outcome) => (outcome.ok ? "started" : outcome.reason));
        expect(reasons.filter((reason) => reason !== "no_free_slot")).toEqual([]);
      }
    });
  });
});

describe("a run with nothing in flight", () => {
  test("has ended, is paused, or waits until a known time", () => {
    holds(endlessRuns, (run) => {
      for (const { after, isSettled } of acceptedOf(run)) {
        const context = Machine.context(after);
        const state = Machine.state(after);
        if (!isSettled || Context.inFlightCount(context) > 0 || !State.canPause(state)) continue;
        expect(Context.nextDueAt(context)).toBeGreaterThan(Context.now(context));
      }
    });
  });

  test("is in a state that requires an action of the shell", () => {
    const waitsForShell = [
      "idle",
      "parsing",
      "validating_workflow",
      "building_dependency_graph",
      "scheduling_steps",
      "creating_checkpoint",
      "paused",
    ];
    holds(endlessRuns, (run) => {
      for (const { after, isSettled } of acceptedOf(run)) {
        const state = Machine.state(after);
        if (isSettled && !State.isTerminal(state) && !State.canPause(state))
          expect(waitsForShell).toContain(state);
      }
    });
  });
});
