import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RestateBackend } from "@automatosx/backend-restate";
import { startRestate } from "@automatosx/test-servers/restate";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow";
import type { BackendHarness, HarnessSetup } from "@automatosx/workflow/testing";
import { AgentNotes } from "./harness/AgentNotes.ts";
import { realClock } from "./harness/real-clock.ts";
import { type RestateFault, RestateWorkers } from "./restate/RestateWorkers.ts";

/** How long the rows in the database may lag behind the run, in ms. */
const SINK_MS = 10_000;
const POLL_MS = 50;

/** Runs on a Restate server, with workers in processes of their own. */
export async function restateHarness(
  setup: HarnessSetup,
  fault?: RestateFault,
): Promise<BackendHarness> {
  const stack = new AsyncDisposableStack();
  try {
    return await startHarness(setup, fault, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function startHarness(
  setup: HarnessSetup,
  fault: RestateFault | undefined,
  stack: AsyncDisposableStack,
): Promise<BackendHarness> {
  const folder = mkdtempSync(join(tmpdir(), "axw-conformance-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, "notes.jsonl");
  const notes = stack.adopt(new AgentNotes(log), (one) => one.close());
  const { nodes = 1 } = setup;
  const server = stack.use(await startRestate({ nodes }));
  const { ingressUrl: url, adminUrl } = server;
  const sink = join(folder, "workflow.db");
  // Creates the tables before several workers would.
  openSqliteStorage({ path: sink }).close();
  const storage = stack.adopt(openSqliteStorage({ path: sink, readOnly: true }), (one) =>
    one.close(),
  );
  const workers = stack.use(
    await RestateWorkers.start(setup, { folder, log, adminUrl, sink, fault }),
  );
  const open = async (): Promise<RestateBackend> =>
    stack.use(await RestateBackend.open({ url, adminUrl, pollMs: 50 }));
  const first = await open();
  const restart = async (): Promise<void> => {
    await server.kill();
    await server.restart();
  };
  return {
    open,
    agentLog: notes,
    projection: projectionOf(storage, first),
    clock: realClock(setup.isLong),
    kills: {
      decider: () => workers.kill(notes.read()),
      worker: () => workers.kill(notes.read()),
      server: restart,
      both: async () => {
        await server.kill();
        await workers.kill(notes.read());
        await server.restart();
      },
      ...(nodes > 1 && { node: restart }),
    },
    outage: async (what) => {
      if (what === "server") {
        await server.kill();
        return { end: () => server.restart() };
      }
      const start = await workers.killAll();
      return { end: start };
    },
    limits: { slots: true },
    serve: (agentId) => workers.serve(agentId),
    deploy: () => workers.deploy(),
    search: async (text) => {
      const rows = [
        ...(await server.sql("SELECT * FROM sys_journal")),
        ...(await server.sql("SELECT * FROM state")),
      ];
      return rows.filter((row) => JSON.stringify(row).includes(text)).map(() => "server");
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function projectionOf(storage: StoragePort, backend: RestateBackend): BackendHarness["projection"] {
  return {
    // The rows are written beside the run: they may come a moment later.
    rows: async (runId) => {
      const { journalSeq = 0 } = (await backend.get(runId).catch(() => undefined)) ?? {};
      for (const endAt = Date.now() + SINK_MS; ; ) {
        const rows = [...storage.readJournal(runId)];
        if (rows.length >= journalSeq || Date.now() > endAt) return rows;
        await delay(POLL_MS);
      }
    },
    artifact: async (sha256) => JSON.parse(storage.getArtifact(sha256) ?? "null") as unknown,
  };
}
