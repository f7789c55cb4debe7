import { ERROR_KINDS, WorkflowError } from "@automatosx/workflow";
import type { HostsView } from "./hosts-view.js";

/** Logs an error that a fault of a world can cause; any other is a defect and is reported. */
export function mustBeExpectedOfHost(world: HostsView, error: unknown, where: string): void {
  if (error instanceof WorkflowError && isExpected(error)) world.log(`${where}: ${error.code}`);
  else world.report(`${where}: ${error instanceof Error ? error.stack : String(error)}`);
}

// A run whose workers die or lose it again and again waits for a person, who resumes it by its id.
function isExpected({ code }: WorkflowError): boolean {
  if (code === "run_quarantined") return true;
  return !ERROR_KINDS[code].quarantines && code !== "unknown_agent";
}
