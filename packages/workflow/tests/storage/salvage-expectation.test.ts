import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import { type SalvageReport, salvageDatabase } from "../../src/salvage/index.js";
import { workflow } from "../support/workflows.js";
import { freshPaths } from "./fixture.js";
import { committedBytes } from "./log-frames.js";

const path = freshPaths("expectation");
const to = (): string => `${path()}.new`;
const PAGE = 4096;
const FRAME = 24 + PAGE;
const LOG_HEADER = 32;

interface Files {
  readonly ids: readonly string[];
  readonly database: Buffer;
  readonly log: Buffer;
  readonly index: Buffer;
}

/** The files of a database with two completed runs, most of which is still in the log. */
async function twoRuns(): Promise<Files> {
  const live = `${path()}.live`;
  const engine = await WorkflowEngine.open({
    database: live,
    agents: { worker: ({ stepId }) => `${stepId} `.repeat(500) },
  });
  const ids: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const run = await engine.start(workflow({ a: {}, b: ["a"], c: ["b"] }));
    await run.ending;
    ids.push(run.id);
  }
  const [database, log, index] = ["", "-wal", "-shm"].map((suffix) => readFileSync(live + suffix));
  await engine.close();
  if (database === undefined || log === undefined || index === undefined) throw new Error("files");
  return { ids, database, log: log.subarray(0, committedBytes(log)), index };
}

function write(database: Buffer, log: Buffer): void {
  writeFileSync(path(), database);
  writeFileSync(`${path()}-wal`, log);
}

/** The database with its log folded in. */
function fold({ database, log }: Files): Buffer {
  write(database, log);
  const raw = new Database(path());
  raw.pragma("wal_checkpoint(TRUNCATE)");
  raw.close();
  return readFileSync(path());
}

function flip(bytes: Buffer, at: number, bits: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ bits;
}

function rootOf(file: Buffer, name: string): number {
  writeFileSync(`${path()}.root`, file);
  const raw = new Database(`${path()}.root`);
  const root = raw.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(name);
  raw.close();
  return Number(root);
}

function salvage(): SalvageReport {
  rmSync(to(), { force: true });
  return salvageDatabase({ from: path(), to: to() });
}

function statusesOf({ runs }: SalvageReport): unknown[] {
  return runs.map(({ runId, status, lost }) => [runId, status, lost]);
}

describe("salvageDatabase with a damaged log", () => {
  test("recovers every run after one damaged bit in the header of any frame", async () => {
    const { ids, database, log } = await twoRuns();
    const whole = ids.map((id) => [id, "completed", []]);
    for (let frame = 0; LOG_HEADER + frame * FRAME < log.length; frame += 7) {
      const damaged = Buffer.from(log);
      flip(damaged, LOG_HEADER + frame * FRAME + 3, 1 << (frame % 8));
      write(database, damaged);
      expect([frame, ...statusesOf(salvage())]).toEqual([frame, ...whole]);
    }
  });

  test("never reports a run as complete that a zeroed sector shortened, and counts the transactions", async () => {
    const { ids, database, log } = await twoRuns();
    write(database, log);
    const count = salvage().log.transactionCount;
    for (let sector = 1; sector * 512 < log.length; sector += 23) {
      const damaged = Buffer.from(log);
      damaged.fill(0, sector * 512, sector * 512 + 512);
      write(database, damaged);
      const { runs, log: transactions } = salvage();
      expect(runs.map(({ runId }) => runId).sort()).toEqual([...ids].sort());
      for (const { status, lost } of runs)
        if (lost.length === 0) expect([sector, status]).toEqual([sector, "completed"]);
      // A sector can cover the end of one transaction and the start of the next.
      expect(transactions.damagedCount).toBeLessThan(3);
      expect(transactions.transactionCount).toBeGreaterThanOrEqual(count - 1);
    }
  });

  test("reads a log with a page of noise at any place without an error", async () => {
    const { ids, database, log } = await twoRuns();
    for (let page = 0; page * PAGE < log.length; page += 5) {
      const damaged = Buffer.from(log);
      for (let at = page * PAGE; at < Math.min(page * PAGE + PAGE, log.length); at += 1)
        damaged[at] = (at * 2_654_435_761) >>> 13;
      write(database, damaged);
      expect(
        salvage()
          .runs.map(({ runId }) => runId)
          .sort(),
      ).toEqual([...ids].sort());
    }
  });

  test("reports the pages that the index of a truncated log counts", async () => {
    const { database, log, index } = await twoRuns();
    const frameCount = (log.length - LOG_HEADER) / FRAME;
    write(database, log.subarray(0, LOG_HEADER + (frameCount - 30) * FRAME));
    writeFileSync(`${path()}-shm`, index);
    const { lost, runs } = salvage();
    expect(lost.find((what) => what.includes("the log ends before them"))).toMatch(
      /^the last \d+ committed pages in the log: the log ends before them$/,
    );
    expect(
      runs.filter(({ status, lost: ofRun }) => status === "running" && ofRun.length === 0),
    ).toEqual([]);
  });

  test("reports the pages of a missing log if its index still exists", async () => {
    const { database, index } = await twoRuns();
    writeFileSync(path(), database);
    writeFileSync(`${path()}-shm`, index);
    expect(salvage().lost).toContainEqual(
      expect.stringMatching(/^the last \d+ committed pages in the log: the log ends before them$/),
    );
  });

  test("reports a transaction that was never committed, and the entries in it", async () => {
    const { database, log } = await twoRuns();
    write(database, log.subarray(0, log.length - FRAME));
    const { lost, runs } = salvage();
    expect(lost).toContainEqual(
      expect.stringMatching(/^the last transaction in the log, .*: it was not committed$/),
    );
    expect(runs.some(({ lost: ofRun }) => ofRun.length > 0)).toBe(true);
  });
});

