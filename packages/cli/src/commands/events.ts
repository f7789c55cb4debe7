import { followRun, isOwned, RunReader } from "@automatosx/workflow/observe";
import { type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import type { CliIo } from "../io.js";
import { describeEvent, eventText } from "../progress/describe-event.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { STATUS_WIDTH } from "../progress/LinesView.js";
import { plainStatus } from "../render/status.js";
import { instant } from "../render/words.js";

export interface EventsOptions extends DbOptions {
  readonly follow?: boolean;
  readonly json?: boolean;
}

/**
 * Prints the events of a run in order. With `follow`, also prints new events for as long as a
 * process owns the run.
 */
export async function events(io: CliIo, id: string, options: EventsOptions): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  const { runId } = findRun(storage, id);
  const isLive = (): boolean => {
    const run = storage.getRun(runId);
    return run !== undefined && isOwned(run);
  };
  const source =
    options.follow === true
      ? followRun(storage, runId, { isLive })
      : RunReader.open(storage, runId).advance();
  for await (const event of source) {
    await io.stdout.drained();
    if (io.stdout.isGone) break;
    if (options.json === true) {
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...event });
      continue;
    }
    const [line, when] = [describeEvent(event), `${instant(event.at)}  `];
    const text = eventText(io.stdout, line, when.length + STATUS_WIDTH);
    io.stdout.line(`${when}${plainStatus(io.stdout, line.status, STATUS_WIDTH)}${text}`);
  }
  return ExitCode.ok;
}
