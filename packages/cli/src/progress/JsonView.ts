import type { RunEvent } from "@automatosx/schemas";
import type { CliIo } from "../io.js";
import { type EventLog, eventAsJson } from "../json/EventLog.js";
import type { ProgressView } from "./ProgressView.js";

/** The schema version of the JSON that `--json` prints. */
export const SCHEMA_VERSION = 2;

/**
 * Prints events as NDJSON to stdout, except changes of internal states, and notices to stderr.
 */
export class JsonView implements ProgressView {
  readonly #io: CliIo;
  readonly #log: EventLog;

  /** `log` has counted the events of the run that are not shown here. */
  constructor(io: CliIo, log: EventLog) {
    this.#io = io;
    this.#log = log;
  }

  event(event: RunEvent): void {
    const logged = this.#log.add(event);
    if (logged.kind === "internal") return;
    this.#io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...eventAsJson(logged) });
  }

  notice(text: string): void {
    this.#io.stderr.line(text);
  }

  stop(): void {}
}
