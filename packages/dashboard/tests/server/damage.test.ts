import { renameSync } from "node:fs";
import { createRequire } from "node:module";
import { WorkflowError } from "@automatosx/workflow/errors";
import { openSqliteStorage } from "@automatosx/workflow/observe";
import { describe, expect, test, vi } from "vitest";
import type { Health } from "../../src/api/house.schema.js";
import type { Run, RunList } from "../../src/api/run.schema.js";
import { receivedRun } from "../../src/fold/received-run.js";
import { MessageReader } from "../support/messages.js";
import { completed, Served } from "../support/served.js";
import { until } from "../support/until.js";

const ONE = "id: one\nsteps:\n  - { id: a, agentId: worker, task: Work. }\n";

// The driver belongs to the engine.
const Database = createRequire(
  createRequire(import.meta.url).resolve("@automatosx/workflow/package.json"),
)("better-sqlite3") as new (
  path: string,
) => {
  prepare(sql: string): { run(...values: unknown[]): unknown };
  close(): void;
};

/** Changes the file behind the engine's back. */
function edit(served: Served, sql: string): void {
  const database = new Database(served.database);
  database.prepare(sql).run();
  database.close();
}

async function ended(served: Served): Promise<string> {
  const engine = await served.engine({ worker: () => 1 });
  const { runId } = await completed(engine, ONE, { runId: "one" });
  return runId;
}

/** Changes the entry in which step `a` completed. */
const SPOIL = `UPDATE workflow_journal SET payload = '{"result":2}' WHERE type = 'step_completed'`;

describe("a damaged journal", () => {
  test("is shown up to its last good entry, and nothing can be done with the run", async () => {
    await using served = new Served();
    const runId = await ended(served);
    edit(served, SPOIL);
    const answer = await served.dashboard().get<Run>(`/runs/${runId}`);
    const { view } = receivedRun(answer);
    expect(view.step("a")?.status).toBe("running");
    expect([answer.damage?.code, answer.row.damage, answer.row.figures]).toEqual([
      "journal_damaged",
      answer.damage?.message,
      null,
    ]);
    expect(Object.values(answer.actions).map(({ can }) => can)).toEqual(
      Object.values(answer.actions).map(() => false),
    );
  });

  test("is refused where nothing good follows, and said once on the stream", async () => {
    await using served = new Served();
    const runId = await ended(served);
    edit(served, SPOIL);
    const dashboard = served.dashboard();
    const { entries } = await dashboard.get<Run>(`/runs/${runId}`);
    const last = entries.at(-1)?.[0] ?? 0;
    const { status, body } = await dashboard.outcome(`/runs/${runId}/journal?after=${last}`);
    expect([status, body]).toEqual([
      422,
      expect.objectContaining({ code: "journal_damaged", runId }),
    ]);
    await using messages = await MessageReader.open(dashboard, `run=${runId}`);
    const received = (await messages.until("entries")).entries.map(([seq]) => seq);
    expect(received).toEqual(entries.map(([seq]) => seq));
    expect(await messages.until("problem")).toMatchObject({ code: "journal_damaged" });
    // The stream continues with everything else.
    expect(await messages.until("ping")).toHaveProperty("now");
  });

  test("leaves the other runs in the list, and is asked about", async () => {
    await using served = new Served();
    const runId = await ended(served);
    const engine = await served.engine({ worker: () => 1 });
    await completed(engine, ONE, { runId: "sound" });
    edit(
      served,
      `UPDATE workflow_runs SET status = 'failed', state = 'failed' WHERE run_id = '${runId}'`,
    );
    const dashboard = served.dashboard();
    // On a busy machine, a journal is read after the list was answered.
    const { runs } = await until(
      () => dashboard.get<RunList>("/runs"),
      (list) => list.runs.every(({ figures, damage }) => figures !== null || damage !== undefined),
    );
    expect(runs.map((row) => [row.runId, row.status, row.damage !== undefined])).toEqual([
      ["sound", "completed", false],
      ["one", "failed", true],
    ]);
  });
});

describe("a run that has ended and cannot be read", () => {
  test("is a problem of GET /health once its journal was read", async () => {
    await using served = new Served();
    const runId = await ended(served);
    edit(served, SPOIL);
    const dashboard = served.dashboard();
    await until(
      () => dashboard.get<RunList>("/runs"),
      ({ runs }) => runs.every(({ damage }) => damage !== undefined),
    );
    const { problems } = await dashboard.get<Health>("/health");
    expect(problems).toMatchObject([
      { runId, says: { tone: "fail", head: "damaged", command: "axw doctor --verify" } },
    ]);
  });
});

describe("a damaged row", () => {
  test("is listed with its damage, and refused when it is opened", async () => {
    await using served = new Served();
    const runId = await ended(served);
    edit(served, `UPDATE workflow_runs SET inputs = '{"a":1}'`);
    const dashboard = served.dashboard();
    const { runs, asks } = await dashboard.get<RunList>("/runs");
    expect(runs[0]).toMatchObject({
      runId,
      status: "failed",
      figures: null,
      errorCode: "journal_damaged",
    });
    expect(asks).toMatchObject([{ kind: "damaged", runId, count: 1 }]);
    const { status, body } = await dashboard.outcome(`/runs/${runId}`);
    expect([status, body]).toEqual([422, expect.objectContaining({ code: "journal_damaged" })]);
  });
});

describe("a database that cannot be read now", () => {
  test("that is busy is answered with when to try again", async () => {
    await using served = new Served();
    await ended(served);
    const storage = openSqliteStorage({ path: served.database });
    vi.spyOn(storage, "getRun").mockImplementation(() => {
      throw new WorkflowError("database_busy", "The database is busy.");
    });
    const response = await served.dashboard({ storage }).request("/api/v1/runs/one");
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([
      503,
      "1",
      { code: "database_busy", message: "The database is busy." },
    ]);
    storage.close();
  });

  test("that is busy for a moment costs a stream no entry", async () => {
    await using served = new Served();
    const runId = await ended(served);
    const storage = openSqliteStorage({ path: served.database });
    const read = storage.readJournal.bind(storage);
    const getRun = storage.getRun.bind(storage);
    let [reads, rows] = [0, 0];
    const busy = (): never => {
      throw new WorkflowError("database_busy", "The database is busy.");
    };
    const dashboard = served.dashboard({ storage });
    vi.spyOn(storage, "readJournal").mockImplementation((...args) => {
      reads += 1;
      return reads === 1 ? busy() : read(...args);
    });
    vi.spyOn(storage, "getRun").mockImplementation((id) => {
      rows += 1;
      return rows === 2 ? busy() : getRun(id);
    });
    await using messages = await MessageReader.open(dashboard, `run=${runId}`);
    const { entries } = await messages.until("entries");
    expect([entries[0]?.[0], entries.at(-1)?.[1]]).toEqual([1, "complete_workflow"]);
    expect(await messages.until("owner")).toMatchObject({ row: { status: "completed" } });
    storage.close();
  });

  test("that was moved is refused with what is wrong", async () => {
    await using served = new Served();
    const runId = await ended(served);
    const dashboard = served.dashboard();
    renameSync(served.database, `${served.database}.moved`);
    for (const path of ["/runs", `/runs/${runId}`, "/pulse", "/health"])
      expect(await dashboard.outcome(path)).toMatchObject({
        status: 503,
        body: { code: "database_unusable" },
      });
    renameSync(`${served.database}.moved`, served.database);
  });
});
