import { type EngineOptions, WorkflowEngine } from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/observe";
import type { DbOptions } from "../database.js";
import type { CliIo } from "../io.js";
import type { OpenedEngine } from "../open-engine.js";
import type { PostgresBackend, RemoteBackend } from "./backend-url.js";
import { loadPostgres } from "./load-package.js";

/**
 * How long a call may wait for the server, in ms. A command has nothing else to do meanwhile,
 * unlike an engine with running agents.
 */
const OBSERVER_WAIT_MS = 10_000;

/** How the connections of a command appear in `pg_stat_activity`. */
const APPLICATION_NAME = "axw";

/**
 * Opens the runs of another system for reading. Those of Restate are read from copies, which are
 * brought up to date first, and then for as long as the storage is open.
 */
export async function openRemoteToRead(
  io: CliIo,
  options: DbOptions,
  backend: RemoteBackend,
): Promise<StoragePort & Disposable> {
  if (backend.kind === "restate") {
    const { openReplica } = await import("./restate-replica.js");
    return openReplica(io, options, backend);
  }
  const { openPostgresStorage } = await loadPostgres();
  const storage = await openPostgresStorage({
    url: backend.url,
    readOnly: true,
    waitMs: OBSERVER_WAIT_MS,
    applicationName: APPLICATION_NAME,
  });
  return Object.assign(storage, { [Symbol.dispose]: () => storage.close() });
}

/** Opens an engine on a PostgreSQL database. */
export async function openPostgresEngine(
  backend: PostgresBackend,
  {
    create,
    ...options
  }: Omit<EngineOptions, "database" | "storage"> & { readonly create: boolean },
): Promise<OpenedEngine> {
  const { openPostgresStorage } = await loadPostgres();
  const storage = await openPostgresStorage({
    url: backend.url,
    create,
    applicationName: APPLICATION_NAME,
    // Agents of this process are stopped in time only if no call waits long.
    ...(options.executes === false && { waitMs: OBSERVER_WAIT_MS }),
  });
  try {
    const engine = await WorkflowEngine.open({ storage, ...options });
    return {
      engine,
      async [Symbol.asyncDispose]() {
        await engine.close();
        storage.close();
      },
    };
  } catch (error) {
    storage.close();
    throw error;
  }
}
