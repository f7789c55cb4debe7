import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { WorkflowEngine } from "../../src/index.js";
import { type SalvageReport, salvageDatabase } from "../../src/salvage/index.js";
import { workflow } from "../support/workflows.js";
import { freshPaths } from "./fixture.js";
import { committedBytes } from "./log-frames.js";

const path = freshPaths("unlisted");
const to = (): string => `${path()}.new`;
const PAGE = 4096;
const FRAME = 24 + PAGE;
const LOG_HEADER = 32;

/** Above this length, a result is an artifact, most of which is in overflow pages. */
const LARGE = 300_000;

interface Files {
  readonly ids: readonly string[];
  readonly database: Buffer;
  readonly log: Buffer;
}

/**
 * The files of a database with a completed run and a running one without an owner, to which a
 * command was sent. Both have checkpoints, output and a large result.
 */
async function twoRuns(): Promise<Files> {
  const live = `${path()}.live`;
  const waits = Promise.withResolvers<void>();
  const end = Promise.withResolvers<string>();
  let [startCount, ids] = [0, [] as string[]];
  const engine = await WorkflowEngine.open({
    database: live,
    checkpoint: { every: 1 },
    agents: {
      worker: ({ stepId, log }) => {
        log(`output of ${stepId}\n`);
        if (stepId === "b") return "b".repeat(LARGE) + startCount;
        if (stepId !== "d" || startCount < 2) return stepId;
        waits.resolve();
        return end.promise;
      },
    },
  });
  const start = async (): Promise<unknown> => {
    startCount += 1;
    const run = await engine.start(workflow({ a: {}, b: ["a"], c: ["b"], d: ["c"] }));
    ids = [...ids, run.id];
    return run.ending;
  };
  await start();
  const ending = start();
  await waits.promise;
  const raw = new Database(live);
  raw
    .prepare("INSERT INTO workflow_commands (run_id, verb, argument, sent_at) VALUES (?, ?, ?, 1)")
    .run(ids[1], "checkpoint", "{}");
  raw.close();
  const [database, log] = ["", "-wal"].map((suffix) => readFileSync(live + suffix));
  end.resolve("end");
  await ending;
  await engine.close();
  if (database === undefined || log === undefined) throw new Error("files");
  const files = { ids, database, log: log.subarray(0, committedBytes(log)) };
  write(files.database, files.log);
  const orphan = new Database(path());
  orphan.exec(
    "UPDATE workflow_runs SET owner_id = NULL, owner_host = NULL, owner_pid = NULL, " +
      "owner_process_start = NULL, owner_machine = NULL, lease_until = NULL",
  );
  const [orphaned, ofOrphan] = ["", "-wal"].map((suffix) => readFileSync(path() + suffix));
  orphan.close();
  if (orphaned === undefined || ofOrphan === undefined) throw new Error("files");
  return { ids, database: orphaned, log: ofOrphan.subarray(0, committedBytes(ofOrphan)) };
}

function write(database: Buffer, log: Buffer): void {
  rmSync(`${path()}-shm`, { force: true });
  writeFileSync(path(), database);
  writeFileSync(`${path()}-wal`, log);
}

/** The database with its log folded in, and the root page of each table and index. */
function fold({ database, log }: Files): { file: Buffer; rootOf: (name: string) => number } {
  write(database, log);
  const raw = new Database(path());
  raw.pragma("wal_checkpoint(TRUNCATE)");
  const roots = new Map(
    raw.prepare<[], [string, number]>("SELECT name, rootpage FROM sqlite_schema").raw().all(),
  );
  raw.close();
  return { file: readFileSync(path()), rootOf: (name) => roots.get(name) ?? 0 };
}

function zeroPage(file: Buffer, page: number): void {
  file.fill(0, (page - 1) * PAGE, page * PAGE);
}

function salvage(file: Buffer, log = Buffer.alloc(0)): SalvageReport {
  write(file, log);
  rmSync(to(), { force: true });
  return salvageDatabase({ from: path(), to: to() });
}

