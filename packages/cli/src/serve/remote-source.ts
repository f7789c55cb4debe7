import type { DashboardOptions, RunControl } from "@automatosx/dashboard";
import type { CommandOutcome, RunCommand } from "@automatosx/workflow";
import type { RemoteBackend } from "../backend/backend-url.js";
import { openRemote } from "../backend/open-remote-runs.js";
import { type DbOptions, databasePath } from "../database.js";
import type { CliIo } from "../io.js";
import { type Launcher, launchDetached } from "./launch-detached.js";

/** The runs of a backend for the page, and what must be closed after it. */
export interface RemoteSource extends AsyncDisposable {
  readonly options: Pick<DashboardOptions, "storage" | "control">;
}

/**
 * Opens the runs of a backend for the page. What the page starts is handed to the workers by a
 * short process of `axw`, as on the command line.
 */
export async function openRemoteSource(
  io: CliIo,
  options: DbOptions,
  remote: RemoteBackend,
  launcher: Pick<Launcher, "program">,
  typed: RunControl["typed"],
): Promise<RemoteSource> {
  const runs = await openRemote(io, options, remote, { create: true });
  const { storage } = runs.control;
  const whole: Launcher = {
    ...launcher,
    storage,
    flags: ["--detach"],
    cwd: io.cwd,
    // Not a flag, which other users could read: the URL may contain a password.
    env: {
      ...io.env,
      AXW_BACKEND: urlOf(io, options, remote),
      ...(remote.kind === "restate" && { AXW_DB: databasePath(io, options) }),
    },
  };
  const control: RunControl = {
    send: (runId: string, command: RunCommand): Promise<CommandOutcome> =>
      runs.send(runId, command),
    fork: async (runId, about) => (await runs.control.fork(runId, about)).runId,
    launch: (launch) =>
      launch.verb === "resume"
        ? runs.send(launch.runId, { verb: "resume" })
        : launchDetached(whole, launch),
    typed,
  };
  return {
    options: { storage, control },
    [Symbol.asyncDispose]: async () => runs[Symbol.asyncDispose](),
  };
}

function urlOf(io: CliIo, { backend }: DbOptions, remote: RemoteBackend): string {
  return backend ?? io.env["AXW_BACKEND"] ?? remote.shown;
}
