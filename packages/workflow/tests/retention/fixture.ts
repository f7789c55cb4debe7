import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, expect } from "vitest";
import type { WorkflowData } from "../../src/definition/WorkflowSource.js";
import { openSqliteStorage, RunReader, type StoragePort } from "../../src/index.js";
import { type Bench, workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-retention-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let databases = 0;
/** A path for a new database. */
export const freshDatabase = (): string => {
  databases += 1;
  return join(folder, `${databases}.db`);
};

export const HOUR = 3_600_000;
/** A workflow of two consecutive steps. */
export const two = workflow({ a: [], b: ["a"] });

/** Runs a workflow to its end, an hour after the previous run. */
export async function runOne(b: Bench, definition: WorkflowData = two): Promise<string> {
  await b.clock.advance(HOUR);
  const run = await b.engine.start(definition);
  await b.clock.advanceUntil(run.ending);
  return run.id;
}

/** Runs a workflow `count` times, an hour apart, and returns the run ids, oldest first. */
export async function runMany(
  b: Bench,
  count: number,
  definition?: WorkflowData,
): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await runOne(b, definition));
  return ids;
}

/** The ids of all runs, newest first. */
export const left = (storage: StoragePort): string[] =>
  storage.listRuns().map(({ runId }) => runId);

/** Expects every page, reference, row, journal and checkpoint of the database to be intact. */
export function expectSound(database: string): void {
  const raw = new Database(database, { readonly: true });
  const found = [raw.pragma("integrity_check", { simple: true }), raw.pragma("foreign_key_check")];
  raw.close();
  const storage = openSqliteStorage({ path: database, readOnly: true });
  const problems = storage.listRuns().flatMap(({ runId, damage }) => {
    for (const _ of storage.readJournal(runId));
    return [
      ...RunReader.open(storage, runId).catchUp().problems,
      ...(damage === undefined ? [] : [damage]),
    ];
  });
  storage.close();
  expect([...found, problems]).toEqual(["ok", [], []]);
}
