import { RunReader } from "@automatosx/workflow/observe";
import type { CliIo } from "../io.js";
import { EventLog } from "../json/EventLog.js";
import { JsonView } from "./JsonView.js";
import { LinesView } from "./LinesView.js";
import { type LiveSubject, LiveView } from "./LiveView.js";
import type { ProgressView } from "./ProgressView.js";

/** How to show progress. */
export interface ViewOptions {
  readonly json?: boolean;
  readonly ui?: "live" | "lines";
}

/** A run, and the journal entry after which its events are shown. */
export interface ViewSubject extends LiveSubject {
  readonly afterSeq: number;
}

/**
 * Whether progress is drawn rather than printed in lines: on a terminal that can move its cursor,
 * outside CI, unless `--ui` says otherwise. Nothing is drawn without a terminal.
 */
export function isLive({ stdout, env }: CliIo, { json, ui }: ViewOptions): boolean {
  if (json === true || !stdout.isTty) return false;
  return ui === undefined ? env["TERM"] !== "dumb" && !env["CI"] : ui === "live";
}

/** Creates the view that the options and the terminal call for. */
export function chooseView(io: CliIo, options: ViewOptions, subject: ViewSubject): ProgressView {
  const { run, storage, isSimulated, afterSeq } = subject;
  if (options.json === true) {
    const earlier = RunReader.open(storage, run.origin.runId).advance(afterSeq);
    return new JsonView(io, new EventLog().skip(earlier));
  }
  return isLive(io, options)
    ? new LiveView(io, subject)
    : new LinesView(io.stdout, run, isSimulated);
}
