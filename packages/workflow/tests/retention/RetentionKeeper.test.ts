import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { applyRetention, openSqliteStorage, type RetentionReport } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";
import { freshDatabase, left, runMany, runOne, two } from "./fixture.js";

describe("WorkflowEngine with retention", () => {
  test("sweeps at its interval while open, and has no timer left once closed", async () => {
    const reports: RetentionReport[] = [];
    const b = await bench(
      {},
      {
        retention: {
          maxRunCount: 2,
          everyMs: 10_000,
          onSweep: (report) => void reports.push(report),
        },
      },
    );
    const first = await runMany(b, 4);
    await b.clock.advance(11_000);
    expect(left(b.engine.storage)).toEqual(first.slice(2).reverse());
    const more = await runMany(b, 3);
    await b.clock.advance(11_000);
    expect(left(b.engine.storage)).toEqual(more.slice(1).reverse());
    expect(reports.reduce((sum, { removedRuns }) => sum + removedRuns.completed, 0)).toBe(5);
    await b.engine.close();
    expect(b.clock.timerCount).toBe(0);
  });

  test("keeps the newest checkpointsPerRun of a running run, which resumes from them", async () => {
    const database = freshDatabase();
    const steps = Object.fromEntries(
      [...Array(60).keys()].map((n) => [`s${n}`, n === 0 ? [] : [`s${n - 1}`]]),
    );
    const script = Object.fromEntries(
      [...Array(60).keys()].map((n) => [`s${n}`, { result: n, afterMs: 1000 }]),
    );
    const options = {
      database,
      checkpoint: { every: 2 },
      retention: { checkpointsPerRun: 3, everyMs: 1000 },
    };
    let id = "";
    {
      await using b = await bench(script, options);
      const run = await b.engine.start(workflow(steps));
      id = run.id;
      await b.clock.advance(45_500);
      const kept = b.engine.checkpoints.listCheckpoints(id);
      expect([run.metrics().completedSteps, kept.map((c) => c.completedCount)]).toEqual([
        45,
        [44, 42, 40],
      ]);
      expect(
        b.engine.storage.getCheckpoint(kept[2]?.checkpointId ?? "")?.parentCheckpointId,
      ).toBeUndefined();
    }
    await using b = await bench({}, options);
    const run = await b.engine.resume(id);
    const ending = await b.clock.advanceUntil(run.ending);
    expect([run.problems, ending.status, b.agent.started.length, ending.results["s44"]]).toEqual([
      [],
      "completed",
      15,
      44,
    ]);
  });

  test("can restart a workflow whose definition was removed by another connection", async () => {
    const database = freshDatabase();
    await using b = await bench({}, { database });
    await runOne(b);
    const elsewhere = openSqliteStorage({ path: database });
    expect(await applyRetention(elsewhere, { maxRunCount: 0 })).toMatchObject({
      removedDefinitions: 1,
    });
    elsewhere.close();
    const again = await runOne(b);
    expect(b.engine.storage.getRun(again)?.status).toBe("completed");
  });

  test("continues its other runs when one is deleted from the database", async () => {
    const database = freshDatabase();
    await using b = await bench({ a: { result: 1, afterMs: 100 } }, { database });
    const [lost, other] = [await b.engine.start(two), await b.engine.start(two)];
    const raw = new Database(database);
    raw.prepare("DELETE FROM workflow_runs WHERE run_id = ?").run(lost.id);
    raw.close();
    const endings = Promise.allSettled([lost.ending, other.ending]);
    expect(await b.clock.advanceUntil(endings)).toMatchObject([
      { reason: { code: "run_not_found" } },
      { value: { status: "completed" } },
    ]);
  });

  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw Object.create(null) as Error;
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
  ])("emits a warning and keeps sweeping if onSweep %s", async (_, onSweep) => {
    const warnings: string[] = [];
    const note = ({ message }: Error): void => void warnings.push(message);
    process.on("warning", note);
    let calls = 0;
    const fails = (): unknown => {
      calls += 1;
      return onSweep();
    };
    await using b = await bench(
      {},
      { retention: { maxRunCount: 0, everyMs: 1000, onSweep: fails } },
    );
    await b.clock.advance(2500);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect([calls, warnings.map((text) => text.slice(0, 17))]).toEqual([
      2,
      ["`onSweep` failed:", "`onSweep` failed:"],
    ]);
  });

  test("reports a failed sweep and retries at the next interval", async () => {
    const database = freshDatabase();
    const reports: RetentionReport[] = [];
    await using b = await bench(
      {},
      {
        database,
        retention: {
          maxRunCount: 0,
          everyMs: 1000,
          onSweep: (report) => void reports.push(report),
        },
      },
    );
    const raw = new Database(database);
    raw.exec(
      `CREATE TRIGGER kept BEFORE DELETE ON workflow_runs
       BEGIN SELECT raise(ABORT, 'not now'); END`,
    );
    const run = await b.engine.start(two);
    await b.clock.advanceUntil(run.ending);
    await b.clock.advance(2500);
    expect(reports.map(({ problem }) => problem?.code)).toEqual(["internal", "internal"]);
    raw.exec("DROP TRIGGER kept");
    raw.close();
    await b.clock.advance(1500);
    expect(left(b.engine.storage)).toEqual([]);
  });
});
