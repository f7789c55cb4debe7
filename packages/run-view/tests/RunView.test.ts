import { Machine } from "@automatosx/rescript-core";
import type { JournalEntry } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { JournalError, type RunOrigin, RunView, type StepCounts } from "../src/index.js";
import {
  completed,
  type Fact,
  failed,
  journalOf,
  originOf,
  PREPARATION,
  started,
} from "./support/journal.js";

const RETRY = { initialDelayMs: 100, factor: 1, maxDelayMs: 100, jitter: "none" } as const;
const origin = originOf([
  { id: "a" },
  { id: "b", dependencies: ["a"], retries: 1, retry: RETRY },
  { id: "c", dependencies: ["a"] },
  { id: "d", dependencies: ["c"] },
]);
const noArtifacts = { artifact: () => undefined };

function viewOf(of: RunOrigin, journal: readonly JournalEntry[]): RunView {
  const view = new RunView(of, noArtifacts);
  for (const entry of journal) view.apply(entry);
  return view;
}

/**
 * The run of `origin` in which step `a` has completed, `c` has failed, and `b` waits for its second
 * attempt.
 */
const HALF: readonly Fact[] = [
  ...PREPARATION,
  started("a"),
  completed("a", 1, { files: 3 }),
  started("b", "c"),
  failed("b", 1, "flaky"),
  failed("c", 1, "broken"),
];

const NO_STEPS: StepCounts = {
  ...{ total: 0, running: 0, waiting: 0, open: 0, unknown: 0 },
  ...{ completed: 0, failed: 0, skipped: 0, cancelled: 0 },
};

describe("RunView.apply", () => {
  test("returns the events that an observer sees for each entry", () => {
    const view = new RunView(origin, noArtifacts);
    const events = journalOf(...HALF).map((entry) => view.apply(entry));
    const common = { runId: "run" };
    expect(events.slice(5)).toEqual([
      [
        {
          ...common,
          seq: 6,
          at: 60,
          type: "step_started",
          stepId: "a",
          attemptNumber: 1,
          agentId: "worker",
        },
        {
          ...common,
          seq: 6,
          at: 60,
          type: "run_state",
          state: "awaiting_completion",
          status: "running",
        },
      ],
      [
        {
          ...common,
          seq: 7,
          at: 70,
          type: "step_completed",
          stepId: "a",
          attemptNumber: 1,
          durationMs: 10,
          result: { files: 3 },
        },
      ],
      [
        {
          ...common,
          seq: 8,
          at: 80,
          type: "step_started",
          stepId: "b",
          attemptNumber: 1,
          agentId: "worker",
        },
        {
          ...common,
          seq: 8,
          at: 80,
          type: "step_started",
          stepId: "c",
          attemptNumber: 1,
          agentId: "worker",
        },
      ],
      [
        {
          ...common,
          seq: 9,
          at: 90,
          type: "step_failed",
          stepId: "b",
          attemptNumber: 1,
          durationMs: 10,
          error: "flaky",
          reason: "error",
          final: false,
        },
        {
          ...common,
          seq: 9,
          at: 90,
          type: "step_retried",
          stepId: "b",
          attemptNumber: 2,
          delayMs: 100,
          dueAt: 190,
        },
      ],
      [
        {
          ...common,
          seq: 10,
          at: 100,
          type: "step_failed",
          stepId: "c",
          attemptNumber: 1,
          durationMs: 20,
          error: "broken",
          reason: "error",
          final: true,
        },
        { ...common, seq: 10, at: 100, type: "step_skipped", stepId: "d", because: "c" },
      ],
    ]);
  });

  test("refuses an entry that is not the next one, and leaves the view unchanged", () => {
    const view = new RunView(origin, noArtifacts);
    const [first, second, third] = journalOf(...HALF) as [JournalEntry, JournalEntry, JournalEntry];
    view.apply(first);
    for (const entry of [first, third])
      expect(() => view.apply(entry)).toThrow(/journal entry [13] .* is not the next one, 2\.$/);
    expect(view.seq).toBe(1);
    view.apply(second);
    expect(view.state).toBe("validating_workflow");
  });

  test.each([
    [
      "an event that the state does not allow",
      ["resume_workflow"],
      "refused",
      "does not fit the state `awaiting_completion`: wrong_state",
    ],
    [
      "an event of a name that this version does not know",
      ["add_steps"],
      "refused",
      "does not fit the state",
    ],
    [
      "an outcome that names no attempt",
      ["step_completed", { result: 1 }],
      "unreadable",
      "it does not identify an attempt",
    ],
    [
      "a result whose artifact is missing",
      ["step_completed", { artifact: "0f" }, "b", 2],
      "unreadable",
      "its artifact 0f is missing or damaged",
    ],
    [
      "a checkpoint that was never written",
      ["restore_checkpoint", { checkpointId: "cp", completed: [] }],
      "unreadable",
      "checkpoint cp, which it restores, is unknown",
    ],
  ] as const)("throws a JournalError for %s", (_, fact, problem, message) => {
    const view = viewOf(origin, journalOf(...HALF));
    const before = view.machine;
    const entry = journalOf(...HALF, fact).at(-1) as JournalEntry;
    const error = thrownBy(() => view.apply(entry));
    expect(error).toBeInstanceOf(JournalError);
    expect(error).toMatchObject({
      runId: "run",
      seq: 11,
      problem,
      message: expect.stringContaining(message),
    });
    expect({ seq: view.seq, isSame: view.machine === before }).toEqual({ seq: 10, isSame: true });
  });

  test("throws a JournalError for a payload that is not a JSON object", () => {
    const entry = journalOf(["initiate_workflow"]).at(0) as JournalEntry;
    const view = new RunView(origin, noArtifacts);
    for (const payload of ["{", "null", "1"])
      expect(() => view.apply({ ...entry, payload })).toThrow(
        "Run run: journal entry 1 (initiate_workflow) cannot be read: " +
          "its payload is not a JSON object.",
      );
  });

  test("reads a large result through the caller's function", () => {
    const view = new RunView(origin, { artifact: (sha256) => ({ found: sha256 }) });
    for (const entry of journalOf(...PREPARATION, started("a"), [
      "step_completed",
      { artifact: "0f" },
      "a",
      1,
    ]))
      view.apply(entry);
    expect(view.results()).toEqual({ a: { found: "0f" } });
  });
});

