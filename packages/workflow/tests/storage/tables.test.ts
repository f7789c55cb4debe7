import { readFileSync } from "node:fs";
import { RunState, RunStatus } from "@automatosx/schemas";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../src/storage/sqlite/migrate.js";

const H64 = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'";
const H32 = "zeroblob(32)";

/** A valid row of each table. Each test below changes one column of one of them. */
const GOOD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  workflow_migrations: {
    number: "99",
    name: "'099_x.sql'",
    sha256: H64,
    format: "1",
    applied_at: "1",
  },
  workflow_definitions: {
    hash: "'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'",
    workflow_id: "'w'",
    name: "'W'",
    version: "'1'",
    format: "'yaml'",
    source: "''",
    definition: `'{"steps":[{"id":"a"}]}'`,
    step_count: "1",
    created_at: "1",
    row_hash: H32,
  },
  workflow_runs: {
    run_id: "'r2'",
    workflow_id: "'w'",
    definition_hash: H64,
    state: "'awaiting_completion'",
    status: "'running'",
    inputs: "'{}'",
    context: "'{}'",
    created_at: "1",
    updated_at: "1",
    owner_id: "'e'",
    owner_host: "'h'",
    owner_pid: "1",
    owner_process_start: "''",
    owner_machine: "'m'",
    started_from: `'{"directory":"/d","file":"/d/f.yaml","agentsFile":"/d/agents.yaml"}'`,
    lease_until: "9",
    origin_hash: H32,
  },
  workflow_journal: {
    entry_id: "100000002",
    type: "'step_completed'",
    at: "1",
    step_id: "'a'",
    attempt_number: "1",
    payload: "'{}'",
    lease_epoch: "1",
    hash: H32,
  },
  workflow_checkpoints: {
    checkpoint_id: "'c2'",
    run_id: "'r1'",
    seq: "1",
    kind: "'manual'",
    created_at: "1",
    completed_count: "0",
    payload: "'{}'",
    sha256: H64,
  },
  workflow_artifacts: { sha256: H64, content: "'[]'" },
  workflow_agent_processes: {
    run_id: "'r1'",
    step_id: "'a'",
    attempt_number: "1",
    host: "'h'",
    pid: "7",
    process_start: "''",
  },
  workflow_commands: { run_id: "'r1'", verb: "'pause'", argument: "'{}'", sent_at: "1" },
  workflow_step_logs: {
    run_id: "'r1'",
    step_id: "'a'",
    attempt_number: "1",
    stream: "'stdout'",
    at: "1",
    text: "''",
  },
  workflow_database: {
    only_row: "1",
    database_id: `'${"0f".repeat(16)}'`,
    device: "'1'",
    inode: "'2'",
  },
  workflow_run_definitions: { run_id: "'r1'", seq: "1", definition_hash: H64 },
  workflow_run_changes: { run_id: "'r1'", seq: "1" },
  workflow_result_cache: { key: H64, run_id: "'r1'", seq: "1", at: "1" },
  workflow_notices: { run_id: "'r1'", receiver: H64, name: "'n'", seq: "0" },
  workflow_traces: { run_id: "'r1'", seq: "1", is_pending: "0" },
};

const insert = (table: string, change: Readonly<Record<string, string>> = {}): string => {
  const row = { ...GOOD[table], ...change };
  const columns = Object.keys(row).join(", ");
  return `INSERT INTO ${table} (${columns}) VALUES (${Object.values(row).join(", ")})`;
};

const database = new Database(":memory:");
beforeAll(() => {
  database.pragma("foreign_keys = ON");
  migrate(database, 1);
  // The migration inserts the only row that the table can have.
  database.exec("DELETE FROM workflow_database");
  database.exec(insert("workflow_definitions", { hash: H64 }));
  database.exec(insert("workflow_runs", { run_id: "'r1'" }));
  database.exec(insert("workflow_journal", { entry_id: "100000001" }));
  database.exec(insert("workflow_checkpoints", { checkpoint_id: "'c1'" }));
});

