import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AgentError, type AgentMap, type RunHandle, WorkflowEngine } from "@automatosx/workflow";
import pg from "pg";
import { expect, test, vi } from "vitest";
import { openPostgresStorage } from "../../src/index.js";
import { decodeRows, encodeValues } from "../../src/storage/connection/text-codec.js";
import { query } from "../support/empty-tables.js";
import { sharedServer } from "../support/server.js";

vi.setConfig({ testTimeout: 60_000 });

const AGENTS: AgentMap = {
  say: ({ task }) => task,
  later: ({ attemptNumber }) => {
    if (attemptNumber === 1) throw new Error("not yet \0 \ud83d \\u0000");
    return "at last \0";
  },
  fails: () => {
    throw new Error("no");
  },
  lost: () => {
    throw new AgentError("lost", { class: "unknown" });
  },
  refuse: () => ({ pass: false, reason: "too short" }),
  found: () => ({ done: true, result: 1 }),
  hangs: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
};

type Act = (engine: WorkflowEngine, run: RunHandle) => Promise<unknown>;

interface Case {
  readonly what: string;
  readonly workflow: string;
  /** What is done once the run has paused or ended. */
  readonly act?: Act;
}

const CASES: readonly Case[] = [
  {
    what: "retries, a failure, skipped steps and a tolerated failure",
    workflow: `
steps:
  - { id: a, agentId: later, task: x, retry: { max: 1, backoff: 0 } }
  - { id: b, agentId: fails, task: x, continueOnError: true, dependencies: [a] }
  - { id: c, agentId: fails, task: x, retry: { max: 2, backoff: 0 }, dependencies: [a] }
  - { id: d, agentId: say, task: x, dependencies: [c] }
  - { id: e, agentId: say, task: x, dependencies: [d] }`,
    act: async (engine, { id }) => (await engine.resume(id)).ending,
  },
  {
    what: "attempts that a return to a checkpoint interrupts",
    workflow: `
steps:
  - { id: a, agentId: say, task: x }
  - { id: one, agentId: lost, task: x, effect: external, dependencies: [a] }
  - { id: ask, gate: { ask: "?" }, dependencies: [a] }`,
    act: async (engine, { id }) => (await engine.resume(await engine.checkpoint(id))).ending,
  },
  {
    what: "a fan-out, a loop, a group and a stop that ends what is in flight",
    workflow: `
steps:
  - { id: slow, agentId: hangs, task: x }
  - id: each
    foreach: [p, "q.[#:"]
    steps:
      - { id: in, agentId: say, task: x }
      - { id: next, agentId: say, task: x, dependencies: [in] }
  - id: round
    loop: { max: 3, until: "steps.in.output == 'x'" }
    steps:
      - { id: in, agentId: say, task: x }
  - id: all
    dependencies: [each, round]
    steps:
      - { id: in, agentId: say, task: x }
      - { id: ask, gate: { ask: "?" } }
  - { id: go, wait: 30ms, dependencies: [each, round] }
  - { id: halt, stop: { as: failed, reason: enough }, dependencies: [go] }
  - { id: after, agentId: say, task: x, dependencies: [halt] }`,
  },
  {
    what: "handlers after a failure",
    workflow: `
steps:
  - { id: a, agentId: fails, task: x }
  - { id: b, agentId: say, task: x, dependencies: [a] }
on:
  failure: [{ id: report, agentId: say, task: x }]
  always: [{ id: clean, agentId: fails, task: x, continueOnError: true }]`,
  },
  {
    what: "a cancellation with a handler that waits",
    workflow: `
steps:
  - { id: a, agentId: say, task: x }
  - { id: g, gate: { ask: "?" }, dependencies: [a] }
  - { id: b, agentId: say, task: x, dependencies: [g] }
on: { always: [{ id: ask, gate: { ask: "?" } }] }`,
    act: (engine, { id }) => engine.cancel(id),
  },
  {
    what: "checks, timeouts, and outcomes that are unknown or resolved",
    workflow: `
steps:
  - { id: bad, agentId: say, task: x, check: { agentId: refuse, task: x }, continueOnError: true }
  - { id: good, agentId: say, task: x, check: { that: "output == 'x'" } }
  - { id: pay, agentId: hangs, task: x, effect: external, timeout: { total: 30ms } }
  - { id: late, agentId: hangs, task: x, timeout: { total: 30ms }, continueOnError: true }
  - { id: three, agentId: lost, task: x, effect: external, reconcile: { agentId: found, task: x } }
  - { id: s, wait: { signal: go } }`,
  },
  {
    what: "a result that was edited, and steps that follow from it",
    workflow: `
steps:
  - { id: a, agentId: say, task: x }
  - { id: b, agentId: say, task: "\${{ steps.a.output }}", dependencies: [a] }
  - { id: c, agentId: fails, task: x, dependencies: [b] }`,
    act: async (engine, { id }) => {
      await engine.editResult(id, "a", "other");
      await (await engine.resume(id)).ending;
    },
  },
  {
    what: "a run with another workflow than it began with",
    workflow: `
steps:
  - { id: a, agentId: say, task: x }
  - { id: b, agentId: fails, task: x, dependencies: [a] }`,
    act: async (engine, { id }) => {
      const steps = [
        { id: "first", agentId: "say", task: "x" },
        { id: "a", agentId: "say", task: "x" },
      ];
      await engine.amend(id, { id: "views", steps });
      await (await engine.resume(id)).ending;
    },
  },
];

