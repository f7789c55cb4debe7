import type { StoragePort } from "@automatosx/workflow/observe";
import { cleanLine, cleanText, unfinishedAt } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import type { Output } from "../Output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";

/** A piece of an agent's output. It may end in the middle of a line. */
type LogPiece = ReturnType<StoragePort["readLogs"]>[number];

/** Prints pieces of output as they are read. */
export interface LogPrinter {
  print(piece: LogPiece): void;
  /** Prints what was held back because more might follow. */
  end(): void;
}

/**
 * The maximum length of a line, in characters, and of all unfinished lines together. A longer line
 * is printed in parts, so that memory does not depend on what agents write.
 */
const MAX_LINE_LENGTH = 64 * 1024;
const MAX_HELD_LENGTH = 8 * 1024 * 1024;

/** As JSON, as text for one step, or with several steps, as lines that begin with their step id. */
export function logPrinter(
  io: CliIo,
  stepId: string | undefined,
  { json }: { readonly json?: boolean },
): LogPrinter {
  if (json === true) return new JsonPrinter(io.stdout);
  return stepId === undefined ? new PrefixPrinter(io.stdout) : new TextPrinter(io.stdout);
}

class JsonPrinter implements LogPrinter {
  readonly #out: Output;

  constructor(out: Output) {
    this.#out = out;
  }

  print(piece: LogPiece): void {
    this.#out.json({ schemaVersion: SCHEMA_VERSION, ...piece });
  }

  end(): void {}
}

/** Prints the text unchanged; on a terminal, without control sequences. */
class TextPrinter implements LogPrinter {
  readonly #out: Output;
  #last = "\n";
  #held = "";

  constructor(out: Output) {
    this.#out = out;
  }

  print({ text }: LogPiece): void {
    if (!this.#out.isTty) return this.#write(text);
    const all = this.#held + text;
    const end = unfinishedAt(all);
    this.#held = all.slice(end);
    this.#write(cleanText(all.slice(0, end)));
  }

  end(): void {
    this.#write(cleanText(this.#held));
    if (this.#last !== "\n") this.#out.line();
  }

  #write(text: string): void {
    this.#out.write(text);
    this.#last = text.at(-1) ?? this.#last;
  }
}

interface OpenLine {
  readonly label: string;
  text: string;
}

/** Prints whole lines, each prefixed with its step id. */
class PrefixPrinter implements LogPrinter {
  readonly #out: Output;
  readonly #open = new Map<string, OpenLine>();
  #heldLength = 0;
  /** The lines of the piece that is being printed: one write for all, as each is a system call. */
  #lines = "";

  constructor(out: Output) {
    this.#out = out;
  }

  print(piece: LogPiece): void {
    const key = JSON.stringify([piece.stepId, piece.attemptNumber, piece.stream]);
    const open = this.#open.get(key) ?? {
      label: this.#out.paint("gray", labelOf(piece)),
      text: "",
    };
    this.#open.set(key, open);
    let from = 0;
    // Only the new text is searched: a line may arrive in very many pieces.
    for (let at = piece.text.indexOf("\n"); at >= 0; at = piece.text.indexOf("\n", from)) {
      this.#extend(open, piece.text.slice(from, at));
      this.#finish(open);
      from = at + 1;
    }
    this.#extend(open, piece.text.slice(from));
    if (open.text === "") this.#open.delete(key);
    this.#write();
  }

  end(): void {
    for (const open of this.#open.values()) if (open.text !== "") this.#finish(open);
    this.#write();
  }

  #write(): void {
    this.#out.write(this.#lines);
    this.#lines = "";
  }

  #extend(open: OpenLine, text: string): void {
    for (let from = 0; from < text.length; ) {
      const room = MAX_LINE_LENGTH - open.text.length;
      const part = text.slice(from, from + room);
      open.text += part;
      this.#heldLength += part.length;
      from += part.length;
      if (open.text.length < MAX_LINE_LENGTH && this.#heldLength < MAX_HELD_LENGTH) continue;
      this.#finish(open, unfinishedAt(open.text) || open.text.length);
    }
  }

  /** Prints an open line up to a position; the rest begins its next line. */
  #finish(open: OpenLine, end = open.text.length): void {
    const rest = open.text.slice(end);
    this.#lines += `${open.label} ${cleanText(open.text.slice(0, end))}\n`;
    if (this.#lines.length >= MAX_LINE_LENGTH) this.#write();
    this.#heldLength -= open.text.length - rest.length;
    open.text = rest;
  }
}

function labelOf({ stepId, attemptNumber, stream }: LogPiece): string {
  return `${cleanLine(stepId)}#${attemptNumber}${stream === "stderr" ? "!" : " "}|`;
}
