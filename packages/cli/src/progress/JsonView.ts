import type { RunEvent } from "@automatosx/schemas";
import type { CliIo } from "../io.js";
import type { ProgressView } from "./ProgressView.js";

/** The version of the shape of what `--json` prints. */
export const SCHEMA_VERSION = 1;

/** Events as NDJSON on stdout; what is said to a person goes to stderr. */
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
