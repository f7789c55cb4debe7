import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { checkNotes, openSqliteStorage, RunReader, WorkflowEngine } from "../../src/index.js";
import { salvageDatabase } from "../../src/salvage/index.js";
import { workflow } from "../support/workflows.js";
import { freshPaths } from "./fixture.js";

const path = freshPaths("salvage-going-back");
const to = (): string => `${path()}.new`;

const flow = (task: string) =>
  workflow({ a: [], b: { dependencies: ["a"], task: `${task} \${{ steps.a.output }}` } });

/** A database with an amended run and a fork of it, both completed, damaged afterwards. */
async function damaged(damage: (raw: Database.Database) => void): Promise<void> {
  await using engine = await WorkflowEngine.open({
    database: path(),
    agents: {
      worker: ({ stepId, task }) => {
        if (task.startsWith("break")) throw new Error("broken");
        return stepId;
      },
    },
  });
  const run = await engine.start(flow("break"), { runId: "first" });
  await run.ending;
  await engine.amend("first", flow("do"));
  await (await engine.resume("first")).ending;
  await engine.fork("first", { source: flow("do well"), runId: "fork" });
  await (await engine.resume("fork")).ending;
  await engine.close();
  const raw = new Database(path());
  raw.pragma("foreign_keys = OFF");
  damage(raw);
  raw.close();
}

function salvaged(): Record<string, readonly [string | undefined, readonly string[]]> {
  const { runs } = salvageDatabase({ from: path(), to: to() });
  return Object.fromEntries(runs.map(({ runId, status, lost }) => [runId, [status, lost]]));
}

describe("salvageDatabase", () => {
  test("copies amended runs and forks with the definitions that they came to", async () => {
    await damaged(() => undefined);
    expect(salvaged()).toEqual({ first: ["completed", []], fork: ["completed", []] });
    const storage = openSqliteStorage({ path: to(), readOnly: true });
    const original = openSqliteStorage({ path: path(), readOnly: true });
    for (const runId of ["first", "fork"]) {
      expect(checkNotes(storage, runId)).toBeUndefined();
      const [copy, whole] = [storage, original].map((each) =>
        RunReader.open(each, runId).catchUp(),
      ) as [RunReader, RunReader];
      expect([copy.view.steps(), copy.storedDefinition]).toEqual([
        whole.view.steps(),
        whole.storedDefinition,
      ]);
      const { leaseEpoch: _, ...row } = storage.getRun(runId) ?? {};
      const { leaseEpoch: __, ...before } = original.getRun(runId) ?? {};
      expect(row).toEqual(before);
    }
    storage.close();
    original.close();
  });

  test("ends a journal before the entry whose definition is lost, and loses its fork", async () => {
    await damaged((raw) =>
      raw.exec(`DELETE FROM workflow_definitions WHERE hash =
        (SELECT definition_hash FROM workflow_run_definitions WHERE run_id = 'first')`),
    );
    const { first, fork } = salvaged();
    expect([first?.[0], fork?.[0]]).toEqual(["failed", undefined]);
    expect(first?.[1].join()).toContain("the definition that entry");
    expect(fork?.[1]).toEqual(["everything: its definition is lost"]);
  });

  test("loses a fork with the run that it was forked from", async () => {
    await damaged((raw) =>
      raw.exec("UPDATE workflow_runs SET inputs = '{ }' WHERE run_id = 'first'"),
    );
    const { first, fork } = salvaged();
    expect([first?.[0], fork]).toEqual([
      undefined,
      [undefined, ["everything: run first, from which it was forked, is lost"]],
    ]);
  });
});

describe("a damaged database", () => {
  test("is reported, not misread, when the run of a fork has lost its end", async () => {
    await damaged((raw) => {
      raw.exec(`DELETE FROM workflow_journal WHERE entry_id IN
        (SELECT max(entry_id) FROM workflow_journal
         WHERE entry_id < 200000000)`);
      raw.exec("UPDATE workflow_runs SET journal_seq = journal_seq - 1 WHERE run_id = 'first'");
    });
    const storage = openSqliteStorage({ path: path(), readOnly: true });
    const reader = RunReader.open(storage, "fork");
    expect(() => {
      for (const _ of reader.advance());
    }).toThrow(
      expect.objectContaining({
        code: "journal_damaged",
        message: expect.stringMatching(/^Run fork: journal entry \d+ of run first is missing\.$/),
      }),
    );
    storage.close();
  });
});

describe("removing runs", () => {
  test("keeps a definition as long as a run has come to it, and removes it with the last one", async () => {
    await damaged(() => undefined);
    const storage = openSqliteStorage({ path: path() });
    const remove = (runId: string) =>
      storage.removeRuns({ runIds: [runId], isHeld: () => false })[0]?.outcome;
    const versions = (): number => storage.listWorkflows().length;
    expect([versions(), remove("first"), remove("fork"), versions()]).toEqual([
      ...[3, "kept", "removed", 2],
    ]);
    expect([remove("first"), versions()]).toEqual(["removed", 0]);
    storage.close();
  });
});