describe("a RunView", () => {
  test("describes a run before its first entry", () => {
    const view = new RunView(origin, noArtifacts);
    const { seq, at, state, status, hasEnded, hasGraph, wasRestored, error, errorCode } = view;
    expect({ seq, at, state, status, hasEnded, hasGraph, wasRestored, error, errorCode }).toEqual({
      seq: 0,
      at: 0,
      state: "idle",
      status: "running",
      hasEnded: false,
      hasGraph: false,
      wasRestored: false,
      error: undefined,
      errorCode: undefined,
    });
    expect({ steps: view.steps(), counts: view.counts() }).toEqual({
      steps: [],
      counts: { ...NO_STEPS, total: 4 },
    });
  });

  test("describes a run in progress", () => {
    const view = viewOf(origin, journalOf(...HALF));
    expect(view.steps().map(({ id, status }) => `${id} ${status}`)).toEqual([
      "a completed",
      "b waiting",
      "c failed",
      "d skipped",
    ]);
    expect(view.counts()).toEqual({
      ...NO_STEPS,
      total: 4,
      waiting: 1,
      completed: 1,
      failed: 1,
      skipped: 1,
    });
    expect(view.activeSteps()).toMatchObject([
      { id: "b", status: "waiting", attemptNumber: 1, retryAt: 190 },
    ]);
    expect(view.step("b")).toMatchObject({ agentId: "worker", error: "flaky", failureCount: 1 });
    expect(view.step("unknown")).toBeUndefined();
    expect(view.results()).toEqual({ a: { files: 3 } });
    expect(view.metrics()).toMatchObject({ attempts: 3, completedSteps: 1, failedSteps: 1 });
  });

  test("describes a run that has ended", () => {
    const end: Fact = [
      "workflow_failed",
      { error: "step `c` failed: broken", code: "step_failed" },
    ];
    const { state, status, hasEnded, error, errorCode } = viewOf(origin, journalOf(...HALF, end));
    expect({ state, status, hasEnded, error, errorCode }).toEqual({
      state: "failed",
      status: "failed",
      hasEnded: true,
      error: "step `c` failed: broken",
      errorCode: "step_failed",
    });
  });
});

