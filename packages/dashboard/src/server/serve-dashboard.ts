import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { WorkflowEngine } from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/observe";
import { engineControl } from "./engine-control.js";
import { type ListenOptions, listen, type ServedDashboard } from "./listen.js";

/** The channels on which an engine of this process says that it has written something. */
const CHANNELS = ["automatosx:workflow:written", "automatosx:workflow:left"];

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
  const { storage } = engine;
  const own = new OwnChanges(storage);
  const served = await listen({
    ...options,
    ...{ folder, version, storage },
    control: engineControl(engine),
    onOwnChange: (changed) => own.listen(changed),
  });
  const close = async (): Promise<void> => {
    own.end();
    await served.close();
  };
  return { ...served, close, [Symbol.asyncDispose]: close };
}

/** Calls back when the engines of this process have written to a storage. */
class OwnChanges {
  readonly #storage: StoragePort;
  readonly #listeners: ((message: unknown) => void)[] = [];

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  listen(changed: () => void): void {
    const listener = (message: unknown): void => {
      if ((message as { readonly storage?: StoragePort }).storage === this.#storage) changed();
    };
    this.#listeners.push(listener);
    for (const channel of CHANNELS) subscribe(channel, listener);
  }

  end(): void {
    for (const listener of this.#listeners.splice(0))
      for (const channel of CHANNELS) unsubscribe(channel, listener);
  }
}
