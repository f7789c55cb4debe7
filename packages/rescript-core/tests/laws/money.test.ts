import { describe, expect, test } from "vitest";
import { Context, Machine, RunQueries, State } from "../../src/index.js";
import { type Accepted, acceptedOf, holds, stepsOf } from "../support/laws.js";
import { MoneyRecount } from "../support/MoneyRecount.js";
import { moneyRuns, reloaded } from "../support/random-money.js";
import type { RandomRun } from "../support/random-runs.js";
import { describeMachine, Shell } from "../support/Shell.js";

function followed(
  run: RandomRun,
  look: (recount: MoneyRecount, visit: Accepted) => void = () => {},
) {
  const recount = new MoneyRecount(run.workflow.policy);
  for (const visit of acceptedOf(run)) {
    recount.follow(visit);
    look(recount, visit);
  }
  return recount;
}

describe("a budget", () => {
  test("equals a recount of the events, after every event", () => {
    holds(moneyRuns, (run) => {
      followed(run, (recount, { after }) => {
        const report = RunQueries.budget(after);
        if (report === undefined) return;
        const { settled, reserved, estimated, unmetered } = report;
        expect({ settled, reserved, estimated, unmetered }).toEqual(recount.report);
      });
    });
  });

  test("is not exceeded by any launch, and neither is a rate or a parked scope", () => {
    holds(moneyRuns, (run) => {
      expect(followed(run).problems).toEqual([]);
    });
  });

  test("holds nothing back that fits it", () => {
    holds(moneyRuns, (run) => {
      followed(run, (recount, { after, isSettled }) => {
        if (!isSettled || !State.canPause(Machine.state(after))) return;
        const now = Context.now(Machine.context(after));
        const { concurrency, agentConcurrency = {} } = run.workflow.policy;
        const steps = stepsOf(after).filter(({ kind }) => kind === undefined);
        const running = steps.filter(({ status }) => status === "running");
        const waiting = steps.filter(
          ({ status, retryAt = 0 }) =>
            status === "ready" || (status === "waiting" && retryAt <= now),
        );
        const unexplained = waiting.filter(
          (step) =>
            recount.heldBy(step, now) === undefined &&
            running.length < (concurrency ?? Number.POSITIVE_INFINITY) &&
            (step.parallel || running.every(({ parallel }) => parallel)) &&
            running.filter(({ agentId }) => agentId === step.agentId).length <
              (agentConcurrency[step.agentId] ?? Number.POSITIVE_INFINITY),
        );
        expect(unexplained.map(({ id }) => id)).toEqual([]);
      });
    });
  });
});

describe("these runs", () => {
  test("pause and fail for their budgets, park scopes, and are held to rates", () => {
    const seen = new Set<string>();
    holds(moneyRuns, (run) => {
      for (const { event, after } of acceptedOf(run)) {
        if (event.type === "pause_workflow") seen.add(`paused for ${event.reason}`);
        if (event.type === "workflow_failed") seen.add(`failed by ${event.code}`);
        if (RunQueries.parked(after).length > 1) seen.add("parks scopes");
        const { estimated = 0, unmetered = 0 } = RunQueries.budget(after) ?? {};
        if (estimated > 0) seen.add("charges estimates");
        if (unmetered > 0) seen.add("counts unmetered attempts");
      }
    });
    expect([...seen].toSorted()).toEqual([
      "charges estimates",
      "counts unmetered attempts",
      "failed by budget_exceeded",
      "failed by step_failed",
      "parks scopes",
      "paused for budget",
      "paused for undefined",
    ]);
  });
});

describe("a run with nothing in flight", () => {
  test("has ended, is paused, or has a timer of its own", () => {
    holds(moneyRuns, (run) => {
      for (const { after, isSettled } of acceptedOf(run)) {
        const context = Machine.context(after);
        if (!isSettled || Context.inFlightCount(context) > 0) continue;
        if (!State.canPause(Machine.state(after))) continue;
        expect(Context.nextDueAt(context)).toBeGreaterThan(Context.now(context));
      }
    });
  });

  test("is woken by the timers that it asked for", () => {
    holds(moneyRuns, ({ shell }) => {
      const due = new Set<number>();
      for (const { outcome } of shell.journal) {
        if (!outcome.ok) continue;
        for (const effect of outcome.effects)
          if (effect.type === "start_later" || effect.type === "wake_at") due.add(effect.dueAt);
      }
      const context = Machine.context(shell.machine);
      if (Context.inFlightCount(context) > 0 || !State.canPause(shell.state)) return;
      const now = Context.now(context);
      for (const effect of Machine.wake(shell.machine, now))
        if (effect.type === "wake_at") due.add(effect.dueAt);
      expect([...due].some((at) => at > now)).toBe(true);
    });
  });
});

describe("a snapshot", () => {
  test("restores what was used, reserved, parked and started", () => {
    holds(moneyRuns, (run) => {
      expect(describeMachine(reloaded(run.shell, run.workflow))).toEqual(
        describeMachine(run.shell.machine),
      );
    });
  });

  test("since an earlier one restores the same as a whole one", () => {
    holds(moneyRuns, (run) => {
      const visits = acceptedOf(run).slice(4);
      const earlier = visits[Math.floor(visits.length / 2)]?.after;
      if (earlier === undefined) return;
      const { machine } = run.shell;
      const loaded = Machine.fastForward(new Shell(run.workflow).prepare().machine, [
        Machine.snapshot(earlier, undefined),
        Machine.snapshot(machine, earlier),
      ]);
      expect(describeMachine(loaded)).toEqual(describeMachine(machine));
    });
  });
});
