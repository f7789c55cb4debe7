import type { LogStream } from "../agents/AgentPort.js";
import { groupDigits } from "../group-digits.js";
import { messageOf } from "../message-of.js";
import type { Clock } from "../ports.js";
import { TextTail } from "./TextTail.js";

/** How much of the beginning of an attempt's output is stored, in bytes. */
const HEAD_BYTES = 7_000_000;

/**
 * How much of its end is stored, in characters. With three bytes for each, an attempt's output
 * takes no more than the storage accepts.
 */
const TAIL_CHARS = 1_000_000;

/** How much of an error that is too long for the journal is logged, in characters. */
const MAX_ERROR_CHARS = 20_000_000;

/** Where the output goes. */
export interface LogSink {
  readonly clock: Clock;
  /** Stores a piece of output, written `agoMs` ago. */
  log?(text: string, stream: LogStream, agoMs?: number): void;
}

/**
 * The output of an attempt on its way to the storage. The beginning is passed on at once. Of what
 * follows, the end is held in memory and passed on when the attempt ends, after a line that says
 * how much is missing between the two.
 */
export class AttemptLog {
  readonly #sink: LogSink;
  #headBytes = 0;
  #isLineOpen = false;
  #tail: TextTail | undefined;
  #hasEnded = false;

  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  add(text: string, stream: LogStream): void {
    const head = this.#tail === undefined ? this.#headOf(text) : "";
    if (head !== "") this.#pass(head, stream);
    if (head.length === text.length) return;
    // Output that arrives after the end has no place: what came before it is not stored.
    if (this.#hasEnded) return;
    this.#tail ??= new TextTail(TAIL_CHARS);
    this.#tail.add({ text: text.slice(head.length), stream, at: this.#sink.clock.now() });
  }

  /** What of a text belongs to the beginning. */
  #headOf(text: string): string {
    const room = HEAD_BYTES - this.#headBytes;
    const size = Buffer.byteLength(text);
    this.#headBytes += size;
    if (size <= room) return text;
    if (size === text.length) return text.slice(0, room);
    const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, room)));
    return text.slice(0, read);
  }

  /** Adds the text of an error that the journal stores only in part. */
  addError(error: unknown): void {
    this.add(`${this.#isLineOpen ? "\n" : ""}${messageOf(error, MAX_ERROR_CHARS)}\n`, "stderr");
  }

  /** Passes on what was held back. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#tail === undefined) return;
    const { pieces, droppedLength } = this.#tail;
    const now = this.#sink.clock.now();
    if (droppedLength > 0) {
      const count = groupDigits(droppedLength);
      const stream = pieces[0]?.stream === "stderr" ? "stderr" : "stdout";
      this.#pass(
        `${this.#isLineOpen ? "\n" : ""}[… ${count} characters of output are not stored …]\n`,
        stream,
      );
    }
    for (const { text, stream, at } of pieces)
      this.#pass(text, stream as LogStream, Math.max(0, now - at));
  }

  #pass(text: string, stream: LogStream, agoMs = 0): void {
    this.#isLineOpen = !text.endsWith("\n");
    this.#sink.log?.(text, stream, agoMs);
  }
}
