import { type EngineOptions, WorkflowEngine } from "@automatosx/workflow";
import { remoteBackend } from "./backend/chosen-backend.js";
import { type DbOptions, databasePath, existingDatabase } from "./database.js";
import type { CliIo } from "./io.js";

/** An engine on the database of this invocation, and what must be closed after it. */
export interface OpenedEngine extends AsyncDisposable {
  readonly engine: WorkflowEngine;
}

/** Like the options of `WorkflowEngine.open`; `create` is whether the database may be created. */
type Options = Omit<EngineOptions, "database" | "storage">;

/**
 * Opens an engine on the database of this invocation. By default, the database must exist. An
 * engine without agents starts nothing.
 *
 * @throws UsageError `run_not_found` if the file does not exist and is not to be created
 */
export async function openEngine(
  io: CliIo,
  place: DbOptions,
  { create = false, ...options }: Options = {},
): Promise<OpenedEngine> {
  const remote = remoteBackend(io, place);
  if (remote?.kind === "postgres") {
    const { openPostgresEngine } = await import("./backend/open-remote.js");
    return openPostgresEngine(remote, { create, ...options });
  }
  // Another command reads the password of this backend, even if this one works on a file.
  if (/^postgres/i.test(io.env["AXW_BACKEND"] ?? "")) {
    const { withholdVariable } = await import("@automatosx/workflow/storage");
    withholdVariable("PGPASSWORD");
  }
  const database = create ? databasePath(io, place) : existingDatabase(io, place);
  const engine = await WorkflowEngine.open({ database, create, ...options });
  return { engine, [Symbol.asyncDispose]: () => engine.close() };
}
