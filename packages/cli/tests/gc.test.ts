import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, workflow } from "./harness/axw.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");
const BAD = workflow("  - {id: one, agentId: bad, task: one}\n");

/** Four ended runs: three completed, and the newest failed. */
async function folderWithRuns(): Promise<{ folder: Folder; ids: string[] }> {
  const folder = new Folder({ "flow.yaml": ONE, "bad.yaml": BAD });
  for (let count = 0; count < 3; count += 1) await folder.here(["run", "flow.yaml"]);
  await folder.here(["run", "bad.yaml"]);
  return { folder, ids: await listed(folder) };
}

/** Newest first. */
async function listed(folder: Folder): Promise<string[]> {
  const { stdout } = await folder.here(["list", "--json"]);
  return stdout === "" ? [] : ndjson(stdout).map(({ runId }) => String(runId));
}

describe("axw gc", () => {
  test("removes all but the newest runs with --keep, and lists the removed ones", async () => {
    const { folder, ids } = await folderWithRuns();
    const { code, stdout } = await folder.axw(["gc", "--keep", "1"]);
    expect([code, await listed(folder)]).toEqual([0, ids.slice(0, 2)]);
    for (const id of ids.slice(2))
      expect(stdout).toMatch(new RegExp(`^${id.slice(-6)} {2}completed +sample`, "m"));
    expect(stdout).toMatch(/^Removed 2 runs: [\d.]+ (KB|bytes)\.\nThe database has /m);
  });

  test("lists what it would remove with --dry-run; --json prints one line per run and a summary", async () => {
    const { folder, ids } = await folderWithRuns();
    const told = await folder.here([
      "gc",
      "--older-than",
      "0s",
      "--keep",
      "1",
      "--failed",
      "--dry-run",
      "--json",
    ]);
    expect(await listed(folder)).toEqual(ids);
    const lines = ndjson(told.stdout);
    expect(lines.slice(0, -1)).toMatchObject(
      ids.toReversed().map((runId, index) => ({
        schemaVersion: 2,
        type: "run",
        runId,
        resumable: index === 3,
        removed: false,
      })),
    );
    expect(lines.at(-1)).toMatchObject({
      type: "summary",
      dryRun: true,
      removedRuns: { completed: 3, failed: 1, cancelled: 0 },
      kept: [],
    });
    const plain = await folder.here([
      "gc",
      "--older-than",
      "0s",
      "--keep",
      "1",
      "--failed",
      "--dry-run",
    ]);
    expect(plain.stderr).toBe("next   axw gc --older-than 0s --keep 1 --failed\n");
    expect(plain.stdout).toMatch(/ {2}failed .* can be resumed$/m);
    expect(plain.stdout).toMatch(
      /^Would remove 4 runs \(1 failed, which can be resumed\): about /m,
    );
    const done = ndjson(
      (await folder.here(["gc", "--older-than", "0s", "--failed", "--json"])).stdout,
    );
    expect(done.slice(0, -1)).toMatchObject(
      ids.toReversed().map((runId) => ({ runId, removed: true })),
    );
    expect([await listed(folder), done.at(-1)]).toMatchObject([
      [],
      { type: "summary", removedDefinitions: 2 },
    ]);
    expect((await folder.here(["gc", "--older-than", "1d", "--dry-run"])).stdout).toBe(
      "Would remove 0 runs: about 0 bytes.\n",
    );
  });

  test("keeps failed runs, which can be resumed, unless --failed is given, and names them", async () => {
    const { folder, ids } = await folderWithRuns();
    const [failed = "none"] = ids;
    const kept =
      `Kept 1 failed run, which can be resumed: ${failed.slice(-6)}. ` +
      "With --failed it is removed too.\n";
    const preview = await folder.here(["gc", "--older-than", "0s", "--dry-run"]);
    expect(preview.stdout).toMatch(/^Would remove 3 runs: about /m);
    expect(preview.stdout.endsWith(kept)).toBe(true);
    expect((await folder.here(["gc", "--older-than", "0s"])).stdout).toContain(kept);
    expect(await listed(folder)).toEqual([failed]);

    const again = await folder.here(["gc", "--keep", "0", "--max-size", "1KB", "--dry-run"]);
    expect([again.stdout, again.stderr]).toEqual([
      expect.stringMatching(/^Would remove 0 runs: about 0 bytes\.\nKept 1 failed run/),
      `next   axw show ${failed.slice(-6)}\n`,
    ]);
    const data = ndjson((await folder.here(["gc", "--max-size", "1KB", "--json"])).stdout);
    expect(data).toMatchObject([
      {
        type: "summary",
        removedRuns: { completed: 0, failed: 0, cancelled: 0 },
        kept: [{ runId: failed, because: "resumable" }],
      },
    ]);
    expect((await folder.here(["gc", "--older-than", "0s", "--failed"])).stdout).toMatch(
      /^Removed 1 run \(1 failed, which could be resumed\), 1 definition: /m,
    );
    expect(await listed(folder)).toEqual([]);
  });

  test("does not count failed runs among those that --keep keeps", async () => {
    const { folder, ids } = await folderWithRuns();
    await folder.here(["gc", "--keep", "2"]);
    expect(await listed(folder)).toEqual(ids.slice(0, 3));
    await folder.here(["gc", "--keep", "2", "--failed"]);
    expect(await listed(folder)).toEqual(ids.slice(0, 2));
  });

  test("refuses --failed without a limit", async () => {
    const { folder, ids } = await folderWithRuns();
    const { code, stderr } = await folder.here(["gc", "--failed"]);
    expect([code, await listed(folder)]).toEqual([2, ids]);
    expect(stderr).toMatch(/gc needs a limit/);
  });

  test("removes nothing without a limit, and reports what could be removed", async () => {
    const { folder, ids } = await folderWithRuns();
    const { code, stdout, stderr } = await folder.axw(["gc"]);
    expect([code, stdout, await listed(folder)]).toEqual([2, "", ids]);
    expect(stderr).toMatch(
      /^error {2}invalid_argument {2}gc needs a limit\. 3 runs have ended, 1 failed run can be resumed, the oldest started at /,
    );
    expect(stderr).toMatch(
      /Set a limit, such as --older-than 30d[^]*next {3}axw gc --older-than 30d --dry-run\n$/,
    );
  });

  test.each([
    [["--older-than", "soon"], /--older-than must be a duration; soon is not\.\n +Write 30d/],
    [["--max-size", "big"], /--max-size must be a size with a unit; big is not\.\n +Write 500MB/],
    [["--max-size", "1"], /--max-size must be a size with a unit; 1 is not\.\n +Write 500MB/],
    [["--max-size", "-1"], /--max-size must be a size with a unit; -1 is not|option '--max-size/],
    [["--keep", "-1"], /'--keep <n>'.*It must be a whole number, 0 or more\./],
    [["--checkpoints", "0"], /'--checkpoints <n>'.*It must be a whole number, 1 or more\./],
  ])("refuses %j and shows a valid example", async (args, message) => {
    const folder = new Folder();
    const { code, stderr } = await folder.here(["gc", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).toMatch(/next {3}axw gc --help\n$/);
  });

  test("removes nothing if the default database does not exist; a database set with --db must exist", async () => {
    const folder = new Folder();
    const [none, named] = [
      await folder.here(["gc", "--keep", "1"]),
      await folder.here(["gc", "--keep", "1", "--db", "x.db"]),
    ];
    expect([none.code, none.stderr]).toEqual([
      0,
      "The database .ax/workflow.db does not exist yet: there is nothing to remove.\n",
    ]);
    expect([named.code, named.stderr]).toEqual([
      2,
      expect.stringMatching(/^error {2}run_not_found {2}The database x\.db does not exist\./),
    ]);
  });

  test("reports when the remaining data exceeds --max-size", async () => {
    const { folder } = await folderWithRuns();
    const reached =
      /^Limit not reached: the remaining data needs [\d.]+ KB, more than --max-size 1KB\.$/m;
    for (const more of [["--dry-run"], []])
      expect((await folder.here(["gc", "--max-size", "1KB", ...more])).stdout).toMatch(reached);
    expect((await folder.here(["gc", "--max-size", "1GB"])).stdout).not.toMatch(/Limit/);
  });

  test("leaves an empty file empty, as do doctor and show", async () => {
    const folder = new Folder({ "new.db": "" });
    const [dry, wet, doctor] = [
      await folder.here(["gc", "--keep", "1", "--dry-run", "--db", "new.db"]),
      await folder.here(["gc", "--keep", "1", "--db", "new.db"]),
      await folder.here(["doctor", "--db", "new.db"]),
    ];
    const shown = await folder.here(["show", "x", "--db", "new.db"]);
    expect([shown.code, shown.stderr]).toEqual([
      2,
      expect.stringMatching(
        /run_not_found {2}new\.db is empty[^]*next {3}axw run FILE --db new\.db\n$/,
      ),
    ]);
    expect([dry.code, wet.code, doctor.code, statSync(join(folder.path, "new.db")).size]).toEqual([
      0, 0, 0, 0,
    ]);
    expect([dry.stderr, doctor.stdout]).toEqual([
      "new.db is empty: there is nothing to remove.\n",
      expect.stringMatching(/✔ ok +database +new\.db is empty; the first run creates its tables/),
    ]);
  });

  test("makes the file smaller with --max-size and --vacuum", async () => {
    const { folder } = await folderWithRuns();
    const big = workflow("  - {id: one, agentId: big, task: one}\n").replace(
      "agents:",
      "agents:\n  big: {command: [sh, -c, 'seq 1 60000']}",
    );
    folder.write("big.yaml", big);
    await folder.here(["run", "big.yaml"]);
    const sizeOf = async (...args: string[]) =>
      ndjson((await folder.axw(["gc", ...args, "--json"])).stdout).at(-1) as Record<string, number>;
    const before = await sizeOf("--vacuum");
    expect(before["fileBytes"]).toBeGreaterThan(400_000);
    const removed = await sizeOf("--max-size", "200KB");
    expect([removed["usedBytes"] ?? 0, removed["fileBytes"]]).toEqual([
      expect.toSatisfy((n: number) => n <= 204_800),
      before["fileBytes"],
    ]);
    const after = await sizeOf("--vacuum");
    expect([after["fileBytes"], after["usedBytes"]]).toEqual([
      removed["usedBytes"],
      removed["usedBytes"],
    ]);
    expect((await folder.axw(["doctor", "--verify"])).code).toBe(0);
  });

  test("keeps a run that is active in another process, and refuses --vacuum until it ends", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN, "one.yaml": ONE });
    await folder.here(["run", "one.yaml"]);
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(/^started +two/m);
    const refused = await folder.here(["gc", "--keep", "0", "--vacuum"]);
    expect([refused.code, refused.stderr, (await listed(folder)).length]).toEqual([
      6,
      expect.stringMatching(/run_owned_elsewhere {2}Run \w+ is owned by process \d+ on /),
      2,
    ]);
    expect((await folder.here(["gc", "--keep", "0", "--max-size", "0KB"])).code).toBe(0);
    const [left] = await listed(folder);
    folder.write("go");
    expect([(await run.ended).code, await listed(folder)]).toEqual([0, [left]]);
  });

  test("leaves each run whole, removed or marked if killed at any point; the next gc finishes the removal", async () => {
    const folder = new Folder();
    const database = join(folder.path, ".ax/workflow.db");
    await runMany(database);
    const expectWell = async () => {
      expect((await folder.axw(["doctor", "--verify"])).code).toBe(0);
      expect(ask(database, "PRAGMA integrity_check; PRAGMA foreign_key_check")).toEqual([
        { integrity_check: "ok" },
      ]);
    };
    // Kills it first in the middle of the large run, then as soon as a small run is removed.
    const first = folder.start(["gc", "--keep", "0", "--json"]);
    while (
      ask(database, "SELECT 1 FROM workflow_runs WHERE error_code = 'run_removed'").length === 0
    )
      await new Promise((resolve) => setTimeout(resolve, 1));
    first.child.kill("SIGKILL");
    await first.ended;
    await expectWell();
    expect((await folder.axw(["list", "--status", "cancelled"])).stdout).toMatch(
      /The run is being removed; part of it is gone\./,
    );
    for (let rounds = 0; rounds < 2; rounds += 1) {
      const gc = folder.start(["gc", "--keep", "0", "--json"]);
      await gc.until(/"type":"(run|summary)"/);
      gc.child.kill("SIGKILL");
      await gc.ended;
      await expectWell();
    }
    expect((await folder.axw(["gc", "--keep", "0"])).code).toBe(0);
    const tables = [
      "runs",
      "events",
      "checkpoints",
      "step_logs",
      "commands",
      "definitions",
      "artifacts",
    ];
    const counts = tables.flatMap((name) =>
      ask(database, `SELECT count(*) AS n FROM workflow_${name}`),
    );
    expect(counts).toEqual(tables.map(() => ({ n: 0 })));
  }, 60_000);
});

// Opened for each query, because this process loads SQLite twice, and the copy that closes the file
// releases the locks of the other.
function ask(database: string, question: string): unknown[] {
  const raw = new DatabaseSync(database);
  try {
    return question.split("; ").flatMap((one) => raw.prepare(one).all());
  } finally {
    raw.close();
  }
}

/** Runs a large workflow, which is removed in parts, then many small ones. */
async function runMany(database: string): Promise<void> {
  await using engine = await WorkflowEngine.open({
    database,
    durability: "process",
    agents: { a: () => "done" },
  });
  const steps = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `s${index}`, agentId: "a", task: "t" }));
  for (const count of [2000, ...Array.from({ length: 400 }, () => 3)]) {
    const run = await engine.start({ id: "many", steps: steps(count) });
    await run.ending;
  }
}