function keptOf({ runs }: SalvageReport): unknown[] {
  return runs.map(({ runId, status, keptCheckpoints, lost }) => [
    runId,
    status,
    keptCheckpoints,
    lost,
  ]);
}

describe("salvageDatabase", () => {
  test("keeps everything of intact files", async () => {
    const files = await twoRuns();
    expect(keptOf(salvage(fold(files).file))).toEqual([
      [files.ids[0], "completed", 3, []],
      [files.ids[1], "running", 3, ["1 command without an answer"]],
    ]);
  });

  test("names the checkpoints of each run that only an index still lists", async () => {
    const files = await twoRuns();
    const { file, rootOf } = fold(files);
    zeroPage(file, rootOf("workflow_checkpoints"));
    expect(keptOf(salvage(file))).toEqual([
      [files.ids[0], "completed", 0, ["3 of 3 checkpoints"]],
      [files.ids[1], "running", 0, ["3 of 3 checkpoints", "1 command without an answer"]],
    ]);
  });

  test("doubts the checkpoints that a journal mentions if the index is lost too", async () => {
    const files = await twoRuns();
    const { file, rootOf } = fold(files);
    zeroPage(file, rootOf("workflow_checkpoints"));
    zeroPage(file, rootOf("workflow_checkpoints_by_run"));
    const doubt = "checkpoints, if there were more: a page that may contain them cannot be read";
    expect(keptOf(salvage(file))).toEqual([
      [files.ids[0], "completed", 0, [doubt]],
      [files.ids[1], "running", 0, [doubt, "1 command without an answer"]],
    ]);
  });

  test("counts a command whose row is lost", async () => {
    const files = await twoRuns();
    const { file, rootOf } = fold(files);
    zeroPage(file, rootOf("workflow_commands"));
    expect(keptOf(salvage(file))[1]).toEqual([
      files.ids[1],
      "running",
      3,
      ["1 command without an answer"],
    ]);
  });

  test("names the run whose output has a row that cannot be read", async () => {
    const files = await twoRuns();
    const { file } = fold(files);
    const row = file.indexOf("output of b");
    const stream = file.lastIndexOf("stdout", row);
    file.write("stdxxx", stream);
    const { runs, lost } = salvage(file);
    expect(lost).toEqual([]);
    expect(runs.flatMap((run) => run.lost)).toContain("1 piece of the output of its agents");
  });

  test("reads the root page of a table to which a damaged overflow page leads", async () => {
    const files = await twoRuns();
    const { file, rootOf } = fold(files);
    const intact = keptOf(salvage(file));
    for (const name of ["workflow_runs", "workflow_journal", "workflow_checkpoints"]) {
      const damaged = Buffer.from(file);
      const overflow = damaged.lastIndexOf("b".repeat(PAGE - 4));
      damaged.writeUInt32BE(rootOf(name), overflow - (overflow % PAGE));
      const kept = keptOf(salvage(damaged));
      expect([name, kept.filter((run, at) => isDeepStrictEqual(run, intact[at])).length]).toEqual([
        name,
        1,
      ]);
    }
  });

  test.each([
    ["removed from", (log: Buffer, at: number) => [log.subarray(0, at), log.subarray(at + 100)]],
    [
      "inserted into",
      (log: Buffer, at: number) => [log.subarray(0, at), Buffer.alloc(100), log.subarray(at)],
    ],
  ] as const)("reads the frames after bytes that were %s the log", async (_, change) => {
    const { ids, database, log } = await twoRuns();
    for (let at = LOG_HEADER + 10; at < log.length; at += 13 * FRAME + 1777) {
      const { runs } = salvage(database, Buffer.concat(change(log, at)));
      expect([at, ...runs.map(({ runId }) => runId).sort()]).toEqual([at, ...[...ids].sort()]);
      for (const { runId, status, lost } of runs)
        if (runId === ids[0] && lost.length === 0) expect([at, status]).toEqual([at, "completed"]);
    }
  });
});
