import { TextTail } from "../drive/TextTail.js";
import { groupDigits } from "../terminal-text.js";

/** How much of the beginning and of the end of a stream is kept, in characters. */
const HEAD_LENGTH = 16_384;
const TAIL_LENGTH = 262_144;

/** The beginning and the end of what a program prints in one stream. */
export class StreamEnds {
  #head = "";
  readonly #tail = new TextTail(TAIL_LENGTH);

  add(text: string): void {
    const room = HEAD_LENGTH - this.#head.length;
    this.#head += text.slice(0, room);
    if (text.length > room) this.#tail.add({ text: text.slice(room), stream: "", at: 0 });
  }

  /** Both parts, and between them a line that says how much is missing. */
  get text(): string {
    const { droppedLength, text } = this.#tail;
    if (droppedLength === 0) return this.#head + text;
    return `${this.#head}\n[… ${groupDigits(droppedLength)} characters …]\n${text}`;
  }
}