describe("salvageDatabase with a damaged file", () => {
  test.each(["workflow_runs", "workflow_journal", "workflow_checkpoints", "sqlite_schema"])(
    "keeps every run after any change to the first bytes of the root page of %s",
    async (name) => {
      const files = await twoRuns();
      const file = fold(files);
      const root = name === "sqlite_schema" ? 1 : rootOf(file, name);
      const start = root === 1 ? 100 : (root - 1) * PAGE;
      for (let byte = 0; byte < 12; byte += 1) {
        const damaged = Buffer.from(file);
        flip(damaged, start + byte, 0x55);
        write(damaged, Buffer.alloc(0));
        const { runs, lost } = salvage();
        expect([
          byte,
          ...statusesOf({ runs, lost, log: { transactionCount: 0, damagedCount: 0 } }),
        ]).toEqual([byte, ...files.ids.map((id) => [id, "completed", []])]);
      }
    },
  );

  test("names the runs of a zeroed page of the table of runs, and their journals", async () => {
    const files = await twoRuns();
    const file = fold(files);
    const root = rootOf(file, "workflow_runs");
    const leaf = file[(root - 1) * PAGE] === 13 ? root : file.readUInt32BE((root - 1) * PAGE + 8);
    const pages = file[(root - 1) * PAGE] === 13 ? [root] : [root, leaf];
    for (const page of pages) file.fill(0, (page - 1) * PAGE, page * PAGE);
    write(file, Buffer.alloc(0));
    const { runs, lost } = salvage();
    expect(runs.map(({ runId }) => runId).sort()).toEqual([...files.ids].sort());
    for (const { status, lost: ofRun } of runs)
      if (status === undefined)
        expect(ofRun).toEqual([
          expect.stringMatching(
            /^everything: its row cannot be read .*; its journal has \d+ entries; .* mention it$/,
          ),
        ]);
    expect(lost).toContainEqual(`page ${root} of workflow_runs: it is damaged`);
  });

  test("names a run by its number if its id is lost", async () => {
    const { ids, ...files } = await twoRuns();
    write(fold({ ids, ...files }), Buffer.alloc(0));
    const raw = new Database(path());
    raw.pragma("foreign_keys = OFF");
    raw.exec("DROP TRIGGER workflow_runs_delete_journal; DELETE FROM workflow_runs");
    raw.exec("DELETE FROM workflow_checkpoints; DELETE FROM workflow_step_logs; VACUUM");
    raw.close();
    expect(statusesOf(salvage())).toEqual(
      [1, 2].map((number) => [
        `number ${number}`,
        undefined,
        [
          "everything: its row cannot be read or does not match its hash; " +
            "its journal has 14 entries",
        ],
      ]),
    );
  });

  test("does not bring a completed run back as running if only its row knows the end", async () => {
    const { ids, ...files } = await twoRuns();
    write(fold({ ids, ...files }), Buffer.alloc(0));
    const raw = new Database(path());
    raw.exec("DELETE FROM workflow_journal WHERE entry_id = 100000014");
    raw.exec("UPDATE workflow_runs SET journal_seq = 13");
    raw.close();
    expect(salvage().runs[0]).toEqual({
      runId: ids[0],
      status: "running",
      keptEntries: 13,
      lastSeen: 13,
      keptCheckpoints: 0,
      lost: ["entries after 13: its row says completed, but its journal ends as running"],
    });
  });

  test("never reports a run as complete that an old version of a page shortened", async () => {
    const { ids, database, log } = await twoRuns();
    const file = fold({ ids, database, log, index: Buffer.alloc(0) });
    const statuses = new Set<unknown>();
    for (let page = 1; page * PAGE <= file.length; page += 1)
      for (const old of framesOf(log, page)) {
        if (old.equals(file.subarray((page - 1) * PAGE, page * PAGE))) continue;
        const damaged = Buffer.from(file);
        old.copy(damaged, (page - 1) * PAGE);
        write(damaged, Buffer.alloc(0));
        const { runs } = salvage();
        const named = runs.map(({ runId }) => runId).filter((id) => ids.includes(id));
        expect([page, ...named.sort()]).toEqual([page, ...[...ids].sort()]);
        for (const { status, lost } of runs)
          if (lost.length === 0) expect([page, status]).toEqual([page, "completed"]);
          else statuses.add(status);
      }
    expect(statuses).toContain("running");
  });

  test("does not bring back a removed run from an old page of an intact database", async () => {
    const { ids, database, log } = await twoRuns();
    write(database, log);
    const storage = openSqliteStorage({ path: path() });
    const reader = new Database(path());
    storage.removeRuns({ runIds: [ids[0] ?? ""], isHeld: () => false });
    const removed = readFileSync(`${path()}-wal`);
    const copy = readFileSync(path());
    reader.close();
    storage.close();
    write(copy, removed);
    expect(salvage().runs.map(({ runId }) => runId)).toEqual([ids[1]]);
  });
});

