import { ERROR_KINDS, WorkflowError } from "@automatosx/workflow";
import type { HostsWorld } from "./HostsWorld.js";

/** Logs an error that a fault of a world can cause; any other is a defect and is reported. */
export function mustBeExpectedOfHost(world: HostsWorld, error: unknown, where: string): void {
  if (error instanceof WorkflowError && !ERROR_KINDS[error.code].quarantines && error.code !== "unknown_agent")
    world.log(`${where}: ${error.code}`);
  else world.report(`${where}: ${error instanceof Error ? error.stack : String(error)}`);
}
