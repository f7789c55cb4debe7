import { describe, expect, test } from "vitest";
import {
  Context,
  Machine,
  type MachineSnapshot,
  type StepDef,
  type StepSnapshot,
} from "../src/index.js";
import { moveAll, preparing, step } from "./support/machines.js";

function reconcile(): StepDef {
  return {
    id: "reconcile",
    name: "reconcile",
    agentId: "ledger",
    task: "was it paid",
    dependencies: [],
    parallel: true,
    retries: 0,
    continueOnError: false,
  };
}

// With `Required`, a field added to either record is a compile error here until it gets a value.
const def: Required<StepDef> = {
  id: "a",
  name: "build",
  agentId: "builder",
  task: "build it",
  dependencies: [],
  parallel: false,
  timeout: 60_000,
  estimate: 20_000,
  retries: 2,
  continueOnError: true,
  retry: { initialDelayMs: 10, factor: 2, maxDelayMs: 100, jitter: "none" },
  checkpoint: "after-build",
  joins: {},
  join: "any",
  if: "true",
  foreach: { in: ["a"], key: "item", as: "item", concurrency: 1 },
  loop: { max: 2, until: "true", everyMs: 10, onMax: "fail" },
  steps: [],
  outputs: { whole: 1 },
  run: { command: ["build"], okExitCodes: [0, 1] },
  choice: { from: "'builder'", oneOf: ["builder"] },
  with: { effort: "high" },
  files: ["report.md"],
  output: { type: "object" },
  reasks: 1,
  gate: { ask: "Go?", form: { type: "object" }, onExpire: "reject", onReject: "fail" },
  wait: { forMs: 10 },
  stop: { as: "completed" },
  session: { from: "a" },
  retryOn: ["error"],
  idleTimeout: 1000,
  totalTimeout: 100_000,
  effect: "external",
  reconcile: reconcile(),
  check: [{ that: "true", message: "no" }],
  fallback: { agents: ["other"], on: ["error"] },
  reserve: { usd: 0.5, tokens: 100 },
  module: {
    workflowId: "part",
    name: "part",
    version: "1",
    source: "./part.yaml",
    inputs: { path: { required: true } },
    context: {},
    with: { path: "src" },
  },
  workflow: { hash: "h", workflowId: "child", with: {} },
  cache: { forMs: 1000 },
};
const { id, ...progress }: Required<StepSnapshot> = {
  id: "a",
  status: "waiting",
  attemptNumber: 3,
  failureCount: 2,
  result: { lines: 3 },
  error: "broken",
  startedAt: 10,
  finishedAt: 20,
  retryAt: 30,
  detail: {
    reason: "invalid_output",
    agentId: "builder",
    reasks: 1,
    feedback: { error: "no number", answer: "three" },
    keys: ["a"],
    rounds: 2,
    dueAt: 40,
    deadlineAt: 50,
    agentIndex: 1,
    agentFailures: 1,
    checking: 1,
    session: "s1",
    scope: "provider",
    files: [{ path: "a.md", bytes: 1, sha256: "d", artifact: "d" }],
    reads: ["context"],
    changed: ["task"],
    reused: { runId: "r", seq: 3 },
  },
};

const prepared = moveAll(Machine.make(0), preparing([def]));
const loaded = Machine.fastForward(prepared, [
  { ...Machine.snapshot(prepared, undefined), steps: [{ id, ...progress }] },
]);

describe("the records of a step", () => {
  test("include every field of its definition and progress in its info", () => {
    const { waitingFor, ...info } = Context.step(Machine.context(loaded), "a") ?? {};
    expect({ info, waitingFor }).toEqual({
      // The agent is the present one of the chain.
      info: { ...def, ...progress, kind: "foreach", agentId: "other" },
      waitingFor: "quota",
    });
  });

  test("include what the step waits for only while it is waiting or open", () => {
    const machine = moveAll(Machine.make(0), preparing([step("b", { loop: def.loop }), step("c")]));
    const context = Machine.context(machine);
    expect(["b", "b#1", "c"].map((id) => Context.step(context, id)?.waitingFor)).toEqual([
      "steps",
      undefined,
      undefined,
    ]);
  });

  test("keep every field of its progress in a snapshot, and load it back", () => {
    expect(Machine.snapshot(loaded, undefined).steps).toEqual([{ id, ...progress }]);
  });
});

describe("the snapshot of a machine", () => {
  test("keeps every field and restores it on load", () => {
    const snapshot: Required<MachineSnapshot> = {
      state: "creating_checkpoint",
      cameFrom: "paused",
      steps: [{ id, ...progress }],
      checkpoints: [{ checkpointId: "cp-1", name: "first", createdAt: 5, completedCount: 0 }],
      wantedCheckpoints: ["after-build"],
      completedAtCheckpoint: 1,
      lastCheckpointAt: 6,
      attempts: 3,
      retries: 2,
      now: 40,
      endTime: 50,
      results: { summary: "one app" },
      error: "no disk",
      errorCode: "storage",
      generation: 1,
      definitionHash: "h2",
      signals: { kept: [{ name: "go", data: 1, signalId: "x" }], ids: ["w", "x"] },
      pausedFor: "waiting",
      offers: [
        {
          id: "b",
          status: "completed",
          attemptNumber: 1,
          failureCount: 0,
          result: 2,
          request: { task: "d" },
          pinned: true,
        },
      ],
      ending: { phase: "always", stopped: { by: "b", as: "failed" }, isCancelled: true },
      clock: { pausedMs: 10, pausedAt: 35 },
      programs: 1,
      budget: {
        limits: {
          usd: 8,
          tokens: 1000,
          launches: 9,
          wallMs: 60_000,
          at: [{ percent: 80, action: "pause" }],
          unmetered: "allow",
        },
        settled: { usd: 0.25, tokens: 100, launches: 2, wallMs: 5000 },
        learned: { builder: { usd: 0.25, tokens: 100 } },
        holds: [
          {
            id: "a",
            agentId: "builder",
            held: { usd: 0.5, tokens: 100 },
            known: { usd: 0.5, tokens: 100 },
            isExempt: true,
          },
        ],
        estimated: 1,
        unmetered: 1,
        isBlind: true,
        passed: 80,
      },
      quota: {
        starts: { builder: [10, 20] },
        parks: [{ scope: "provider", until: 90, count: 1 }],
        joined: { builder: ["provider"] },
      },
    };
    const copy = Machine.fastForward(prepared, [snapshot]);
    expect(Machine.snapshot(copy, undefined)).toEqual(snapshot);
  });
});
