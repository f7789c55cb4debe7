import { ERROR_KINDS, type SuggestedAction } from "@automatosx/workflow/errors";
import type { StoragePort, StoredRun } from "@automatosx/workflow/observe";
import { remoteBackend } from "../backend/chosen-backend.js";
import type { DbOptions } from "../database.js";
import type { Invocation } from "../invocation.js";
import type { CliIo } from "../io.js";
import type { CodedError } from "../render/error.js";
import { type NextLine, next } from "./actions.js";

/** The commands whose first argument is a workflow file. */
const FILE_VERBS: ReadonlySet<Invocation["verb"]> = new Set([
  "validate",
  "plan",
  "simulate",
  "agents",
  "run",
]);

/**
 * Returns the line after an error: the error's own line, or else the line for the action that it
 * suggests, if the run is in a state in which that helps.
 */
export async function nextAfterError(
  error: CodedError,
  invocation: Invocation,
  io: CliIo,
): Promise<NextLine> {
  if (error.next !== undefined) return error.next;
  const suggestion = error.suggestion ?? { action: ERROR_KINDS[error.code].action };
  const { runId = error.runId, database } = suggestion;
  if (database !== undefined) return lineAt(database, runId, invocation);
  if (runId === undefined || !CONCERNS_RUN.has(suggestion.action))
    return lineFor(suggestion.action, invocation, io);
  return (
    (await lineForRun(suggestion.action, runId, invocation, io)) ??
    lineFor(suggestion.action, invocation, io)
  );
}

const CONCERNS_RUN: ReadonlySet<SuggestedAction["action"]> = new Set([
  "show_run",
  "resume_run",
  "follow_run",
  "list_checkpoints",
]);

// The storage is loaded only for an error that refers to a run, for which it is loaded already.
async function lineForRun(
  action: SuggestedAction["action"],
  runId: string,
  invocation: Invocation,
  io: CliIo,
): Promise<NextLine | undefined> {
  const { openToRead } = await import("../database.js");
  try {
    using storage = await openToRead(io, invocation);
    const stored = storage.getRun(runId);
    if (stored === undefined) return undefined;
    return await knownRunLine(action, storage, stored, invocation, io);
  } catch {
    // The error that is being reported may be that the database cannot be read.
    return undefined;
  }
}

async function knownRunLine(
  action: SuggestedAction["action"],
  storage: StoragePort,
  stored: StoredRun,
  invocation: Invocation,
  io: CliIo,
): Promise<NextLine> {
  const { conditionOf } = await import("./run-condition.js");
  const { lineToContinue } = await import("./line-to-continue.js");
  const { shortId } = await import("../render/short-id.js");
  const [run, condition] = [shortId(stored.runId), conditionOf(stored)];
  if (action === "show_run") return next("show_run", condition, { run });
  if (action === "list_checkpoints" && (condition === "paused" || condition === "orphaned"))
    return next("list_checkpoints", condition, { run });
  return await lineToContinue(io, storage, stored, invocation);
}

/** The actions that need a database file. */
const CONCERNS_FILE: ReadonlySet<SuggestedAction["action"]> = new Set([
  "verify_database",
  "salvage_database",
  "inspect_database",
]);

/** Whether the runs are on another system. */
function isElsewhere(io: CliIo, place: DbOptions): boolean {
  try {
    return remoteBackend(io, place) !== undefined;
  } catch {
    // The error that is being reported may be that the URL is malformed.
    return false;
  }
}

/** The line for an action that concerns no run, or a run that cannot be read. */
function lineFor(
  action: SuggestedAction["action"],
  { verb, operand, ...place }: Invocation,
  io: CliIo,
): NextLine | Promise<NextLine> {
  if (CONCERNS_FILE.has(action) && isElsewhere(io, place))
    return next("check_backend", "unusable", undefined);
  const known = FILE_VERBS.has(verb) ? operand : undefined;
  const file = known ?? "FILE";
  switch (action) {
    case "validate_workflow":
      return next("validate_workflow", "invalid", { file });
    case "list_agents":
      return next("list_agents", "not_installed", {
        args: verb === "run" && known !== undefined ? [known] : [],
      });
    case "give_inputs":
      return next("run_with_values", "lacks_values", { args: [file, "--input", "NAME=VALUE"] });
    case "give_context":
      return next("run_with_values", "lacks_values", { args: [file, "--context", "NAME=VALUE"] });
    case "start_run":
      return next("start_run", "cancelled", { file });
    case "verify_database":
      return next("verify_database", "damaged", undefined);
    case "salvage_database":
      return salvageLine(io, place);
    case "inspect_database":
      return next("inspect_database", "unusable", undefined);
    case "read_help":
      return next("read_help", "wrong_usage", { args: verb === undefined ? [] : [verb] });
    case "show_run":
    case "resume_run":
    case "follow_run":
    case "list_checkpoints":
    case "list_runs":
      return next("list_runs", "unknown_id", undefined);
  }
}

async function salvageLine(io: CliIo, place: DbOptions): Promise<NextLine> {
  const { freePathBeside } = await import("./free-path.js");
  return next("salvage_database", "damaged", {
    database: freePathBeside(io, place, "salvaged.db"),
  });
}

async function lineAt(
  database: string,
  runId: string | undefined,
  { agents }: Invocation,
): Promise<NextLine> {
  if (runId === undefined) return next("list_runs_of", "moved_database", { database });
  const { shortId } = await import("../render/short-id.js");
  const args = agents === undefined ? [] : ["--agents", agents];
  return next("resume_moved", "moved_database", { run: shortId(runId), args, database });
}
