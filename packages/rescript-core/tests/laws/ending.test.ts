import { describe, expect, test } from "vitest";
import {
  Machine,
  RunQueries,
  State,
  type StepInfo,
  type WorkflowMachine,
} from "../../src/index.js";
import { attachment } from "../support/attempt-traits.js";
import {
  type Accepted,
  acceptedOf,
  erasOf,
  holds,
  isOutcome,
  startedBy,
  stepsOf,
} from "../support/laws.js";
import { endingRuns, type RandomRun } from "../support/random-runs.js";

const byText = (one: unknown, other: unknown): number =>
  JSON.stringify(one).localeCompare(JSON.stringify(other));

const isSettled = ({ status }: StepInfo): boolean =>
  status === "completed" || status === "failed" || status === "skipped" || status === "cancelled";

const isHandler = (path: string): boolean => path.startsWith(":");

/** The path of the step around an instance; undefined for those of the workflow's own list. */
function ownerOf(path: string): string | undefined {
  const owner = path.replace(/(?:\.[^.[\]]+|\[[^\]]*\]|#\d+)$/, "");
  return owner === path || /^:\w+$/.test(owner) ? undefined : owner;
}

/** The path of a step, and those of the steps around it. */
function pathsAround(path: string): string[] {
  const owner = ownerOf(path);
  return owner === undefined ? [path] : [...pathsAround(owner), path];
}

function byPath(machine: WorkflowMachine): ReadonlyMap<string, StepInfo> {
  return new Map(stepsOf(machine).map((info) => [info.id, info]));
}

/** Is a failure of this step tolerated, by itself or by a step around it? */
function isTolerated(path: string | undefined, steps: ReadonlyMap<string, StepInfo>): boolean {
  const info = path === undefined ? undefined : steps.get(path);
  if (info === undefined) return false;
  return (info.continueOnError && info.kind !== "foreach") || isTolerated(ownerOf(info.id), steps);
}

/** The failures of a part of the steps that fail the run. */
function failuresIn(machine: WorkflowMachine, part: "main" | "handlers"): string[] {
  const steps = byPath(machine);
  return [...steps.values()]
    .filter(({ id, status }) => status === "failed" && isHandler(id) === (part === "handlers"))
    .map(({ id }) => id)
    .filter((id) => attachment(id) === null && !isTolerated(id, steps));
}

/** The phases of a run, in their order. */
const phases = ["main", "failure", "always"];

/** Runs that the machine ended by itself, with the event that did it. */
function endsOf(run: RandomRun): Accepted[] {
  return acceptedOf(run).filter(
    ({ event, before, after }) =>
      !State.isTerminal(RunQueries.state(before)) &&
      State.isTerminal(RunQueries.state(after)) &&
      !(event.type === "workflow_failed" && event.code === "outside"),
  );
}

describe("handlers", () => {
  test("start only after every step of the workflow, and those of a later list after an earlier", () => {
    holds(endingRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        for (const path of startedBy(visit)) {
          const own = isHandler(path) ? path.slice(1, path.indexOf(".")) : "main";
          const open = stepsOf(visit.before)
            .filter((info) => !isSettled(info))
            .map(({ id }) => (isHandler(id) ? id.slice(1, id.indexOf(".")) : "main"))
            .filter((phase) => phases.indexOf(phase) < phases.indexOf(own));
          expect([path, open]).toEqual([path, []]);
        }
      }
    });
  });

  test("complete once between a start or restore of the run and its end, which is one", () => {
    holds(endingRuns, (run) => {
      for (const era of erasOf(run)) {
        const completed = era.flatMap(({ event }) =>
          // A check is run again for each answer.
          event.type === "step_completed" &&
          isHandler(event.stepId) &&
          attachment(event.stepId) === null
            ? [event.stepId]
            : [],
        );
        expect(new Set(completed).size).toBe(completed.length);
        const ends = era.flatMap(({ effects }) => effects.filter((e) => e.type === "finish_run"));
        expect(ends.length).toBeLessThanOrEqual(1);
      }
    });
  });

  test("run whenever they are due: after a failure, in every case, or when steps are cancelled", () => {
    holds(endingRuns, (run) => {
      for (const { event, before, after } of endsOf(run)) {
        const { failure = [], always = [] } = run.workflow.handlers ?? {};
        const statuses = byPath(after);
        const absent = (list: readonly { id: string }[], name: string) =>
          list.map(({ id }) => `:${name}.${id}`).filter((path) => !statuses.has(path));
        // A second cancellation, or one before anything has begun, ends the run at once.
        if (event.type === "cancel_workflow" && !isDone(before)) continue;
        expect(absent(always, "always")).toEqual([]);
        const code = RunQueries.errorCode(after) ?? "";
        const isFailed = ["step_failed", "stopped", "budget_exceeded"].includes(code);
        if (isFailed) expect(absent(failure, "failure")).toEqual([]);
        else if (RunQueries.state(after) === "completed")
          expect(absent(failure, "failure")).toHaveLength(failure.length);
      }
    });
  });
});

