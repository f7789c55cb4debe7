import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@automatosx/test-servers/postgres";
import { type RestateServer, startRestate } from "@automatosx/test-servers/restate";
import { openSqliteStorage } from "@automatosx/workflow";
import type { BackendHarness } from "@automatosx/workflow/testing";
import { pullReplica, RestateBackend } from "../../src/index.js";
import type { WorkerSettings } from "./worker-child.ts";
import { readNotes, WorkerProcess } from "./worker-process.ts";

/** A server with a worker in another process. */
export interface RestateHarness extends BackendHarness {
  readonly server: RestateServer;
  readonly folder: string;
  /** The file in which agents note what they do. */
  readonly log: string;
  /** The database of the rows, if the worker has one. */
  readonly database: string;
  readonly settings: WorkerSettings;
  open(): Promise<RestateBackend>;
  /** Kills the worker, and starts one at the same address. */
  kill(): Promise<void>;
  readonly worker: WorkerProcess;
}

/** Starts a server and a worker. */
export async function restateHarness(
  settings: Partial<WorkerSettings> = {},
  { sink = false }: { readonly sink?: boolean } = {},
): Promise<RestateHarness> {
  const folder = mkdtempSync(join(tmpdir(), "axw-restate-"));
  const log = join(folder, "notes.jsonl");
  const database = join(folder, "rows.db");
  const stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = stack.use(await startRestate());
  const { ingressUrl: url, adminUrl } = server;
  const full: WorkerSettings = {
    ...{
      log,
      agentIds: ["worker"],
      adminUrl,
      ingressUrl: url,
      artifacts: join(folder, "artifacts"),
    },
    processes: join(folder, "processes"),
    listen: `127.0.0.1:${await freePort()}`,
    ...(sink && { database }),
    ...settings,
  };
  let worker = await WorkerProcess.start(full);
  stack.defer(() => worker.kill());
  const open = (): Promise<RestateBackend> => RestateBackend.open({ url, adminUrl, pollMs: 20 });
  const copied = async <T>(
    runId: string,
    read: (storage: ReturnType<typeof openSqliteStorage>) => T,
  ): Promise<T> => {
    const storage = openSqliteStorage({ path: join(folder, "copy.db") });
    try {
      await pullReplica(await open(), storage, runId);
      return read(storage);
    } finally {
      storage.close();
    }
  };
  let lastRun = "";
  return {
    ...{ server, folder, log, database, settings: full },
    get worker() {
      return worker;
    },
    open,
    async kill() {
      await worker.kill();
      worker = await WorkerProcess.start(full);
    },
    agentLog: { read: () => readNotes(log) },
    projection: {
      rows: (runId) => {
        lastRun = runId;
        return copied(runId, (storage) => [...storage.readJournal(runId)]);
      },
      artifact: (sha256) =>
        copied(lastRun, (storage) => JSON.parse(storage.getArtifact(sha256) ?? "null") as unknown),
    },
    clock: {
      now: () => Date.now(),
      until: (promise) => promise,
      advance: (durationMs) => new Promise((resolve) => void setTimeout(resolve, durationMs)),
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
