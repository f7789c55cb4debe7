import type {
  LogPieces,
  LogsQuery,
  Pulled,
  RestateBackend as RestateClient,
} from "@automatosx/backend-restate";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { type DbOptions, databasePath } from "../database.js";
import type { CliIo } from "../io.js";
import { asCoded } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { count } from "../render/words.js";
import { announcingSlow } from "./announce-slow.js";
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
    /** Brings the copies up to date, or that of one run; throws if it cannot be read. */
    refresh(runId?: string): Promise<void>;
    /** Reads what agents have written from the workers' database: see `RestateBackend.readLogs`. */
    readLogsOfWorkers(query: LogsQuery): Promise<LogPieces | undefined>;
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
    if (!isUnanswered.has(io))
      warnOfOldCopies(io, await announcingSlow(io, backend, "read", pullReplica(client, writer)));
    const storage = openSqliteStorage({ path, readOnly: true });
    const stop = repeat(() => pullReplica(client, writer));
    const close = (): void => {
      storage.close();
      void stop()
        .then(() => client[Symbol.asyncDispose]())
        .finally(() => writer.close());
    };
    const refresh = async (runId?: string): Promise<void> => {
      await announcingSlow(io, backend, "read", pullReplica(client, writer, runId));
    };
    return Object.assign(storage, {
      refresh,
      readLogsOfWorkers: (query: LogsQuery) =>
        announcingSlow(io, backend, "read", client.readLogs(query)),
      [Symbol.dispose]: close,
    });
  } catch (error) {
    writer.close();
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

/** The invocations that were warned. A command may open the copies more than once. */
const warned = new WeakSet<CliIo>();

/** The invocations whose workers did not answer: the next call would wait as long again. */
const isUnanswered = new WeakSet<CliIo>();

// What is known of the runs is worth more than an error.
function warnOfOldCopies(io: CliIo, { failed = [] }: Pulled): void {
  const [first] = failed;
  if (failed.some(({ error }) => asCoded(error).code === "database_busy")) isUnanswered.add(io);
  if (first === undefined || warned.has(io)) return;
  warned.add(io);
  const runs = failed.length === 1 ? `run ${shortId(first.runId)}` : count(failed.length, "run");
  io.stderr.line(
    cleanLine(
      `The copy of ${runs} may be old: ${asCoded(first.error).message} (axw backend check)`,
    ),
  );
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