function attempt(sql: string): void {
  database.exec("SAVEPOINT attempt");
  try {
    database.exec(sql);
    // Checks deferred foreign keys now instead of at the end of the transaction.
    database.pragma("defer_foreign_keys = OFF");
    if ((database.pragma("foreign_key_check") as unknown[]).length > 0)
      throw new Error("FOREIGN KEY constraint failed");
  } finally {
    database.exec("ROLLBACK TO attempt; RELEASE attempt");
  }
}

const everywhere = (
  column: string,
  value: string,
  tables: readonly string[],
): [string, Record<string, string>][] => tables.map((table) => [table, { [column]: value }]);

const BAD: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  // The copy of a run, which has no owner here.
  ["workflow_runs", { backend: "'restate'" }],
  ["workflow_runs", { backend: "''" }],
  // Columns with values of the wrong type.
  ...Object.entries(GOOD).flatMap(([table, row]) =>
    Object.keys(row)
      .filter(
        (column) => !/^(number|entry_id|only_row|owner_|started_from|lease_until)/.test(column),
      )
      .map((column) => [table, { [column]: "NULL" }] as const),
  ),
  // Values of another kind.
  ...Object.entries(GOOD).flatMap(([table, row]) =>
    Object.keys(row).map((column) => [table, { [column]: "x'00ff'" }] as const),
  ),
  // Instants.
  ...["-1", "9e999"].flatMap((value) => [
    ...everywhere("created_at", value, [
      "workflow_definitions",
      "workflow_runs",
      "workflow_checkpoints",
    ]),
    ...everywhere("at", value, ["workflow_journal", "workflow_step_logs"]),
    ...everywhere("updated_at", value, ["workflow_runs"]),
    ...everywhere("lease_until", value, ["workflow_runs"]),
    ...everywhere("sent_at", value, ["workflow_commands"]),
    ...everywhere("applied_at", value, ["workflow_migrations"]),
  ]),
  // Hashes.
  ...["'abc'", `'${"A".repeat(64)}'`, `'${"g".repeat(64)}'`].flatMap((value) => [
    ...everywhere("sha256", value, [
      "workflow_migrations",
      "workflow_checkpoints",
      "workflow_artifacts",
    ]),
    ...everywhere("hash", value, ["workflow_definitions"]),
  ]),
  ...everywhere("hash", "zeroblob(31)", ["workflow_journal"]),
  ...everywhere("origin_hash", "zeroblob(33)", ["workflow_runs"]),
  ...everywhere("row_hash", "zeroblob(0)", ["workflow_definitions"]),
  // JSON.
  ...everywhere("payload", "'{'", ["workflow_journal", "workflow_checkpoints"]),
  ...everywhere("content", "'undefined'", ["workflow_artifacts"]),
  ...everywhere("argument", "''", ["workflow_commands"]),
  ...["'[]'", "'1'", "'{'"].flatMap((value) => [
    ...everywhere("inputs", value, ["workflow_runs"]),
    ...everywhere("context", value, ["workflow_runs"]),
    ...everywhere("definition", value, ["workflow_definitions"]),
  ]),
  // Whole numbers.
  ...everywhere("seq", "0", ["workflow_checkpoints"]),
  ...everywhere("entry_id", "100000000", ["workflow_journal"]),
  ...everywhere("entry_id", "200000000", ["workflow_journal"]),
  ...everywhere("pid", "0", ["workflow_agent_processes"]),
  ...everywhere("failed_recoveries", "-1", ["workflow_runs"]),
  ...everywhere("attempt_number", "0", ["workflow_journal", "workflow_step_logs"]),
  ...everywhere("lease_epoch", "0", ["workflow_runs", "workflow_journal"]),
  ...everywhere("entry_id", "100000002.5", ["workflow_journal"]),
  // References to missing rows, and rows that already exist.
  ...everywhere("run_id", "'nowhere'", [
    "workflow_checkpoints",
    "workflow_agent_processes",
    "workflow_commands",
    "workflow_step_logs",
  ]),
  ["workflow_journal", { entry_id: "100000001" }],
  ["workflow_checkpoints", { checkpoint_id: "'c1'" }],
  ["workflow_runs", { run_id: "'r1'" }],
  ["workflow_runs", { run_id: "''" }],
  ["workflow_runs", { definition_hash: "'x'" }],
  ["workflow_runs", { parent_run_id: "'nowhere'" }],
  ["workflow_runs", { parent_checkpoint_id: "'c1'" }],
  ["workflow_checkpoints", { parent_checkpoint_id: "'nowhere'" }],
  ["workflow_checkpoints", { parent_checkpoint_id: "'c2'" }],
  // States and statuses, and the columns that depend on them.
  ["workflow_runs", { state: "'resting'" }],
  ["workflow_runs", { status: "'resting'" }],
  ["workflow_runs", { state: "'paused'" }],
  ["workflow_runs", { status: "'paused'" }],
  ["workflow_runs", { state: "'completed'", status: "'failed'", finished_at: "2" }],
  ["workflow_runs", { state: "'completed'", status: "'completed'" }],
  ["workflow_runs", { finished_at: "2" }],
  ["workflow_runs", { state: "'paused'", status: "'paused'", finished_at: "2" }],
  ["workflow_runs", { error_code: "'x'" }],
  ["workflow_runs", { journal_seq: "-1" }],
  // A lease with only some of its columns.
  ...["owner_id", "owner_host", "owner_pid", "owner_process_start", "lease_until"].map(
    (column) => ["workflow_runs", { [column]: "NULL" }] as const,
  ),
  ["workflow_runs", { owner_id: "''" }],
  ["workflow_runs", { owner_pid: "-1" }],
  // The journal.
  ["workflow_journal", { type: "''" }],
  ["workflow_journal", { type: "'Step Completed'" }],
  ["workflow_journal", { step_id: "''" }],
  ["workflow_journal", { step_id: "NULL", attempt_number: "NULL" }],
  ["workflow_journal", { type: "'step_failed'", step_id: "NULL", attempt_number: "NULL" }],
  ["workflow_journal", { type: "'pause_workflow'", attempt_number: "NULL" }],
  ["workflow_journal", { type: "'pause_workflow'", step_id: "NULL" }],
  // Enumerations and texts.
  ["workflow_definitions", { format: "'toml'" }],
  ["workflow_definitions", { workflow_id: "''" }],
  ["workflow_definitions", { step_count: "2" }],
  ["workflow_definitions", { step_count: "0", definition: `'{"steps":[]}'` }],
  ["workflow_definitions", { definition: "'{}'" }],
  ["workflow_checkpoints", { kind: "'secret'" }],
  ["workflow_checkpoints", { name: "''" }],
  ["workflow_checkpoints", { completed_count: "-1" }],
  ["workflow_commands", { verb: "'Explode!'" }],
  ["workflow_commands", { answer: "'ok'" }],
  ["workflow_commands", { answered_at: "2" }],
  ["workflow_step_logs", { stream: "'stdin'" }],
  ["workflow_step_logs", { step_id: "''" }],
  ["workflow_migrations", { number: "10" }],
  ["workflow_migrations", { number: "11" }],
  ["workflow_migrations", { format: "0" }],
  ["workflow_runs", { owner_machine: "''" }],
  ["workflow_runs", { started_from: "'/d'" }],
  ["workflow_runs", { started_from: "'[]'" }],
  ["workflow_runs", { started_from: `'{"directory":1}'` }],
  ["workflow_runs", { started_from: `'{"file":null}'` }],
  ["workflow_runs", { started_from: `'{"agentsFile":[]}'` }],
  ["workflow_database", { only_row: "2" }],
  ["workflow_database", { database_id: "'x'" }],
  ["workflow_database", { device: "NULL" }],
  ["workflow_database", { inode: "''" }],
  ["workflow_run_definitions", { run_id: "'nowhere'" }],
  ["workflow_run_definitions", { definition_hash: `'${"c".repeat(64)}'` }],
  ["workflow_run_definitions", { seq: "0" }],
  ["workflow_run_changes", { run_id: "'nowhere'" }],
  ["workflow_run_changes", { seq: "0" }],
  ["workflow_result_cache", { run_id: "'nowhere'" }],
  ["workflow_result_cache", { key: "'x'" }],
  ["workflow_result_cache", { seq: "0" }],
  ["workflow_notices", { run_id: "'nowhere'" }],
  ["workflow_notices", { receiver: "'x'" }],
  ["workflow_notices", { name: "''" }],
  ["workflow_notices", { seq: "-1" }],
  ["workflow_notices", { part: "-1" }],
  ["workflow_notices", { failures: "-1" }],
  ["workflow_notices", { given_up: "-1" }],
  ["workflow_notices", { due_at: "-1" }],
  ["workflow_notices", { holder: "'{'" }],
  ["workflow_notices", { held_until: "-1" }],
  ["workflow_traces", { run_id: "'nowhere'" }],
  ["workflow_traces", { seq: "-1" }],
  ["workflow_traces", { is_pending: "2" }],
  ["workflow_runs", { attempts: "-1" }],
  ["workflow_runs", { tokens: "-1" }],
  ["workflow_runs", { usd: "9e99" }],
  ...["owner_id", "machine", "token", "database_id"].map(
    (column) => ["workflow_agent_processes", { [column]: "''" }] as const,
  ),
];

