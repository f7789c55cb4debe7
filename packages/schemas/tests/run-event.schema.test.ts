import { describe, expect, test } from "vitest";
import {
  Checkpoint,
  DependencyGraph,
  RunEvent,
  StepAttempt,
  WorkflowMetrics,
  WorkflowRun,
} from "../src/index.js";

const about = { runId: "r", seq: 1, at: 1.5 };
const attempt = { ...about, stepId: "a", attemptNumber: 1 };
const EVENTS = [
  { ...about, type: "run_state", state: "failed", status: "failed", error: "e", errorCode: "c" },
  { ...attempt, type: "step_started", agentId: "w" },
  { ...attempt, type: "step_completed", durationMs: 3, result: null },
  { ...attempt, type: "step_failed", durationMs: 3, error: "e", reason: "timeout", final: true },
  { ...attempt, type: "step_retried", attemptNumber: 2, delayMs: 10, dueAt: 12 },
  { ...about, type: "step_skipped", stepId: "a", because: "its dependency b failed" },
  { ...about, type: "checkpoint_created", checkpointId: "c", name: "n" },
];

describe("RunEvent", () => {
  test.each(EVENTS)("accepts $type unchanged", (event) => {
    expect(RunEvent.parse(event)).toEqual(event);
  });

  test("refuses unknown types, unknown keys and attempt number 0", () => {
    const bad = [
      { ...about, type: "step_exploded" },
      { ...EVENTS[1], extra: 1 },
      { ...EVENTS[1], attemptNumber: 0 },
      { ...EVENTS[1], attemptNumber: 2 ** 31 },
    ];
    expect(bad.map((event) => RunEvent.safeParse(event).success)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("the schemas of a run", () => {
  test.each([
    [
      "a run",
      WorkflowRun,
      {
        runId: "r",
        workflowId: "w",
        workflowName: "W",
        workflowVersion: "1",
        definitionHash: "h",
        state: "paused",
        status: "paused",
        inputs: {},
        context: {},
        stepCount: 3,
        createdAt: 1,
        updatedAt: 2,
      },
    ],
    [
      "an attempt",
      StepAttempt,
      { runId: "r", stepId: "a", attemptNumber: 1, status: "running", startedAt: 1 },
    ],
    [
      "metrics",
      WorkflowMetrics,
      {
        startTime: 1,
        totalSteps: 1,
        completedSteps: 0,
        failedSteps: 0,
        skippedSteps: 0,
        cancelledSteps: 0,
        attempts: 1,
        retries: 0,
        checkpoints: 0,
        currentBatch: 0,
      },
    ],
    [
      "a checkpoint",
      Checkpoint,
      { checkpointId: "c", runId: "r", seq: 4, kind: "manual", createdAt: 1, completedCount: 2 },
    ],
    [
      "a graph",
      DependencyGraph,
      { nodes: ["a", "b"], edges: [["a", "b"]], executionOrder: [["a"], ["b"]] },
    ],
  ])(
    "include %s, which accepts valid data unchanged and refuses an unknown key",
    (_, schema, value) => {
      expect([schema.parse(value), schema.safeParse({ ...value, extra: 1 }).success]).toEqual([
        value,
        false,
      ]);
    },
  );
});
