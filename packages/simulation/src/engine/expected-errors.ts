import { ERROR_KINDS, WorkflowError } from "@automatosx/workflow";
import type { WorldView } from "./world-view.js";

/**
 * Codes that, according to `ERROR_KINDS`, another engine or a later try can overcome, but that
 * cannot occur in a world: every agent is registered, and all processes run the same version.
 */
const IMPOSSIBLE: ReadonlySet<string> = new Set(["unknown_agent", "database_newer"]);

/** True for errors that a fault can cause, or a call that comes too late. */
function isExpected({ code }: WorkflowError): boolean {
  if (code === "event_refused") return true;
  return !ERROR_KINDS[code].quarantines && !IMPOSSIBLE.has(code);
}

/** Logs an expected error; any other is a defect and is reported. */
export function mustBeExpected(world: WorldView, error: unknown, where: string): void {
  if (error instanceof WorkflowError && isExpected(error)) world.log(`${where}: ${error.code}`);
  else world.report(`${where}: ${describeError(error)}`);
}

/**
 * The same for starts by id. A process that was frozen may start a run with the workflow that the
 * run had before. `hasChanged`: whether one of the runs has another workflow now.
 */
export function mustBeExpectedOfStart(
  world: WorldView,
  error: unknown,
  { where, hasChanged }: { readonly where: string; readonly hasChanged: boolean },
): void {
  const isOlder = error instanceof WorkflowError && error.code === "run_exists";
  if (isOlder && hasChanged) world.log(`${where}: ${error.code}`);
  else mustBeExpected(world, error, where);
}

function describeError(error: unknown): string {
  if (error instanceof WorkflowError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
