import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  openSqliteStorage,
  prepareWorkflowFile,
  type StoragePort,
  WorkflowEngine,
} from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { openPostgresStorage, type PostgresStorage } from "../../src/index.js";
import { until } from "../support/commits.js";
import { sharedServer } from "../support/server.js";

const CHILD = fileURLToPath(new URL("../support/engine-child.ts", import.meta.url));
const EXAMPLE = fileURLToPath(
  new URL("../../../../examples/user-auth-workflow.yaml", import.meta.url),
);

const steps = (count: number, isChain: boolean) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ id: `s${index}`, agentId: "worker", task: `step ${index}` },
    ...(isChain && index > 0 && { dependencies: [`s${index - 1}`] }),
  }));

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Runs a workflow to its end, and returns its journal without instants and generated ids. */
async function journalOf(
  storage: StoragePort,
  workflow: Parameters<WorkflowEngine["start"]>[0],
): Promise<readonly unknown[]> {
  const agents = { "*": ({ stepId }: { readonly stepId: string }) => `result of ${stepId}` };
  const engine = await WorkflowEngine.open({ storage, agents });
  const run = await engine.start(workflow, { runId: "job" });
  const { status } = await run.ending;
  expect(status).toBe("completed");
  await engine.close();
  return [...storage.readJournal("job")].map(({ at: _, payload, ...entry }) => ({
    ...entry,
    payload: payload.replaceAll(UUID, "ID"),
  }));
}

describe("an engine on PostgreSQL", () => {
  const server = sharedServer();
  const withStorage = async <T>(use: (storage: PostgresStorage, url: string) => Promise<T>) => {
    const url = server.current.createDatabase();
    const storage = await openPostgresStorage({ url, waitMs: 10_000 });
    try {
      return await use(storage, url);
    } finally {
      storage.close();
    }
  };

  test("writes the same journal as on SQLite, for a chain and for an example", async () => {
    const workflows = [{ id: "chain", steps: steps(200, true) }, prepareWorkflowFile(EXAMPLE)];
    for (const workflow of workflows) {
      const sqlite = openSqliteStorage({ path: ":memory:" });
      const expected = await journalOf(sqlite, workflow);
      sqlite.close();
      const found = await withStorage((storage) => journalOf(storage, workflow));
      expect(found).toEqual(expected);
    }
  });

  test("runs a fan-out of 1,000 steps in few commits", async () => {
    await withStorage(async (storage) => {
      const entries = await journalOf(storage, { id: "fan", steps: steps(1000, false) });
      const attempts = storage.listAttempts("job");
      expect([entries.length > 1000, attempts.length]).toEqual([true, 1000]);
      expect(new Set(attempts.map(({ status }) => status))).toEqual(new Set(["completed"]));
    });
  });

  test("is replaced when it is killed, and no recorded step is repeated", async () => {
    await withStorage(async (storage, url) => {
      const folder = mkdtempSync(join(tmpdir(), "axw-pg-"));
      const [file, notes] = [join(folder, "w.json"), join(folder, "notes")];
      writeFileSync(file, JSON.stringify({ id: "chain", steps: steps(20, true) }));
      const child = (...args: readonly string[]) =>
        spawn(process.execPath, [CHILD, url, ...args, notes], {
          stdio: ["ignore", "pipe", "inherit"],
        });
      const first = child("start", file);
      const ended = new Promise((resolve) => first.once("exit", resolve));
      const lines = () => (existsSync(notes) ? readFileSync(notes, "utf8").split("\n").length : 0);
      await until(() => lines() > 6, "six steps have begun");
      first.kill("SIGKILL");
      await ended;
      const completed = storage
        .listAttempts("job")
        .filter(({ status }) => status === "completed")
        .map(({ stepId }) => stepId);
      const before = lines();
      const second = child("resume", "job");
      let said = "";
      second.stdout.setEncoding("utf8").on("data", (text) => (said += text));
      await new Promise((resolve) => second.once("close", resolve));
      const after = readFileSync(notes, "utf8")
        .split("\n")
        .slice(before - 1);
      expect([said.trim(), after.filter((stepId) => completed.includes(stepId))]).toEqual([
        "completed",
        [],
      ]);
      expect(storage.getRun("job")).toMatchObject({ status: "completed", leaseEpoch: 2 });
    });
  });
});
