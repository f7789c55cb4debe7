import type { RunEvent } from "@automatosx/schemas";
import {
  countEndedSteps,
  followRun,
  isOwned,
  RunReader,
  type StoragePort,
} from "@automatosx/workflow/observe";
import { describeEvent, type EventLine, toleratedNote } from "@automatosx/workflow/run-view";
import { announceFoundDatabase, type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import type { CliIo } from "../io.js";
import { EventLog, eventAsJson, type LoggedEvent } from "../json/EventLog.js";
import type { Output } from "../Output.js";
import { eventText } from "../progress/event-text.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { STATUS_WIDTH } from "../progress/LinesView.js";
import { plainStatus } from "../render/status.js";
import { instant } from "../render/words.js";

export interface EventsOptions extends DbOptions {
  /** Whether to print changes of internal states too. */
  readonly all?: boolean;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/**
 * Prints the events of a run in order. With `follow`, also prints new events for as long as a
 * process owns the run.
 */
export async function events(
  io: CliIo,
  id: string,
  { all = false, follow, json, ...options }: EventsOptions,
): Promise<ExitCode> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const { runId } = findRun(storage, id);
  const isLive = (): boolean => {
    const run = storage.getRun(runId);
    return run !== undefined && isOwned(run);
  };
  const source =
    follow === true
      ? followRun(storage, runId, { isLive })
      : RunReader.open(storage, runId).advance();
  const log = new EventLog();
  for await (const event of source) {
    const logged = log.add(event);
    if (logged.kind === "internal" && !all) continue;
    await io.stdout.drained();
    if (io.stdout.isGone) break;
    if (json === true)
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...eventAsJson(logged, all) });
    else renderEvent(io.stdout, logged, { withInternal: all, mark: toleratedMark(storage, event) });
  }
  return ExitCode.ok;
}

function toleratedMark(storage: StoragePort, event: RunEvent): string {
  return event.type === "run_state" && event.status === "completed"
    ? toleratedNote(countEndedSteps(storage, event.runId))
    : "";
}

function renderEvent(
  out: Output,
  { event, kind }: LoggedEvent,
  { withInternal, mark }: { readonly withInternal: boolean; readonly mark: string },
): void {
  const line = describeEvent(event);
  const shown: EventLine =
    kind === "resumed" ? { ...line, status: kind, detail: withInternal ? line.detail : "" } : line;
  const when = `${instant(event.at)}  `;
  const text = eventText(out, shown, when.length + STATUS_WIDTH, mark);
  out.line(`${when}${plainStatus(out, shown.status, STATUS_WIDTH)}${text}`);
}
