import { describe, expect, test } from "vitest";
import {
  Context,
  downstream,
  Guards,
  Machine,
  type StepStatus,
  type WorkflowMachine,
} from "../../src/index.js";
import {
  type Accepted,
  acceptedOf,
  erasOf,
  holds,
  startedBy,
  stepIn,
  stepsOf,
} from "../support/laws.js";
import { endlessRuns, wildRuns } from "../support/random-runs.js";

const isSettled = (status: StepStatus) =>
  ["completed", "failed", "skipped", "cancelled"].includes(status);

function recount(machine: WorkflowMachine) {
  const steps = stepsOf(machine);
  const countOf = (status: StepStatus) => steps.filter((step) => step.status === status).length;
  const batches = Context.graph(Machine.context(machine))?.executionOrder ?? [];
  const open = batches.findIndex((batch) =>
    batch.some((id) => !isSettled(stepIn(machine, id)?.status ?? "pending")),
  );
  return {
    totalSteps: steps.length,
    completedSteps: countOf("completed"),
    failedSteps: countOf("failed"),
    skippedSteps: countOf("skipped"),
    cancelledSteps: countOf("cancelled"),
    attempts: steps.reduce((sum, { attemptNumber }) => sum + attemptNumber, 0),
    checkpoints: Context.checkpoints(Machine.context(machine)).length,
    currentBatch: open === -1 ? batches.length : open,
  };
}

describe("counters", () => {
  test("equal a recount of the steps, after every event", () => {
    holds(endlessRuns, (run) => {
      for (const { after } of acceptedOf(run)) {
        const context = Machine.context(after);
        const {
          startTime: _,
          endTime: __,
          duration: ___,
          retries: ____,
          ...counted
        } = Context.metrics(context);
        expect(counted).toEqual(recount(after));
        expect(Context.inFlightCount(context)).toBe(
          stepsOf(after).filter(({ status }) => status === "running").length,
        );
      }
    });
  });

  test("count a start after a failure as a retry", () => {
    const isRetry = ({ before }: Accepted, id: string) =>
      (stepIn(before, id)?.failureCount ?? 0) > 0;
    holds(wildRuns, (run) => {
      const retries = acceptedOf(run).flatMap((visit) =>
        startedBy(visit).filter((id) => isRetry(visit, id)),
      );
      expect(Context.metrics(Machine.context(run.shell.machine)).retries).toBe(retries.length);
    });
  });

  test("make the guards agree with a recount", () => {
    holds(endlessRuns, (run) => {
      for (const { after } of acceptedOf(run)) {
        const steps = stepsOf(after);
        const context = Machine.context(after);
        const isEnded = ({ status, continueOnError }: (typeof steps)[number]) =>
          status === "completed" ||
          status === "skipped" ||
          (status === "failed" && continueOnError);
        expect([Guards.allStepsCompleted(context), Guards.hasFailedSteps(context)]).toEqual([
          steps.length > 0 && steps.every(isEnded),
          steps.some(({ status, continueOnError }) => status === "failed" && !continueOnError),
        ]);
      }
    });
  });
});

describe("time", () => {
  test("never goes back within a run, however the clock moves", () => {
    holds(wildRuns, (run) => {
      const instants = acceptedOf(run).map(({ after }) => Context.now(Machine.context(after)));
      expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    });
  });
});

describe("skipped steps", () => {
  test("are exactly those downstream of a step that failed without `continueOnError`", () => {
    holds(endlessRuns, (run) => {
      for (const { after } of erasOf(run).flat()) {
        const graph = Context.graph(Machine.context(after));
        if (graph === undefined) continue;
        const failed = stepsOf(after).filter(
          ({ status, continueOnError }) => status === "failed" && !continueOnError,
        );
        const behind = new Set(failed.flatMap(({ id }) => downstream(graph, id)));
        expect(Context.stepsWithStatus(Machine.context(after), "skipped").toSorted()).toEqual(
          [...behind].toSorted(),
        );
      }
    });
  });
});