/** The tables of the SQLite file that the views read, in an order that foreign keys allow. */
const TABLES = [
  ["workflow_definitions", "workflow_definitions", "hash"],
  ["workflow_runs", "workflow_runs", "run_number"],
  ["workflow_events", "workflow_journal", "seq"],
  ["workflow_run_definitions", "workflow_run_definitions", "seq"],
  ["workflow_run_changes", "workflow_run_changes", "seq"],
  ["workflow_checkpoints", "workflow_checkpoints", "seq"],
] as const;

type Row = Record<string, unknown>;

async function copy(from: DatabaseSync, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const [source, target, order] of TABLES)
      for (const row of from.prepare(`SELECT * FROM ${source} ORDER BY ${order}`).all() as Row[]) {
        const names = Object.keys(row).filter((name) => name !== "run_number");
        const places = names.map((_, index) => `$${index + 1}`);
        await client.query(
          `INSERT INTO axw.${target} (${names.join()}) VALUES (${places.join()})`,
          encodeValues(names.map((name) => row[name])),
        );
      }
  } finally {
    await client.end();
  }
}

/** The rows of the views, each with its columns. */
const VIEWS = [
  "workflow_step_attempts WHERE run_id = 'r' ORDER BY started_seq, step_id",
  "workflow_run_steps WHERE run_id = 'r' ORDER BY step_id",
  "workflow_run_summary WHERE run_id = 'r'",
] as const;

const server = sharedServer();

test.each(CASES)(
  "the views of a PostgreSQL database and of a SQLite file are equal: $what",
  async ({ workflow, act }) => {
    const file = join(mkdtempSync(join(tmpdir(), "axw-views-")), "workflow.db");
    const engine = await WorkflowEngine.open({ database: file, agents: AGENTS });
    const run = await engine.start(`id: views${workflow}\n`, { runId: "r" });
    await run.ending;
    await act?.(engine, run);
    await engine.close();
    using sqlite = new DatabaseSync(file);
    const expected = VIEWS.map((view) =>
      (sqlite.prepare(`SELECT * FROM ${view}`).all() as Row[]).map((row) => ({ ...row })),
    );
    const url = server.current.createDatabase();
    const storage = await openPostgresStorage({ url, waitMs: 10_000 });
    await copy(sqlite, url);
    const found: Row[][] = [];
    for (const view of VIEWS) {
      // In the order of the bytes, as SQLite sorts.
      const text = view.replace("step_id", 'step_id COLLATE "C"');
      const rows = await query(url, `SELECT * FROM axw.${text}`);
      decodeRows(rows);
      found.push(rows);
    }
    const listed = storage.listAttempts("r");
    storage.close();
    expect(expected.map(({ length }) => length > 0)).toEqual([true, true, true]);
    expect(found).toEqual(expected);
    expect(found[0]?.map((row) => [row["step_id"], row["attempt_number"], row["status"]])).toEqual(
      listed.map(({ stepId, attemptNumber, status }) => [stepId, attemptNumber, status]),
    );
  },
);

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Cond"?: string;
  readonly Plans?: readonly Plan[];
}

const scansOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(scansOf)];

test.each(["workflow_step_attempts", "workflow_run_steps", "workflow_run_summary"])(
  "read only the journal of the requested run: %s",
  async (view) => {
    const url = server.current.createDatabase();
    (await openPostgresStorage({ url, waitMs: 10_000 })).close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    // Of empty tables, PostgreSQL would read all.
    await client.query("SET enable_seqscan = off; SET enable_bitmapscan = off");
    const { rows } = await client.query(
      `EXPLAIN (FORMAT JSON) SELECT * FROM axw.${view} WHERE run_id = 'r'`,
    );
    await client.end();
    const [{ Plan: root }] = rows[0]["QUERY PLAN"] as [{ readonly Plan: Plan }];
    const journal = scansOf(root).filter((one) => one["Relation Name"] === "workflow_journal");
    expect(journal.length).toBeGreaterThan(1);
    expect(journal.filter((one) => one["Index Cond"]?.includes("run_id") !== true)).toEqual([]);
  },
);
