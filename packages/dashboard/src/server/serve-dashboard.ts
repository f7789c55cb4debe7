import type { StoragePort, WorkflowEngine } from "@automatosx/workflow";
import { openSqliteStorage } from "@automatosx/workflow/observe";
import { engineControl } from "./engine-control.js";
import { type ListenOptions, listen, type ServedDashboard } from "./listen.js";

/** How often a database in memory is assumed to have changed, in ms. */
const ASSUMED_CHANGE_MS = 250;

/** How an engine's dashboard is served. */
export interface EngineDashboardOptions
  extends Pick<ListenOptions, "port" | "allowedHosts" | "isReadOnly" | "now"> {
  /** The folder whose workflow files may be shown and started. Default: the working directory. */
  readonly folder?: string;
  /** The version of your program, which the page shows. */
  readonly version?: string;
}

/**
 * Serves a dashboard of an engine's database on the loopback interface. What a person does on the
 * page is done by this engine. Close the dashboard before the engine.
 *
 * @throws an error with the code `EADDRINUSE` if the port is taken
 */
export async function serveDashboard(
  engine: WorkflowEngine,
  { folder = process.cwd(), version = "", ...options }: EngineDashboardOptions = {},
): Promise<ServedDashboard> {
  const reading = storageBeside(engine);
  try {
    const served = await listen({
      ...{ ...options, folder, version, control: engineControl(engine) },
      ...{ storage: reading.storage, onOwnChange: reading.onOwnChange },
    });
    const close = async (): Promise<void> => {
      await served.close();
      reading.close();
    };
    return { ...served, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    reading.close();
    throw error;
  }
}

/** A connection that notices what the engine commits. */
interface ReadingStorage {
  readonly storage: StoragePort;
  readonly onOwnChange: (changed: () => void) => void;
  close(): void;
}

// A connection does not notice its own commits, so the dashboard has one of its own. A database in
// memory has only that of the engine, whose commits are assumed.
function storageBeside({ storage }: WorkflowEngine): ReadingStorage {
  if (storage.databasePath === undefined) {
    const timers: NodeJS.Timeout[] = [];
    return {
      storage,
      onOwnChange: (changed) => timers.push(setInterval(changed, ASSUMED_CHANGE_MS).unref()),
      close: () => {
        for (const timer of timers) clearInterval(timer);
      },
    };
  }
  const own = openSqliteStorage({ path: storage.databasePath });
  return { storage: own, onOwnChange: () => {}, close: () => own.close() };
}
