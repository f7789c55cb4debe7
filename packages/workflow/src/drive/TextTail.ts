/** A piece of text that arrived in one stream. */
export interface TextPiece {
  readonly text: string;
  readonly stream: string;
  /** When the piece arrived, in ms on the clock of the caller. */
  readonly at: number;
}

/** Pieces shorter than this are joined, so that a tail of single characters stays small. */
const MIN_PIECE_LENGTH = 4_096;

/** How much later than the piece before it a piece may arrive to be joined with it, in ms. */
const MAX_JOINED_MS = 1_000;

/** Keeps the end of a text that arrives in pieces, in bounded memory. */
export class TextTail {
  readonly #maxLength: number;
  #pieces: { text: string; readonly stream: string; readonly at: number }[] = [];
  /** How many of `#pieces` have been dropped: the array is shortened only now and then. */
  #droppedPieces = 0;
  #length = 0;
  /** How many characters were dropped because later ones took their place. */
  droppedLength = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** The pieces that are kept, oldest first. */
  get pieces(): readonly TextPiece[] {
    return this.#pieces.slice(this.#droppedPieces);
  }

  /** The text that is kept. */
  get text(): string {
    return this.pieces.map(({ text }) => text).join("");
  }

  add(piece: TextPiece): void {
    const excess = piece.text.length - this.#maxLength;
    const text = excess > 0 ? withoutHalfCharacter(piece.text.slice(excess)) : piece.text;
    this.droppedLength += piece.text.length - text.length;
    const last = this.#pieces.at(-1);
    if (
      last !== undefined &&
      this.#pieces.length > this.#droppedPieces &&
      last.stream === piece.stream &&
      last.text.length < MIN_PIECE_LENGTH &&
      piece.at - last.at <= MAX_JOINED_MS
    )
      last.text += text;
    else this.#pieces.push({ ...piece, text });
    this.#length += text.length;
    while (this.#length > this.#maxLength) this.#drop();
  }

  #drop(): void {
    const oldest = this.#pieces[this.#droppedPieces];
    if (oldest === undefined) return;
    const excess = this.#length - this.#maxLength;
    const rest = excess < oldest.text.length ? oldest.text.slice(excess) : "";
    const kept = withoutHalfCharacter(rest);
    this.droppedLength += oldest.text.length - kept.length;
    this.#length -= oldest.text.length - kept.length;
    oldest.text = kept;
    if (kept !== "") return;
    this.#droppedPieces += 1;
    if (this.#droppedPieces * 2 < this.#pieces.length) return;
    this.#pieces = this.#pieces.slice(this.#droppedPieces);
    this.#droppedPieces = 0;
  }
}

/** The text without the second half of a surrogate pair at its beginning. */
function withoutHalfCharacter(text: string): string {
  const unit = text.charCodeAt(0);
  return unit >= 0xdc00 && unit <= 0xdfff ? text.slice(1) : text;
}
