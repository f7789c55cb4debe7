import type { RunEvent } from "@automatosx/schemas";
import type { CliIo } from "../io.js";
import type { ProgressView } from "./ProgressView.js";

/** The schema version of the JSON that `--json` prints. */
export const SCHEMA_VERSION = 1;

/** Prints events as NDJSON to stdout, and notices to stderr. */
export class JsonView implements ProgressView {
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  event(event: RunEvent): void {
    this.#io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...event });
  }

  notice(text: string): void {
    this.#io.stderr.line(text);
  }

  stop(): void {}
}
