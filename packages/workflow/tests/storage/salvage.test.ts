import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openSqliteStorage, RunReader, WorkflowEngine } from "../../src/index.js";
import { salvageDatabase } from "../../src/salvage/index.js";
import { workflow } from "../support/workflows.js";
import { freshPaths } from "./fixture.js";

const path = freshPaths("salvage");
const LARGE = 262_400;

/**
 * A database with a failed run that restored a checkpoint, and a completed run with a large result.
 */
async function twoRuns(
  damage: (database: Database.Database, failed: string, completed: string) => void,
): Promise<{ failed: string; completed: string }> {
  let isBroken = true;
  const engine = await WorkflowEngine.open({
    database: path(),
    agents: {
      worker: ({ stepId, log }) => {
        log(`doing ${stepId}`);
        if (stepId === "c") throw new Error("no ink");
        if (stepId === "b" && isBroken) throw new Error("not yet");
        return stepId;
      },
      large: () => "x".repeat(LARGE),
    },
  });
  const first = await engine.start(workflow({ a: { checkpoint: "first" }, b: ["a"], c: ["b"] }));
  await first.ending;
  isBroken = false;
  const [checkpoint] = engine.checkpoints.listCheckpoints(first.id);
  await (await engine.resume(checkpoint?.checkpointId ?? "none")).ending;
  const second = await engine.start(
    workflow({ a: [], d: { agentId: "large", dependencies: ["a"] }, e: ["d"] }),
  );
  await second.ending;
  await engine.close();
  const raw = new Database(path());
  raw.pragma("foreign_keys = OFF");
  damage(raw, first.id, second.id);
  raw.close();
  return { failed: first.id, completed: second.id };
}

const to = (): string => `${path()}.new`;

/**
 * Salvages the database. Returns for each run its status, the number of entries lost, the number of
 * checkpoints kept, and a description of the losses with `N` in place of numbers and ids.
 */
function salvaged({ failed, completed }: { failed: string; completed: string }): {
  failed: unknown;
  completed: unknown;
  lost: readonly string[];
} {
  const { runs, lost } = salvageDatabase({ from: path(), to: to() });
  const of = (id: string): unknown => {
    const run = runs.find(({ runId }) => runId === id);
    return run === undefined
      ? undefined
      : [
          run.status,
          run.lastSeen - run.keptEntries,
          run.keptCheckpoints,
          ...run.lost.map((text) => text.replaceAll(/[0-9a-f-]{36}|\d+/g, "N")),
        ];
  };
  return { failed: of(failed), completed: of(completed), lost };
}

