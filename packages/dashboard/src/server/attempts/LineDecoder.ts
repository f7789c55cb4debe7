import type { LogChunk } from "@automatosx/workflow/observe";

type Stream = LogChunk["stream"];

/** A line of a log. */
export interface DecodedLine {
  /** Its number among all lines, and among those of its stream. */
  readonly number: number;
  readonly streamNumber: number;
  readonly at: number;
  readonly stream: Stream;
  /** At most as much as the decoder keeps. */
  readonly text: string;
  /** How many characters the whole line has. */
  readonly length: number;
}

interface OpenLine {
  readonly number: number;
  readonly streamNumber: number;
  readonly at: number;
  readonly parts: string[];
  length: number;
}

/** How many lines have begun, and which are unfinished. */
export interface LinePosition {
  readonly lines: number;
  readonly ofStream: Readonly<Record<Stream, number>>;
  /** The unfinished line of each stream, of which only the number and the length are known. */
  readonly open: Readonly<
    Record<Stream, Pick<OpenLine, "number" | "streamNumber" | "at" | "length"> | undefined>
  >;
}

export const FIRST_LINE: LinePosition = {
  lines: 0,
  ofStream: { stdout: 0, stderr: 0 },
  open: { stdout: undefined, stderr: undefined },
};

/**
 * Divides the chunks of a log into lines. A line has the number of the chunk in which it begins: an
 * unfinished one continues in the next chunk of its stream.
 */
export class LineDecoder {
  readonly #keep: number;
  readonly #counts: Record<Stream, number>;
  readonly #open: Record<Stream, OpenLine | undefined>;
  #lines: number;

  /** Begins at a position. Of each line at most `keep` characters are kept. */
  constructor(keep: number, position: LinePosition = FIRST_LINE) {
    this.#keep = keep;
    this.#lines = position.lines;
    this.#counts = { ...position.ofStream };
    const { stdout, stderr } = position.open;
    this.#open = {
      stdout: stdout && { ...stdout, parts: [] },
      stderr: stderr && { ...stderr, parts: [] },
    };
  }

  /** Where the next chunk begins. */
  get position(): LinePosition {
    const { stdout, stderr } = this.#open;
    return {
      lines: this.#lines,
      ofStream: { ...this.#counts },
      open: { stdout: stdout && known(stdout), stderr: stderr && known(stderr) },
    };
  }

  /** Reads a chunk, and yields the lines that end in it. */
  *add({ stream, at, text }: LogChunk): Generator<DecodedLine> {
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf("\n", from);
      const to = end === -1 ? text.length : end;
      const line = this.#open[stream] ?? this.#begin(stream, at);
      const room = this.#keep - line.length;
      if (room > 0 && to > from) line.parts.push(text.slice(from, Math.min(to, from + room)));
      line.length += to - from;
      from = to + 1;
      if (end === -1) {
        this.#open[stream] = line;
        return;
      }
      this.#open[stream] = undefined;
      yield decoded(line, stream);
    }
  }

  /** The unfinished lines, as far as they go. */
  *rest(): Generator<DecodedLine> {
    for (const stream of ["stdout", "stderr"] as const) {
      const line = this.#open[stream];
      if (line !== undefined) yield decoded(line, stream);
    }
  }

  #begin(stream: Stream, at: number): OpenLine {
    this.#lines += 1;
    this.#counts[stream] += 1;
    return {
      number: this.#lines,
      streamNumber: this.#counts[stream],
      at,
      parts: [],
      length: 0,
    };
  }
}

function known({ number, streamNumber, at, length }: OpenLine) {
  return { number, streamNumber, at, length };
}

function decoded(line: OpenLine, stream: Stream): DecodedLine {
  return { ...known(line), stream, text: line.parts.join("") };
}
