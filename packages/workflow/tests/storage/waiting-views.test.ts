import { describe, expect, test } from "vitest";
import {
  AgentError,
  type AgentMap,
  openSqliteStorage,
  RunReader,
  WorkflowDAO,
  WorkflowEngine,
} from "../../src/index.js";
import { openDatabase } from "../../src/storage/sqlite/open-database.js";
import { freshPaths } from "./fixture.js";

const path = freshPaths("waiting-views");

const AGENTS: AgentMap = {
  say: ({ task }) => task,
  fails: () => {
    throw new Error("no");
  },
  lost: () => {
    throw new AgentError("lost", { class: "unknown" });
  },
  pass: () => ({ pass: true }),
  refuse: () => ({ pass: false, reason: "too short" }),
  found: () => ({ done: true, result: 1 }),
  hangs: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
};

type Act = (engine: WorkflowEngine, runId: string) => Promise<unknown>;

/** Each: what it shows, the workflow, and what is done once the run has paused or ended. */
const CASES: readonly (readonly [string, string, Act?])[] = [
  [
    "open gates, a timer and an awaited signal",
    `
  - { id: a, agentId: say, task: x }
  - { id: g, gate: { ask: "?" }, dependencies: [a] }
  - { id: s, wait: { signal: go } }
  - { id: b, agentId: say, task: x, dependencies: [g] }`,
  ],
  [
    "an approved and a rejected gate, and what follows from them",
    `
  - { id: g, gate: { ask: "?" } }
  - { id: h, gate: { ask: "?" } }
  - { id: i, gate: { ask: "?", onReject: continue } }
  - { id: b, agentId: say, task: x, dependencies: [g] }
  - { id: c, agentId: say, task: x, dependencies: [h] }
  - { id: d, agentId: say, task: x, dependencies: [i] }`,
    async (engine, runId) => {
      await engine.answer(runId, "g", {}, { resume: false });
      await engine.answer(runId, "h", { approved: false }, { resume: false });
      const run = await engine.answer(runId, "i", { approved: false });
      await run?.ending;
    },
  ],
  [
    "kept signals, one of them taken",
    `
  - { id: g, gate: { ask: "?" } }
  - { id: s, wait: { signal: go }, dependencies: [g] }
  - { id: t, wait: { signal: other } }`,
    async (engine, runId) => {
      await engine.signal(runId, "go", {}, { resume: false });
      const run = await engine.answer(runId, "g", {});
      await run?.ending;
    },
  ],
  [
    "a sleep, and checks that pass and refuse",
    `
  - { id: rest, wait: 1ms }
  - { id: good, agentId: say, task: x, check: [{ that: "output == 'x'" }, { agentId: pass, task: x }] }
  - { id: bad, agentId: say, task: x, check: { agentId: refuse, task: x }, continueOnError: true }
  - { id: worse, agentId: say, task: x, check: { that: "output == 'y'" }, continueOnError: true }`,
  ],
  [
    "unknown outcomes, one of them resolved",
    `
  - { id: one, agentId: lost, task: x, effect: external }
  - { id: two, agentId: lost, task: x, effect: external }
  - { id: three, agentId: lost, task: x, effect: external, reconcile: { agentId: found, task: x } }`,
    async (engine, runId) => {
      const run = await engine.answer(runId, "two", { done: true });
      await run?.ending;
    },
  ],
  [
    "a stop that ends groups, items and an attempt in flight",
    `
  - { id: slow, agentId: hangs, task: x }
  - id: each
    foreach: [p, q]
    steps:
      - { id: in, agentId: say, task: x }
      - { id: ask, gate: { ask: "?" } }
      - { id: next, agentId: say, task: x, dependencies: [in, ask] }
  - { id: go, wait: 30ms }
  - { id: halt, stop: { as: failed, reason: enough }, dependencies: [go] }
  - { id: after, agentId: say, task: x, dependencies: [halt] }`,
  ],
  [
    "a stop inside a group",
    `
  - id: all
    steps:
      - { id: in, agentId: say, task: x }
      - { id: halt, stop: { as: completed }, dependencies: [in] }
      - { id: ask, gate: { ask: "?" } }`,
  ],
  [
    "handlers after a failure",
    `
  - { id: a, agentId: fails, task: x }
  - { id: b, agentId: say, task: x, dependencies: [a] }
on:
  failure: [{ id: report, agentId: say, task: x }]
  always: [{ id: clean, agentId: fails, task: x, continueOnError: true }]`,
  ],
  [
    "handlers after a cancellation",
    `
  - { id: g, gate: { ask: "?" } }
  - { id: b, agentId: say, task: x, dependencies: [g] }
on: { always: [{ id: clean, agentId: say, task: x }] }`,
    async (engine, runId) => {
      const run = await engine.resume(runId);
      await run.ending;
      await engine.cancel(runId);
      const again = await engine.resume(runId);
      await again.ending;
    },
  ],
  [
    "a total timeout of a group",
    `
  - id: all
    timeout: { total: 1s }
    continueOnError: true
    steps:
      - { id: ask, gate: { ask: "?" } }
      - { id: slow, agentId: hangs, task: x }`,
  ],
  [
    "total timeouts of steps in flight, one of them with an unknown outcome",
    `
  - { id: slow, agentId: hangs, task: x, timeout: { total: 30ms }, continueOnError: true }
  - { id: pay, agentId: hangs, task: x, effect: external, timeout: { total: 30ms } }
  - { id: ask, gate: { ask: "?" } }`,
  ],
  [
    "a restore with an unknown outcome",
    `
  - { id: one, agentId: lost, task: x, effect: external }
  - { id: ask, gate: { ask: "?" } }`,
    async (engine, runId) => {
      const run = await engine.resume(await engine.checkpoint(runId));
      await run.ending;
    },
  ],
];

