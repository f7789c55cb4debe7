import type { StoragePort } from "@automatosx/workflow/observe";
import type { StepSnapshot } from "@automatosx/workflow/run-view";
import { cleanLine, unfinishedAt } from "@automatosx/workflow/terminal-text";

/** How many chunks are read to find the last line of a step, and how much of each. */
const MAX_CHUNKS = 8;
const MAX_CHUNK_LENGTH = 1024;

/** What running steps printed last, from the logs in the database. */
export class LastLines {
  readonly #storage: Pick<StoragePort, "lastLogs">;
  readonly #runId: string;

  constructor(storage: Pick<StoragePort, "lastLogs">, runId: string) {
    this.#storage = storage;
    this.#runId = runId;
  }

  /** The last line that the running attempt printed, without escapes; empty if it has not. */
  of({ id, attemptNumber }: Pick<StepSnapshot, "id" | "attemptNumber">): string {
    let chunks: ReturnType<StoragePort["lastLogs"]>;
    try {
      chunks = this.#storage.lastLogs(this.#runId, id, MAX_CHUNKS, MAX_CHUNK_LENGTH);
    } catch {
      // A database that cannot be read is reported by what works on the run, not by its display.
      return "";
    }
    const own = chunks.filter((chunk) => chunk.attemptNumber === attemptNumber);
    const stream = own.at(-1)?.stream;
    return lastLine(
      own
        .filter((chunk) => chunk.stream === stream)
        .map(({ text }) => text)
        .join(""),
    );
  }
}

/**
 * The last line that is not blank. A line that is overwritten after a carriage return, such as that
 * of a progress bar, counts as a line.
 */
function lastLine(text: string): string {
  const lines = text.slice(0, unfinishedAt(text)).split(/[\r\n]/);
  for (const line of lines.reverse()) {
    const clean = cleanLine(line);
    if (clean !== "") return clean;
  }
  return "";
}
