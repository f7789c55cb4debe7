import type { LogChunk, StoragePort } from "@automatosx/workflow/observe";
import { plainText } from "../../ansi/parse-ansi.js";
import type { LogLine, LogStream } from "../../api/run.schema.js";
import { type DecodedLine, FIRST_LINE, LineDecoder, type LinePosition } from "./LineDecoder.js";

/** How much of a line is answered, in characters. */
const LINE_LIMIT = 10_000;

/** The most hits of a search that are answered. */
const HIT_LIMIT = 10_000;

/** How much is read before other requests are served, in characters. */
const SLICE = 256 * 1024;

/** How many lines are between two kept positions. */
const LINES_PER_MARK = 512;

/** The attempt whose log it is. */
export interface AttemptName {
  readonly runId: string;
  /** When its run was started: the id of a run that was removed can be used again. */
  readonly createdAt: number;
  readonly stepId: string;
  readonly attempt: number;
}

/** Where reading can begin: after a chunk. */
interface Mark {
  readonly afterId: number;
  readonly position: LinePosition;
}

/**
 * The lines of the log of one attempt. The text stays in the database: only where every few hundred
 * lines begin is kept, so that a page of a long log costs as much as that of a short one.
 */
export class AttemptLog {
  readonly #storage: Pick<StoragePort, "readLogs">;
  readonly #name: AttemptName;
  readonly #decoder = new LineDecoder(0);
  readonly #marks: Mark[] = [{ afterId: 0, position: FIRST_LINE }];
  #lastId = 0;
  #bytes = 0;
  #lastAt: number | undefined;
  #reading: Promise<void> | undefined;

  constructor(storage: Pick<StoragePort, "readLogs">, name: AttemptName) {
    this.#storage = storage;
    this.#name = name;
  }

  /** The size of the log in bytes, as far as it was read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When something was printed last, in ms since the epoch; undefined if nothing was. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  /** Reads what was added to the log. */
  async catchUp(): Promise<void> {
    this.#reading ??= this.#extend().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  /** The number of lines, of all or of one stream, as far as the log was read. */
  count(stream?: LogStream): number {
    const { lines, ofStream } = this.#decoder.position;
    if (stream === undefined) return lines;
    return stream === "engine" ? 0 : ofStream[stream];
  }

  /**
   * Returns the lines from a place on: counted from 1, or from the end if it is negative; among the
   * lines of one stream if there is one.
   */
  async lines(from: number, limit: number, stream?: LogStream): Promise<readonly LogLine[]> {
    const total = this.count(stream);
    const first = from < 0 ? Math.max(1, total + from + 1) : Math.max(1, from);
    const last = Math.min(total, first + limit - 1);
    if (last < first || stream === "engine") return [];
    const place = (line: DecodedLine): number =>
      stream === undefined ? line.number : line.streamNumber;
    const found: DecodedLine[] = [];
    const wanted = last - first + 1;
    const isWanted = (number: number): boolean => number >= first && number <= last;
    const mark = this.#marks.findLast(({ position }) => countOf(position, stream) < first);
    for await (const lines of this.#decode(LINE_LIMIT, mark)) {
      for (const line of lines)
        if ((stream === undefined || line.stream === stream) && isWanted(place(line)))
          found.push(line);
      // A line may end after later ones.
      if (found.length === wanted) break;
    }
    return found.sort((a, b) => a.number - b.number).map(wireLine);
  }

  /**
   * Returns the numbers of the lines in which a text occurs: the first ones from a line on, and how
   * many lines of the whole log there are.
   */
  async find(
    wanted: string,
    from: number,
  ): Promise<{ readonly hits: number[]; readonly total: number }> {
    const text = wanted.toLowerCase();
    const hits: number[] = [];
    let total = 0;
    for await (const lines of this.#decode(Number.POSITIVE_INFINITY))
      for (const line of lines) {
        if (!occursIn(line.text, text)) continue;
        total += 1;
        if (line.number >= from) hits.push(line.number);
      }
    return { hits: hits.sort((a, b) => a - b).slice(0, HIT_LIMIT), total };
  }

  /** Yields the log as it was written, in parts. */
  async *text(): AsyncGenerator<string> {
    for await (const chunk of this.#chunks(0)) yield chunk.text;
  }

  async #extend(): Promise<void> {
    for await (const chunk of this.#chunks(this.#lastId)) {
      const before = this.#marks.at(-1)?.position.lines ?? 0;
      const { position } = this.#decoder;
      if (position.lines - before >= LINES_PER_MARK)
        this.#marks.push({ afterId: this.#lastId, position });
      for (const _ of this.#decoder.add(chunk));
      this.#lastId = chunk.id;
      this.#lastAt = chunk.at;
      this.#bytes += Buffer.byteLength(chunk.text);
    }
  }

  // By chunks: to wait for each line would take longer than to read it.
  async *#decode(
    keep: number,
    mark: Mark = { afterId: 0, position: FIRST_LINE },
  ): AsyncGenerator<readonly DecodedLine[]> {
    const decoder = new LineDecoder(keep, mark.position);
    for await (const chunk of this.#chunks(mark.afterId)) {
      if (chunk.id > this.#lastId) break;
      yield [...decoder.add(chunk)];
    }
    yield [...decoder.rest()];
  }

  async *#chunks(afterId: number): AsyncGenerator<LogChunk & { readonly id: number }> {
    const { runId, stepId, attempt } = this.#name;
    for (let last = afterId; ; ) {
      const chunks = this.#storage.readLogs(runId, stepId, last, SLICE, attempt);
      yield* chunks;
      last = chunks.at(-1)?.id ?? last;
      if (chunks.length === 0) return;
      await new Promise<void>((done) => {
        setImmediate(done);
      });
    }
  }
}

function countOf({ lines, ofStream }: LinePosition, stream: LogStream | undefined): number {
  return stream === undefined || stream === "engine" ? lines : ofStream[stream];
}

function wireLine({ number, at, stream, text, length }: DecodedLine): LogLine {
  // Half of a character that was cut in two cannot be shown.
  const shown = text.length < length ? text.replace(/[\ud800-\udbff]$/, "") : text;
  return text.length < length ? [number, at, stream, shown, length] : [number, at, stream, shown];
}

/** Whether a line has a text, without the sequences that only style it. */
function occursIn(line: string, wanted: string): boolean {
  if (!/\p{Cc}/u.test(line)) return line.toLowerCase().includes(wanted);
  return plainText(line).toLowerCase().includes(wanted);
}