describe("the tables", () => {
  test.each(Object.keys(GOOD))("accept a valid row of %s", (table) => {
    expect(() => attempt(insert(table))).not.toThrow();
  });

  test.each(BAD.map(([table, change]) => [table, JSON.stringify(change), insert(table, change)]))(
    "refuse a row of %s with %s",
    (_, __, sql) => {
      expect(() => attempt(sql)).toThrow(
        /constraint failed|cannot store|datatype mismatch|malformed JSON/,
      );
    },
  );

  test("accept exactly the states and statuses defined in the schemas", () => {
    const sql = readFileSync(
      new URL("../../../../migrations/011_workflow_engine.sql", import.meta.url),
      "utf8",
    );
    const listed = (column: string): string[] => {
      const list =
        new RegExp(`${column} +TEXT NOT NULL CHECK \\(${column} IN \\(([^)]*)\\)`).exec(sql)?.[1] ??
        "";
      return [...list.matchAll(/'([a-z_]+)'/g)].map((match) => match[1] ?? "");
    };
    expect([listed("state"), listed("status")]).toEqual([RunState.options, RunStatus.options]);
  });

  test("are all STRICT, and each has a valid row in this test", () => {
    const tables = database
      .prepare(
        `SELECT name, strict FROM pragma_table_list
         WHERE type = 'table' AND name LIKE 'workflow!_%' ESCAPE '!'`,
      )
      .all();
    expect(tables).toEqual(
      expect.arrayContaining(Object.keys(GOOD).map((name) => ({ name, strict: 1 }))),
    );
    expect(tables.length).toBe(Object.keys(GOOD).length);
  });

  test("delete everything that belongs to a deleted run, and nothing else", () => {
    database.exec("SAVEPOINT whole");
    database.exec(insert("workflow_runs"));
    database.exec(insert("workflow_journal", { entry_id: "200000001" }));
    for (const table of [
      "workflow_agent_processes",
      "workflow_commands",
      "workflow_step_logs",
      "workflow_run_definitions",
      "workflow_run_changes",
      "workflow_result_cache",
      "workflow_notices",
      "workflow_traces",
    ])
      database.exec(insert(table, { run_id: "'r2'" }));
    database.exec(insert("workflow_checkpoints", { run_id: "'r2'" }));
    database.exec("DELETE FROM workflow_runs WHERE run_id = 'r2'");
    const counts = Object.keys(GOOD).map((table) =>
      database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    );
    database.exec("ROLLBACK TO whole; RELEASE whole");
    // In the order of GOOD: seven migrations, one definition, and r1 with one entry and one
    // checkpoint.
    expect(counts).toEqual([7, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