describe("RunView.attempts", () => {
  const run = { runId: "run" };

  test("lists every attempt at a step, with its times and error", () => {
    const view = viewOf(origin, journalOf(...HALF, ["batch_completed"]));
    expect(view.attempts("b")).toEqual([
      {
        ...run,
        stepId: "b",
        attemptNumber: 1,
        status: "failed",
        startedAt: 80,
        finishedAt: 90,
        error: "flaky",
      },
    ]);
    expect(view.attempts("a")).toEqual([
      { ...run, stepId: "a", attemptNumber: 1, status: "completed", startedAt: 60, finishedAt: 70 },
    ]);
    expect([view.attempts("d"), view.attempts("unknown")]).toEqual([[], []]);
  });

  test("includes the running attempt, and marks it as interrupted when the run ends", () => {
    const facts = [...PREPARATION, started("a")];
    const running = { ...run, stepId: "a", attemptNumber: 1, status: "running", startedAt: 60 };
    expect(viewOf(origin, journalOf(...facts)).attempts("a")).toEqual([running]);
    const cancelled = viewOf(origin, journalOf(...facts, ["cancel_workflow"]));
    expect(cancelled.attempts("a")).toEqual([{ ...running, status: "interrupted" }]);
  });

  test("distinguishes an attempt interrupted by the loss of its engine from one that failed", () => {
    const view = viewOf(
      origin,
      journalOf(...PREPARATION, started("a"), failed("a", 1, "the engine died", "interrupted")),
    );
    expect(view.attempts("a")).toMatchObject([{ status: "interrupted", finishedAt: 70 }]);
  });
});

describe("a run that goes back to a checkpoint", () => {
  const facts: readonly Fact[] = [
    ...PREPARATION,
    started("a"),
    completed("a", 1, "old"),
    ["create_checkpoint", { name: "early" }],
    ["checkpoint_created", { checkpointId: "cp", name: "early" }],
    started("b", "c"),
    completed("b", 1, "gone"),
    ["pause_workflow"],
    ["restore_checkpoint", { checkpointId: "cp", completed: ["a"] }],
  ];

  test("has the checkpoint's results, and keeps the recorded attempts", () => {
    const view = viewOf(origin, journalOf(...facts));
    expect({ results: view.results(), restored: view.wasRestored }).toEqual({
      results: { a: "old" },
      restored: true,
    });
    expect(view.checkpoints()).toMatchObject([
      { checkpointId: "cp", name: "early", completedCount: 1 },
    ]);
    expect(["a", "b", "c"].map((id) => view.attempts(id).map(({ status }) => status))).toEqual([
      ["completed"],
      ["completed"],
      ["interrupted"],
    ]);
  });

  test("gets the checkpoint from the caller, if the caller can provide it", () => {
    const asked: unknown[] = [];
    const view = new RunView(origin, {
      ...noArtifacts,
      checkpoint: (checkpointId, ids) => {
        asked.push([checkpointId, ids]);
        return {
          checkpointId,
          completedSteps: ["a"],
          pendingSteps: ["b", "c", "d"],
          stepResults: { a: "from outside" },
        };
      },
    });
    for (const entry of journalOf(...facts)) view.apply(entry);
    expect({ asked, results: view.results() }).toEqual({
      asked: [["cp", ["a"]]],
      results: { a: "from outside" },
    });
  });
});

describe("RunView.activeSteps", () => {
  const independent = originOf(["z", "y", "x"].map((id) => ({ id, retries: 9, retry: RETRY })));

  test("lists running steps in order of start, then waiting steps in order of failure", () => {
    const facts: readonly Fact[] = [
      ...PREPARATION,
      started("y"),
      started("x"),
      started("z"),
      failed("z", 1, "e"),
      failed("y", 1, "e"),
    ];
    const watched = new RunView(independent, noArtifacts);
    const seen = journalOf(...facts).map((entry) => {
      watched.apply(entry);
      return watched.activeSteps().map(({ id, status }) => `${id} ${status}`);
    });
    expect(seen.slice(-5)).toEqual([
      ["y running"],
      ["y running", "x running"],
      ["y running", "x running", "z running"],
      ["y running", "x running", "z waiting"],
      ["x running", "z waiting", "y waiting"],
    ]);
  });

  test("is the same set for a view that is not read until the end", () => {
    const facts = [...PREPARATION, started("y", "x"), failed("y", 1, "e")];
    const [asked, folded] = [
      new RunView(independent, noArtifacts),
      new RunView(independent, noArtifacts),
    ];
    asked.activeSteps();
    for (const entry of journalOf(...facts)) {
      asked.apply(entry);
      folded.fold(entry);
    }
    expect(folded.activeSteps()).toEqual(asked.activeSteps());
  });
});

test("RunView.fastForward reaches the same state as applying the skipped entries", () => {
  const journal = journalOf(...HALF, ["batch_completed"]);
  const whole = viewOf(origin, journal);
  const snapshots = [Machine.snapshot(whole.machine, undefined)];
  const jumped = viewOf(origin, journal.slice(0, 4));
  jumped.fastForward({ snapshots, seq: 11, at: 110 });
  const seen = (view: RunView): unknown => [
    view.seq,
    view.at,
    view.state,
    view.steps(),
    view.counts(),
    view.metrics(),
  ];
  expect(seen(jumped)).toEqual(seen(whole));
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