describe("salvageDatabase", () => {
  test("keeps the copy of a run that another backend executes as a copy", async () => {
    const { failed } = await twoRuns((database, id) => {
      database.prepare("UPDATE workflow_runs SET backend = 'restate' WHERE run_id = ?").run(id);
    });
    const before = openSqliteStorage({ path: path(), readOnly: true });
    const kept = [before.getRun(failed)?.status, [...before.readJournal(failed)]];
    before.close();
    salvageDatabase({ from: path(), to: to() });
    const storage = openSqliteStorage({ path: to() });
    const { status, backend } = storage.getRun(failed) ?? {};
    expect([[status, [...storage.readJournal(failed)]], backend]).toEqual([kept, "restate"]);
    storage.close();
  });

  test("reports tables that belong to other packages, which it does not copy", async () => {
    const ids = await twoRuns(
      (raw) =>
        void raw.exec(
          "CREATE TABLE users (name TEXT); CREATE TABLE workflow_notes_texts (text TEXT)",
        ),
    );
    expect(salvaged(ids).lost).toEqual([
      "table users: it belongs to another package and was not copied",
      "table workflow_notes_texts: it belongs to another package and was not copied",
    ]);
  });

  test("copies journals, rows, checkpoints, results and logs of an intact database", async () => {
    const ids = await twoRuns(() => undefined);
    expect(salvaged(ids)).toEqual({
      failed: ["failed", 0, 1],
      completed: ["completed", 0, 0],
      lost: [],
    });
    const [before, after] = [
      openSqliteStorage({ path: path() }),
      openSqliteStorage({ path: to() }),
    ];
    for (const id of [ids.failed, ids.completed]) {
      const { leaseEpoch: _, ...was } = before.getRun(id) ?? { leaseEpoch: 0 };
      expect(after.getRun(id)).toMatchObject(was);
      expect([...after.readJournal(id)]).toEqual([...before.readJournal(id)]);
      expect(after.readLogs(id).map(({ text }) => text)).toEqual(
        before.readLogs(id).map(({ text }) => text),
      );
      expect(RunReader.open(after, id).catchUp().row.status).toBe(after.getRun(id)?.status);
    }
    before.close();
    after.close();
  });

  test.each([
    [
      "a changed row",
      "UPDATE workflow_journal SET at = at + 1 WHERE entry_id % 100000000 = 9",
      ["running", "N", "entries N to N: entry N does not match its hash"],
    ],
    [
      "a missing row",
      "DELETE FROM workflow_journal WHERE entry_id % 100000000 = 9",
      ["running", "N", "entries N to N: entry N is missing"],
    ],
    [
      "its missing last rows",
      "DELETE FROM workflow_journal WHERE entry_id % 100000000 > 9",
      ["running", "N", "entries N to N: entry N is missing"],
    ],
  ])(
    "keeps the journal up to %s, and a run row that matches it",
    async (_, sql, [status, __, lost]) => {
      const ids = await twoRuns((database, failed) =>
        database.exec(
          `${sql} AND entry_id / 100000000 =
           (SELECT run_number FROM workflow_runs WHERE run_id = '${failed}')`,
        ),
      );
      const { failed, completed } = salvaged(ids);
      expect(failed).toEqual([status, expect.any(Number), 1, lost]);
      expect(completed).toEqual(["completed", 0, 0]);
      const engine = await WorkflowEngine.open({
        database: to(),
        agents: { worker: ({ stepId }) => stepId },
      });
      const ending = await (await engine.resume(ids.failed)).ending;
      await engine.close();
      expect(ending).toMatchObject({ status: "completed", results: { a: "a", b: "b", c: "c" } });
    },
  );

  test("ends a journal before an entry whose result or restored checkpoint is lost", async () => {
    const ids = await twoRuns((database) =>
      database.exec(
        `UPDATE workflow_artifacts SET content = replace(content, 'xxx', 'xyx');
         UPDATE workflow_checkpoints SET name = 'other'`,
      ),
    );
    const { failed, completed } = salvaged(ids);
    expect(failed).toEqual([
      "failed",
      expect.any(Number),
      0,
      "N of N checkpoints",
      expect.stringMatching(
        /^entries from N: Run N: checkpoint N, which journal entry N restores, is missing/,
      ),
    ]);
    expect(completed).toEqual([
      "running",
      expect.any(Number),
      0,
      "entries N to N: the result that entry N refers to is lost",
    ]);
  });

  test("reports a run as lost if its definition is lost or no hash proves its row", async () => {
    const ids = await twoRuns((database, failed, completed) => {
      database.exec(
        `UPDATE workflow_definitions SET source = 'id: other',
           definition = replace(definition, '"name":', '"nane":') WHERE hash =
           (SELECT definition_hash FROM workflow_runs WHERE run_id = '${failed}')`,
      );
      database.exec(`UPDATE workflow_runs SET inputs = '{"more":1}' WHERE run_id = '${completed}'`);
    });
    const report = salvaged(ids);
    expect(report).toEqual({
      failed: [undefined, 19, 0, "everything: its definition is lost"],
      completed: [
        undefined,
        14,
        0,
        "everything: its row cannot be read or does not match its hash; its journal has N entries",
      ],
      lost: ["the definition of workflow under-test"],
    });
  });

  test("recreates the text of a workflow from its definition, and reports it", async () => {
    const ids = await twoRuns((database, failed) =>
      database.exec(
        `UPDATE workflow_definitions SET source = 'id: other' WHERE hash =
           (SELECT definition_hash FROM workflow_runs WHERE run_id = '${failed}')`,
      ),
    );
    expect(salvaged(ids)).toMatchObject({
      failed: ["failed", 0, 1],
      lost: ["the text of workflow under-test: it was recreated from its definition"],
    });
  });

  test("verifies a row with a damaged hash against the journal; loses a run without entries", async () => {
    const ids = await twoRuns((database, failed, completed) => {
      database.exec(
        `UPDATE workflow_runs SET origin_hash = zeroblob(32) WHERE run_id = '${failed}'`,
      );
      database.exec(
        `DELETE FROM workflow_journal WHERE entry_id / 100000000 =
           (SELECT run_number FROM workflow_runs WHERE run_id = '${completed}')`,
      );
    });
    expect(salvaged(ids)).toMatchObject({
      failed: ["failed", 0, 1],
      completed: [undefined, expect.any(Number), 0, "entries N to N: entry N is missing"],
    });
  });

  test("reads rows after an unreadable page, and despite a damaged schema", async () => {
    const ids = await twoRuns(() => undefined);
    const bytes = readFileSync(path());
    const page = Math.floor(bytes.indexOf("doing a") / 4096) * 4096;
    bytes.fill(0, page, page + 4096);
    bytes.write("SELEKT", bytes.indexOf("SELECT"));
    bytes.write("pauload", bytes.indexOf("payload         TEXT"));
    writeFileSync(path(), bytes);
    expect(salvaged(ids)).toEqual({
      failed: ["failed", 0, 1, "N pieces of the output of its agents"],
      completed: ["completed", 0, 0, "N pieces of the output of its agents"],
      lost: [`page ${page / 4096 + 1} of workflow_step_logs: it is damaged`],
    });
  });

  test("reads a journal with rows out of order", async () => {
    let root = 0;
    const ids = await twoRuns((database) => {
      root = Number(
        database
          .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'workflow_journal'")
          .pluck()
          .get(),
      );
    });
    const bytes = readFileSync(path());
    // The first leaf page contains the older run. Two of its rows are swapped.
    const top = (root - 1) * 4096;
    const leaf =
      bytes[top] === 13 ? top : (bytes.readUInt32BE(top + bytes.readUInt16BE(top + 12)) - 1) * 4096;
    const [ninth, tenth] = [leaf + 8 + 2 * 8, leaf + 8 + 2 * 9];
    const places = [bytes.readUInt16BE(ninth), bytes.readUInt16BE(tenth)] as const;
    bytes.writeUInt16BE(places[1], ninth);
    bytes.writeUInt16BE(places[0], tenth);
    writeFileSync(path(), bytes);
    expect(salvaged(ids)).toEqual({
      failed: ["failed", 0, 1],
      completed: ["completed", 0, 0],
      lost: [`page ${leaf / 4096 + 1} of workflow_journal: it is damaged`],
    });
  });

  test.each([
    ["a page in the middle", 5000, []],
    ["the header", 17, []],
    ["the salt of a frame", 32 + 8, []],
  ])("reads every row of a log with a flipped bit in %s", async (_, at, lost) => {
    const live = `${path()}.live`;
    const engine = await WorkflowEngine.open({
      database: live,
      agents: { worker: ({ stepId }) => stepId },
    });
    const run = await engine.start(workflow({ a: [], b: ["a"], c: ["b"] }));
    await run.ending;
    const log = readFileSync(`${live}-wal`);
    log[at] = (log[at] ?? 0) ^ 1;
    copyFileSync(live, path());
    writeFileSync(`${path()}-wal`, log);
    await engine.close();
    expect(() => openSqliteStorage({ path: path() })).toThrow("is damaged");
    expect(salvageDatabase({ from: path(), to: to() })).toMatchObject({
      runs: [{ runId: run.id, status: "completed", lost }],
      lost,
    });
    expect(readFileSync(`${path()}-wal`).equals(log)).toBe(true);
  });

  test("reads a last transaction that does not match its checksum, and counts it", async () => {
    const ids = await twoRuns(() => undefined);
    const live = `${path()}.live`;
    copyFileSync(path(), live);
    // The first opening of a copy renews its identity, which is a transaction of its own.
    openSqliteStorage({ path: live }).close();
    const open = openSqliteStorage({ path: live });
    open.sendCommand({ runId: ids.failed, verb: "pause", argument: "{}", sentAt: 1 });
    const log = readFileSync(`${live}-wal`);
    open.close();
    log[100] = (log[100] ?? 0) ^ 1;
    writeFileSync(`${path()}-wal`, log);
    const { runs, ...rest } = salvageDatabase({ from: path(), to: to() });
    expect(rest).toEqual({ lost: [], log: { transactionCount: 1, damagedCount: 1 } });
    expect(runs.map(({ runId, status, lost }) => ({ runId, status, lost }))).toEqual([
      { runId: ids.failed, status: "failed", lost: [] },
      { runId: ids.completed, status: "completed", lost: [] },
    ]);
  });

  test("never overwrites a file, and creates none when the old file is not a database", () => {
    mkdirSync(dirname(path()), { recursive: true });
    writeFileSync(path(), "no database ".repeat(100));
    expect(() => salvageDatabase({ from: path(), to: path() })).toThrow("already exists");
    expect(() => salvageDatabase({ from: `${path()}.none`, to: to() })).toThrow("does not exist");
    expect(() => salvageDatabase({ from: path(), to: to() })).toThrow("is not a database");
    expect(existsSync(to())).toBe(false);
  });
});
