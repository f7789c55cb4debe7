import type { RunView } from "@automatosx/workflow/run-view";
import type { RemoteBackend } from "./backend/backend-url.js";
import { openRemote } from "./backend/open-remote-runs.js";
import type { RemoteRuns } from "./backend/RunControl.js";
import { watchRun } from "./commands/watch.js";
import { openToRead } from "./database.js";
import type { DriveOptions } from "./drive-run.js";
import type { ExitCode } from "./exit-codes.js";
import type { CliIo } from "./io.js";

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
  return await watchRun(io, storage, handed.runId, options, handed);
}

// Nothing of this process stays on the backend while the run is watched.
async function beginOn(drive: RemoteDrive, opened: RemoteRuns): Promise<Handed> {
  await using runs = opened;
  return await drive.begin(runs);
}
