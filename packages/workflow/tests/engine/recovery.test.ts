import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { isQuarantined, openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import { workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-recovery-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CHILD = new URL("../support/recover-child.ts", import.meta.url).pathname;

interface Said {
  readonly endings: readonly string[];
  readonly problems: readonly { code: string; runId: string; message: string }[];
}

/** Recovers in another process. Returns its report, or the signal that ended it. */
function recover(...argv: string[]): Said | string {
  const { stdout, signal } = spawnSync(process.execPath, [CHILD, ...argv], { encoding: "utf8" });
  return signal ?? (JSON.parse(stdout) as Said);
}

describe("a run that kills every engine", () => {
  test("is quarantined after three recoveries, but can still be resumed by its id", async () => {
    const [database, launches] = [join(folder, "poison.db"), join(folder, "poison.txt")];
    const definitions = [
      workflow({ good: [], better: ["good"] }, { id: "sound" }),
      workflow({ first: [], poison: ["first"] }, { id: "deadly" }),
    ];
    expect(recover(database, launches, ...definitions.map((each) => JSON.stringify(each)))).toBe(
      "SIGKILL",
    );
    expect([1, 2, 3].map(() => recover(database, launches))).toEqual([
      "SIGKILL",
      "SIGKILL",
      "SIGKILL",
    ]);
    const said = recover(database, launches) as Said;
    expect(said.problems.map(({ code }) => code)).toEqual(["run_quarantined"]);

    await using engine = await WorkflowEngine.open({
      database,
      agents: { worker: ({ stepId }) => stepId },
    });
    const runs = engine.storage.listRuns();
    const status = Object.fromEntries(runs.map(({ workflowId, status }) => [workflowId, status]));
    expect(status).toEqual({ sound: "completed", deadly: "running" });
    const [deadly] = runs.filter(isQuarantined);
    expect(deadly).toMatchObject({ workflowId: "deadly", failedRecoveries: 3 });
    const lines = readFileSync(launches, "utf8").split("\n");
    expect(lines.filter((line) => line.startsWith("first/")).length).toBe(1);
    expect(lines.filter((line) => line.startsWith("poison/"))).toEqual([
      "poison/1",
      "poison/2",
      "poison/3",
      "poison/4",
    ]);

    const run = await engine.resume(deadly?.runId ?? "");
    expect(await run.ending).toMatchObject({
      status: "completed",
      results: { first: "first", poison: "poison" },
    });
    expect(engine.storage.getRun(run.id)).toMatchObject({ failedRecoveries: 0 });
  });
});

describe("a run that cannot be read", () => {
  test("is reported by each recovery, then quarantined; other runs continue", async () => {
    const database = join(folder, "damaged.db");
    {
      // Left in flight, as a crash would leave it.
      const storage = openSqliteStorage({ path: database });
      const engine = await WorkflowEngine.open({
        storage,
        agents: { worker: () => new Promise(() => undefined) },
        abandonAfterMs: 0,
      });
      await engine.start(workflow({ a: [] }, { id: "damaged" }));
      await engine.start(workflow({ a: [] }, { id: "sound" }));
      await engine.close();
      storage.close();
    }
    const raw = new Database(database);
    raw.exec(
      "UPDATE workflow_journal SET at = at + 1 " +
        "WHERE entry_id % 100000000 = 3 AND entry_id < 200000000",
    );
    raw.close();
    await using engine = await WorkflowEngine.open({
      database,
      agents: { worker: ({ stepId }) => stepId },
    });
    const said: unknown[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const { handles, suspects, problems } = await engine.recover();
      const late = await Promise.all(
        suspects.map((id) => engine.waitForCompletion(id).catch((error: unknown) => error)),
      );
      const endings = await Promise.all(handles.map((handle) => handle.ending));
      said.push([
        endings.map(({ status }) => status),
        [...problems, ...late].map((problem) => (problem as { code: string }).code),
      ]);
    }
    expect(said).toEqual([
      [["completed"], ["journal_damaged"]],
      [[], ["journal_damaged"]],
      [[], ["journal_damaged"]],
      [[], ["run_quarantined"]],
    ]);
    const [damaged] = engine.storage.listRuns({ status: "running" });
    expect(damaged).toMatchObject({
      failedRecoveries: 3,
      recoveryError: expect.stringContaining("damaged at entry 3"),
    });
  });

  test("does not count as a failed recovery if only the run's agent is missing", async () => {
    const database = join(folder, "no-agent.db");
    {
      await using first = await WorkflowEngine.open({
        database,
        agents: { worker: () => new Promise(() => undefined) },
        abandonAfterMs: 0,
      });
      await first.start(workflow({ a: [] }));
    }
    await using engine = await WorkflowEngine.open({ database, agents: {} });
    const codes = [];
    for (let turn = 0; turn < 4; turn += 1)
      codes.push(...(await engine.recover()).problems.map(({ code }) => code));
    expect(codes).toEqual(["unknown_agent", "unknown_agent", "unknown_agent", "unknown_agent"]);
  });
});
