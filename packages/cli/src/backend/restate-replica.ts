import type { RestateBackend as RestateClient } from "@automatosx/backend-restate";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow/observe";
import { type DbOptions, databasePath } from "../database.js";
import type { CliIo } from "../io.js";
import type { RestateBackend } from "./backend-url.js";
import { loadRestate } from "./load-package.js";

/** How often the copies are brought up to date while they are being read, in ms. */
const PULL_MS = 300;

/** Opens the client of a Restate server. `AXW_KEY` seals what the server stores. */
export async function openRestate(
  { env }: CliIo,
  { url, adminUrl }: RestateBackend,
): Promise<RestateClient> {
  const { RestateBackend } = await loadRestate();
  const sealingKey = env["AXW_KEY"] || undefined;
  return RestateBackend.open({ url, adminUrl, ...(sealingKey !== undefined && { sealingKey }) });
}

/** The copies of the runs of a Restate server. */
export type Replica = StoragePort &
  Disposable & {
    /** Brings the copies up to date. */
    refresh(): Promise<void>;
  };

/**
 * Copies the runs of a Restate server into the local database, and opens it for reading. Until the
 * storage is disposed of, the copies follow the server.
 */
export async function openReplica(
  io: CliIo,
  options: DbOptions,
  backend: RestateBackend,
): Promise<Replica> {
  const path = databasePath(io, options);
  const [{ pullReplica }, client] = await Promise.all([loadRestate(), openRestate(io, backend)]);
  const writer = openSqliteStorage({ path, create: true });
  try {
    await pullReplica(client, writer);
    const storage = openSqliteStorage({ path, readOnly: true });
    const stop = repeat(() => pullReplica(client, writer));
    const close = (): void => {
      storage.close();
      void stop()
        .then(() => client[Symbol.asyncDispose]())
        .finally(() => writer.close());
    };
    const refresh = async (): Promise<void> => {
      await pullReplica(client, writer);
    };
    return Object.assign(storage, { refresh, [Symbol.dispose]: close });
  } catch (error) {
    writer.close();
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Calls `action` again and again; a failure is left to the next call. The returned function ends
 * it, and settles when no call is in progress.
 */
function repeat(action: () => Promise<unknown>): () => Promise<void> {
  let isStopped = false;
  let wake: () => void = () => undefined;
  const done = (async () => {
    while (!isStopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PULL_MS);
        timer.unref();
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (!isStopped) await action().catch(() => undefined);
    }
  })();
  return () => {
    isStopped = true;
    wake();
    return done;
  };
}
