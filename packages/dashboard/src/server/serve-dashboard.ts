import type { WorkflowEngine } from "@automatosx/workflow";
import { engineControl } from "./engine-control.js";
import { type ListenOptions, listen, type ServedDashboard } from "./listen.js";

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
export function serveDashboard(
  engine: WorkflowEngine,
  { folder = process.cwd(), version = "", ...options }: EngineDashboardOptions = {},
): Promise<ServedDashboard> {
  const { storage } = engine;
  return listen({ ...options, folder, version, storage, control: engineControl(engine) });
}