/** Is everything settled, so that the machine ends the run? */
const isDone = (machine: WorkflowMachine): boolean => stepsOf(machine).every(isSettled);

describe("a stop", () => {
  test("settles every step of the workflow at once, and nothing of it starts afterwards", () => {
    holds(endingRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        if (RunQueries.stopped(visit.after) === undefined) continue;
        const open = stepsOf(visit.after).filter((info) => !isHandler(info.id) && !isSettled(info));
        expect([open, startedBy(visit).filter((path) => !isHandler(path))]).toEqual([[], []]);
      }
    });
  });

  test("is the first that was completed, and says how the run ends", () => {
    holds(endingRuns, (run) => {
      for (const { after } of acceptedOf(run)) {
        const completed = stepsOf(after).filter(
          ({ stop, status }) => stop !== undefined && status === "completed",
        );
        expect(completed.map(({ id }) => id)).toEqual(
          [RunQueries.stopped(after)?.stepId].filter((id) => id !== undefined),
        );
      }
    });
  });

  test("rescues no failed step", () => {
    holds(endingRuns, (run) => {
      for (const { event, after } of endsOf(run)) {
        const stopped = RunQueries.stopped(after);
        if (event.type === "cancel_workflow") continue;
        const code =
          stopped?.as === "failed"
            ? "stopped"
            : failuresIn(after, "main").length > 0
              ? "step_failed"
              : failuresIn(after, "handlers").length > 0
                ? "handler_failed"
                : undefined;
        expect([RunQueries.state(after), RunQueries.errorCode(after)]).toEqual([
          code === undefined ? "completed" : "failed",
          code,
        ]);
      }
    });
  });
});

describe("an attempt in flight", () => {
  test("is aborted if and only if an event ends it that is not its own outcome", () => {
    holds(endingRuns, (run) => {
      for (const { event, before, after, effects } of acceptedOf(run)) {
        const steps = byPath(after);
        const ended = stepsOf(before)
          .filter(({ id, status }) => status === "running" && steps.get(id)?.status !== "running")
          .map(({ id }) => id)
          .filter((id) => !(isOutcome(event) && event.stepId === id));
        const aborted = effects.flatMap((e) => (e.type === "abort_steps" ? e.stepIds : []));
        expect(aborted.toSorted()).toEqual(ended.toSorted());
      }
    });
  });
});

describe("a step that waits for its next attempt", () => {
  test("is given a timer by the event that makes it wait", () => {
    holds(endingRuns, (run) => {
      for (const { event, before, after, effects } of acceptedOf(run)) {
        if (event.type === "restore_checkpoint") continue;
        const steps = byPath(before);
        const begun = stepsOf(after)
          .filter(
            ({ id, status, retryAt }) => status === "waiting" && steps.get(id)?.retryAt !== retryAt,
          )
          .map(({ id, retryAt }) => [id, retryAt]);
        const timers = effects.flatMap((effect) =>
          effect.type === "start_later" ? [[effect.stepId, effect.dueAt]] : [],
        );
        expect(timers.toSorted(byText)).toEqual(begun.toSorted(byText));
      }
    });
  });
});

describe("a total timeout", () => {
  test("lets no attempt start after the time of the run at which it is reached", () => {
    holds(endingRuns, (run) => {
      for (const visit of acceptedOf(run)) {
        const steps = byPath(visit.before);
        const { clock } = Machine.snapshot(visit.before, undefined);
        const time = Math.max(RunQueries.now(visit.before), visit.at) - (clock?.pausedMs ?? 0);
        for (const path of startedBy(visit)) {
          const late = pathsAround(path).filter(
            (around) => (steps.get(around)?.detail?.deadlineAt ?? Number.POSITIVE_INFINITY) <= time,
          );
          expect([path, late]).toEqual([path, []]);
        }
      }
    });
  });

  test("is forgotten when the step is settled", () => {
    holds(endingRuns, ({ shell }) => {
      const kept = stepsOf(shell.machine).filter(
        (info) => isSettled(info) && info.detail?.deadlineAt !== undefined,
      );
      expect(kept).toEqual([]);
    });
  });

  test("leaves nothing open in the step that it fails", () => {
    holds(endingRuns, ({ shell }) => {
      const steps = byPath(shell.machine);
      for (const info of steps.values()) {
        if (info.status !== "failed" || info.detail?.reason !== "timeout") continue;
        const open = [...steps.values()].filter(
          (inner) => !isSettled(inner) && pathsAround(inner.id).includes(info.id),
        );
        expect(open).toEqual([]);
      }
    });
  });
});