describe("salvageDatabase while an engine works", () => {
  test("names the process that owns a run, leaves the run alone and copies the others", async () => {
    let finish: (value: string) => void = () => undefined;
    const engine = await WorkflowEngine.open({
      database: path(),
      agents: {
        worker: ({ stepId }) => stepId,
        slow: ({ signal }) =>
          new Promise<string>((resolve) => {
            finish = resolve;
            signal.addEventListener("abort", () => resolve(""));
          }),
      },
    });
    const done = await engine.start(workflow({ a: {} }));
    await done.ending;
    const live = await engine.start(
      workflow({ a: {}, b: { agentId: "slow", dependencies: ["a"] } }),
    );
    for await (const { type } of live.events()) if (type === "step_completed") break;
    const { runs } = salvage();
    // As after a suspension of the process.
    const raw = new Database(path());
    raw.prepare("UPDATE workflow_runs SET lease_until = 1 WHERE run_id = ?").run(live.id);
    raw.close();
    const expired = salvage();
    finish("done");
    const { status } = await live.ending;
    await engine.close();
    expect(statusesOf({ runs, lost: [], log: { transactionCount: 0, damagedCount: 0 } })).toEqual([
      [done.id, "completed", []],
      [
        live.id,
        undefined,
        [
          expect.stringMatching(
            /^everything: process \d+ on .* works on it, so it was not copied$/,
          ),
        ],
      ],
    ]);
    expect(runs[1]?.owner?.pid).toBe(process.pid);
    expect(expired.runs).toEqual(runs);
    expect(status).toBe("completed");
  });
});

describe("salvageDatabase in a process with a connection to the database", () => {
  test("leaves the locks of the connection in place", async () => {
    const { database, log } = await twoRuns();
    write(database, log);
    const connection = new Database(path());
    connection.exec("BEGIN IMMEDIATE");
    salvage();
    const script =
      `const database = new (require("better-sqlite3"))(${JSON.stringify(path())}, {timeout: 0});` +
      'try { database.exec("BEGIN IMMEDIATE"); console.log("unlocked"); } ' +
      "catch (error) { console.log(error.code); }";
    const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    connection.close();
    expect(stdout.trim()).toBe("SQLITE_BUSY");
  });
});

describe("the new database of salvageDatabase", () => {
  test("is not created from a database of a newer version", async () => {
    const files = await twoRuns();
    write(fold(files), Buffer.alloc(0));
    const raw = new Database(path());
    raw.exec(
      "INSERT INTO workflow_migrations (number, name, sha256, format, applied_at) " +
        "SELECT 999, '999_later.sql', sha256, 1, 1 FROM workflow_migrations LIMIT 1",
    );
    raw.close();
    expect(salvage).toThrow(expect.objectContaining({ code: "database_newer" }));
    expect(existsSync(to())).toBe(false);
  });

  test("appears only when it is complete, without temporary files", async () => {
    const { database, log } = await twoRuns();
    write(database, log);
    salvage();
    const folder = dirname(to());
    expect(readdirSync(folder).filter((name) => name.startsWith(".salvage-"))).toEqual([]);
    expect([existsSync(`${to()}-wal`), existsSync(to())]).toEqual([false, true]);
    copyFileSync(to(), `${to()}.copy`);
  });
});

function* framesOf(log: Buffer, page: number): Generator<Buffer, void, undefined> {
  for (let at = LOG_HEADER; at + FRAME <= log.length; at += FRAME)
    if (log.readUInt32BE(at) === page) yield log.subarray(at + 24, at + FRAME);
}
