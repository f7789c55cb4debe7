import { RunReader, type StoragePort } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import type { RemoteBackend } from "./backend/backend-url.js";
import { openRemote } from "./backend/open-remote-runs.js";
import type { RemoteRuns } from "./backend/RunControl.js";
import { watchRun } from "./commands/watch.js";
import { openToRead, placeOfRuns } from "./database.js";
import type { DriveOptions } from "./drive-run.js";
import { ExitCode } from "./exit-codes.js";
import { type CliIo, messages } from "./io.js";
import { next } from "./next/actions.js";
import { SCHEMA_VERSION } from "./progress/JsonView.js";
import { renderNext } from "./render/error.js";
import { shortId } from "./render/short-id.js";

/** A run that was handed to the workers. */
interface Handed {
  readonly runId: string;
  /** The last event before it was. */
  readonly afterSeq: number;
  /** The first line to print, which describes the run as of that event. */
  readonly greeting: (run: RunView) => string;
}

interface RemoteDrive {
  readonly io: CliIo;
  readonly options: DriveOptions;
  readonly remote: RemoteBackend;
  /** Whether to create the tables if they do not exist. */
  readonly createsDatabase: boolean;
  /** Hands the run to the workers. */
  begin(runs: RemoteRuns): Promise<Handed>;
}

/**
 * Hands a run to the workers of a backend, then shows it until it has ended or is paused. A signal
 * ends the watching and not the run.
 */
export async function driveRemote(drive: RemoteDrive): Promise<ExitCode> {
  const { io, options, remote, createsDatabase } = drive;
  const handed = await beginOn(
    drive,
    await openRemote(io, options, remote, { create: createsDatabase }),
  );
  using storage = await openToRead(io, options);
  if (options.detach === true) return reportDetached(drive, storage, handed);
  return await watchRun(io, storage, handed.runId, options, handed);
}

function reportDetached(
  { io, options }: RemoteDrive,
  storage: StoragePort,
  { runId, greeting }: Handed,
): ExitCode {
  const { view } = RunReader.open(storage, runId).catchUp();
  const out = messages(io, options);
  if (options.json === true)
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      type: "run_queued",
      runId,
      backend: placeOfRuns(io, options),
    });
  else out.line(greeting(view));
  renderNext(out, next("follow_run", "running", { run: shortId(runId) }), options);
  return ExitCode.ok;
}

// Nothing of this process stays on the backend while the run is watched.
async function beginOn(drive: RemoteDrive, opened: RemoteRuns): Promise<Handed> {
  await using runs = opened;
  return await drive.begin(runs);
}
