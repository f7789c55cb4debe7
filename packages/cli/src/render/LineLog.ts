import { cleanLine, cleanText, unfinishedAt } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import type { Attempt, LogPage, LogPiece, LogPrinter } from "./log-printer.js";
import { instant } from "./words.js";

/**
 * The maximum length of a line, in characters, and of all unfinished lines together. A longer line
 * is printed in parts, so that memory does not depend on what agents write.
 */
const MAX_LINE_LENGTH = 64 * 1024;
const MAX_HELD_LENGTH = 8 * 1024 * 1024;

/** The length of step ids, in characters, up to which their lines are aligned. */
const MAX_ALIGNED_LENGTH = 24;

const STREAMS = ["stdout", "stderr"] as const;
const MARKS = { stdout: "|", stderr: "!" } as const;

/** How lines are printed. */
export interface LineLogOptions {
  /** Where the legend is printed. */
  readonly messages: Output;
  /** The ids of the steps whose output is printed; absent for a single step, which is not named. */
  readonly stepIds?: readonly string[];
}

interface OpenLine {
  readonly label: string;
  text: string;
  /** When the last part of it was written. */
  at: number;
}

/**
 * Prints whole lines, each with its time, its step and attempt, and a mark for its stream. A line
 * is printed when it ends. One that never ends is printed as soon as that is known, which is at the
 * latest when its attempt has ended.
 */
export class LineLog implements LogPrinter {
  readonly #out: Output;
  readonly #messages: Output;
  readonly #namesSteps: boolean;
  readonly #labelWidth: number;
  readonly #open = new Map<string, OpenLine>();
  /** By step, the attempt whose output was printed last. */
  readonly #attempts = new Map<string, number>();
  /** What the legend distinguishes, until it is printed. */
  #sources: Set<string> | undefined = new Set();
  #heldLength = 0;
  /** The lines of the piece that is being printed: one write for all, as each is a system call. */
  #lines = "";

  constructor(out: Output, { messages, stepIds }: LineLogOptions) {
    this.#out = out;
    this.#messages = messages;
    this.#namesSteps = stepIds !== undefined;
    const longest = (stepIds ?? []).reduce((most, id) => Math.max(most, cleanLine(id).length), 0);
    this.#labelWidth = Math.min(longest, MAX_ALIGNED_LENGTH) + "#1".length;
  }

  get hasOpenLine(): boolean {
    return this.#open.size > 0;
  }

  print(pieces: readonly LogPiece[], { isLast = false, onOpenLine }: LogPage = {}): void {
    this.#explain(pieces);
    const ends = new Map(isLast ? pieces.map((piece) => [keyOf(piece), piece]) : []);
    for (const piece of pieces) {
      if (this.hasOpenLine) onOpenLine?.(piece);
      this.#separate(piece);
      this.#print(piece);
      if (isLast && ends.get(keyOf(piece)) === piece) this.#abandon(keyOf(piece));
      this.#write();
    }
  }

  endAttempt({ stepId, attemptNumber }: Attempt): void {
    for (const stream of STREAMS) this.#abandon(keyOf({ stepId, attemptNumber, stream }));
    this.#write();
  }

  end(): void {
    for (const key of this.#open.keys()) this.#abandon(key);
    this.#write();
  }

  /** Prints a line that does not continue. */
  #abandon(key: string): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    this.#finish(open, open.text.length, "  (no newline)");
  }

  // The legend comes before the first page that needs it, and nothing needs it if all output has
  // the same source.
  #explain(pieces: readonly LogPiece[]): void {
    if (this.#sources === undefined) return;
    for (const { stepId, stream } of pieces) this.#sources.add(JSON.stringify([stepId, stream]));
    if (this.#sources.size < 2) return;
    this.#sources = undefined;
    const step = this.#namesSteps ? "step#attempt, " : "";
    this.#messages.line(
      `Columns: local time, ${step}${MARKS.stdout} stdout or ${MARKS.stderr} stderr.`,
    );
  }

  #separate(piece: LogPiece): void {
    const { stepId, attemptNumber, at } = piece;
    const before = this.#attempts.get(stepId) ?? 1;
    this.#attempts.set(stepId, attemptNumber);
    if (before === attemptNumber) return;
    this.endAttempt({ stepId, attemptNumber: before });
    this.#lines += `${this.#prefix(this.#labelOf(piece), at)}--- attempt ${attemptNumber} ---\n`;
  }

  #print(piece: LogPiece): void {
    const { at, text } = piece;
    const key = keyOf(piece);
    const open = this.#open.get(key) ?? this.#begin(piece);
    open.at = at;
    this.#open.set(key, open);
    let from = 0;
    // Only the new text is searched: a line may arrive in very many pieces.
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      this.#extend(open, text.slice(from, end));
      this.#finish(open);
      from = this.#printBlocks(open, text, end + 1);
    }
    this.#extend(open, text.slice(from));
    if (open.text === "") this.#open.delete(key);
  }

  // Prints whole lines, many in one write, and returns where the rest begins. It ends before a
  // line that is too long.
  #printBlocks({ label, at }: OpenLine, text: string, from: number): number {
    const prefix = this.#prefix(label, at);
    for (let begin = from; ; ) {
      const end = text.lastIndexOf("\n", begin + MAX_LINE_LENGTH);
      if (end < begin) return begin;
      const block = text.slice(begin, end);
      const isClean = cleanText(block) === block;
      const lines = block.split("\n").map((line) => prefix + (isClean ? line : cleanText(line)));
      this.#write(`${lines.join("\n")}\n`);
      begin = end + 1;
    }
  }

  #begin(piece: LogPiece): OpenLine {
    const mark = this.#out.paint("gray", MARKS[piece.stream]);
    return { label: `${this.#labelOf(piece)}${mark} `, text: "", at: piece.at };
  }

  #labelOf({ stepId, attemptNumber }: Attempt): string {
    if (!this.#namesSteps) return "";
    const label = `${cleanLine(stepId)}#${attemptNumber}`;
    return this.#out.paint("gray", label.padEnd(this.#labelWidth)) + " ";
  }

  #prefix(label: string, at: number): string {
    return `${instant(at)}  ${label}`;
  }

  #write(more = ""): void {
    this.#out.write(this.#lines + more);
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
  #finish(open: OpenLine, end = open.text.length, remark = ""): void {
    const rest = open.text.slice(end);
    const shown = cleanText(open.text.slice(0, end));
    const marked = remark === "" ? "" : this.#out.paint("gray", remark);
    this.#lines += `${this.#prefix(open.label, open.at)}${shown}${marked}\n`;
    if (this.#lines.length >= MAX_LINE_LENGTH) this.#write();
    this.#heldLength -= open.text.length - rest.length;
    open.text = rest;
  }
}

function keyOf({ stepId, attemptNumber, stream }: Attempt & Pick<LogPiece, "stream">): string {
  return JSON.stringify([stepId, attemptNumber, stream]);
}