async function ended(workflow: string, act: Act | undefined): Promise<string[]> {
  const file = path();
  await using engine = await WorkflowEngine.open({ database: file, agents: AGENTS });
  const run = await engine.start(`id: views\nsteps:${workflow}\n`);
  await run.ending;
  await act?.(engine, run.id);
  return [file, run.id];
}

describe("the views of a run that waits, fails or is stopped", () => {
  test.each(CASES.map(([what, workflow, act]) => ({ what, workflow, act })))(
    "say the same as the core of $what",
    async ({ workflow, act }) => {
      const [file = "", runId = ""] = await ended(workflow, act);
      const database = openDatabase({ path: file, readOnly: true });
      const dao = new WorkflowDAO(database);
      const rows = dao.getRunSteps(runId).map(({ stepId, status }) => `${stepId} ${status}`);
      const { totalSteps, completedSteps, failedSteps, skippedSteps } =
        dao.getRunSummary(runId) ?? {};
      database.close();
      const storage = openSqliteStorage({ path: file });
      const { view } = RunReader.open(storage, runId).catchUp();
      storage.close();
      const metrics = view.metrics();
      expect({
        rows: rows.toSorted(),
        counts: { totalSteps, completedSteps, failedSteps, skippedSteps },
      }).toEqual({
        // A view of SQL has no row for steps to which nothing happened, and between attempts a step
        // is pending.
        rows: view
          .steps()
          .filter(({ id, status }) => status !== "pending" || !/[.:]/.test(id))
          .map(({ id, status }) => `${id} ${status === "waiting" ? "pending" : status}`)
          .toSorted(),
        counts: {
          totalSteps: metrics.totalSteps,
          completedSteps: metrics.completedSteps,
          failedSteps: metrics.failedSteps,
          skippedSteps: metrics.skippedSteps,
        },
      });
    },
  );
});

/** Each: what ends an attempt, the workflow, and what is done while the attempt is in flight. */
const ENDED: readonly (readonly [string, string, Act?])[] = [
  [
    "a total timeout",
    `
  - { id: slow, agentId: hangs, task: x, timeout: { total: 30ms }, continueOnError: true }
  - { id: ask, gate: { ask: "?" } }`,
  ],
  [
    "the total timeout of a group",
    `
  - id: all
    timeout: { total: 30ms }
    continueOnError: true
    steps:
      - { id: slow, agentId: hangs, task: x }
  - { id: ask, gate: { ask: "?" } }`,
  ],
  [
    "a total timeout that leaves the outcome unknown",
    `
  - { id: slow, agentId: hangs, task: x, effect: external, timeout: { total: 30ms } }`,
  ],
  [
    "a stop",
    `
  - { id: slow, agentId: hangs, task: x }
  - { id: go, wait: 30ms }
  - { id: halt, stop: { as: failed, reason: enough }, dependencies: [go] }
on: { always: [{ id: ask, gate: { ask: "?" } }] }`,
  ],
  [
    "a cancellation",
    `
  - { id: slow, agentId: hangs, task: x }
on: { always: [{ id: ask, gate: { ask: "?" } }] }`,
    (engine, runId) => engine.cancel(runId),
  ],
];

describe("the view of attempts", () => {
  test.each(ENDED.map(([what, workflow, act]) => ({ what, workflow, act })))(
    "says that $what has interrupted one, although the run has not ended",
    async ({ workflow, act }) => {
      const file = path();
      await using engine = await WorkflowEngine.open({ database: file, agents: AGENTS });
      const run = await engine.start(`id: views\nsteps:${workflow}\n`);
      await act?.(engine, run.id);
      const { status } = await run.ending;
      const database = openDatabase({ path: file, readOnly: true });
      const attempts = database
        .prepare(
          `SELECT step_id AS step, status, finished_at >= started_at AS has_finished
           FROM workflow_step_attempts WHERE run_id = ?`,
        )
        .all(run.id);
      database.close();
      const step = workflow.includes("id: all") ? "all.slow" : "slow";
      expect([status, attempts]).toEqual([
        "paused",
        [{ step, status: "interrupted", has_finished: 1 }],
      ]);
    },
  );
});
