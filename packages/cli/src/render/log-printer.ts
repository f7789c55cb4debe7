import type { StoragePort } from "@automatosx/workflow/observe";
import { cleanText, unfinishedAt } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";

/** A piece of an agent's output. It may end in the middle of a line. */
export type LogPiece = ReturnType<StoragePort["readLogs"]>[number];

/** An attempt at a step. */
export type Attempt = Pick<LogPiece, "stepId" | "attemptNumber">;

/** How a page of pieces relates to the rest of the output. */
export interface LogPage {
  /** Whether nothing follows the page, so that its unfinished lines do not continue. */
  readonly isLast?: boolean;
  /** Called before each piece that is printed while a line is held back. */
  readonly onOpenLine?: (piece: LogPiece) => void;
}

/** Prints pieces of output as they are read. */
export interface LogPrinter {
  /** Whether it holds back a line that may continue. */
  readonly hasOpenLine: boolean;
  /** Prints a page of pieces, in order. */
  print(pieces: readonly LogPiece[], page?: LogPage): void;
  /** Prints what was held back of this attempt, because it has ended. */
  endAttempt(attempt: Attempt): void;
  /** Prints what was held back because more might follow. */
  end(): void;
}

/** Prints each piece as a document. */
export class JsonLog implements LogPrinter {
  readonly hasOpenLine = false;
  readonly #out: Output;

  constructor(out: Output) {
    this.#out = out;
  }

  print(pieces: readonly LogPiece[]): void {
    for (const piece of pieces) this.#out.json({ schemaVersion: SCHEMA_VERSION, ...piece });
  }

  endAttempt(): void {}

  end(): void {}
}

/** Prints the text unchanged; on a terminal, without control sequences. */
export class RawLog implements LogPrinter {
  readonly hasOpenLine = false;
  readonly #out: Output;
  #last = "\n";
  #held = "";

  constructor(out: Output) {
    this.#out = out;
  }

  print(pieces: readonly LogPiece[]): void {
    for (const { text } of pieces) this.#print(text);
  }

  endAttempt(): void {}

  end(): void {
    this.#write(cleanText(this.#held));
    if (this.#out.isTty && this.#last !== "\n") this.#out.line();
  }

  #print(text: string): void {
    if (!this.#out.isTty) return this.#write(text);
    const all = this.#held + text;
    const end = unfinishedAt(all);
    this.#held = all.slice(end);
    this.#write(cleanText(all.slice(0, end)));
  }

  #write(text: string): void {
    this.#out.write(text);
    this.#last = text.at(-1) ?? this.#last;
  }
}
