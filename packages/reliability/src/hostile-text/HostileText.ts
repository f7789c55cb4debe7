/** A text that is expensive to read for a reader that looks at it more than once. */
export interface HostileText {
  /** What the text consists of, and what reads it. */
  readonly name: string;
  /** Returns a text of about this many characters. */
  readonly text: (length: number) => string;
  /** Reads the text as a user's text is read. Whether it is accepted does not matter. */
  readonly read: (text: string) => unknown;
}

/** Returns copies of a piece, about `length` characters in total. */
export function fill(piece: string, length: number): string {
  return piece.repeat(Math.max(1, Math.floor(length / piece.length)));
}

/** Returns numbered pieces, at most `length` characters in total, but at least one piece. */
export function number(piece: (index: number) => string, length: number): string {
  const pieces: string[] = [];
  let total = 0;
  for (let next = piece(0); total === 0 || total + next.length <= length; ) {
    pieces.push(next);
    total += next.length;
    next = piece(pieces.length);
  }
  return pieces.join("");
}
