import { endianness } from "node:os";

/** The running checksum that each frame contains, over the log up to and including that frame. */
export class LogChecksum {
  readonly #isSwapped: boolean;
  #first = 0;
  #second = 0;

  constructor(isBigEndian: boolean) {
    this.#isSwapped = isBigEndian !== (endianness() === "BE");
  }

  copy(): LogChecksum {
    const sum = new LogChecksum(this.#isSwapped !== (endianness() === "BE"));
    [sum.#first, sum.#second] = [this.#first, this.#second];
    return sum;
  }

  /** Adds bytes, in a multiple of eight. */
  add(bytes: Buffer): void {
    const words = this.#wordsOf(bytes);
    let [first, second] = [this.#first, this.#second];
    for (let index = 0; index < words.length; index += 2) {
      first = (first + (words[index] ?? 0) + second) | 0;
      second = (second + (words[index + 1] ?? 0) + first) | 0;
    }
    [this.#first, this.#second] = [first, second];
  }

  /** Removes the bytes that were added last, in a multiple of eight. */
  subtract(bytes: Buffer): void {
    const words = this.#wordsOf(bytes);
    let [first, second] = [this.#first, this.#second];
    for (let index = words.length - 2; index >= 0; index -= 2) {
      second = (second - (words[index + 1] ?? 0) - first) | 0;
      first = (first - (words[index] ?? 0) - second) | 0;
    }
    [this.#first, this.#second] = [first, second];
  }

  /** The only eight bytes, as two words, that lead from this checksum to another one. */
  wordsTo(end: LogChecksum): readonly [first: number, second: number] {
    const first = (end.#first - this.#first - this.#second) | 0;
    const second = (end.#second - this.#second - end.#first) | 0;
    const swap = (word: number): number => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(word);
      return bytes.readUInt32BE();
    };
    const isLittleEndian = this.#isSwapped === (endianness() === "BE");
    return isLittleEndian ? [swap(first), swap(second)] : [first >>> 0, second >>> 0];
  }

  equals(other: LogChecksum): boolean {
    return this.#first === other.#first && this.#second === other.#second;
  }

  /** Continues from the checksum that is written in a log. */
  readFrom(log: Buffer, at: number): this {
    this.#first = log.readInt32BE(at);
    this.#second = log.readInt32BE(at + 4);
    return this;
  }

  isWrittenAt(log: Buffer, at: number): boolean {
    return log.readInt32BE(at) === this.#first && log.readInt32BE(at + 4) === this.#second;
  }

  #wordsOf(bytes: Buffer): Int32Array {
    const isAligned = bytes.byteOffset % 4 === 0 && !this.#isSwapped;
    const own = isAligned ? bytes : Buffer.from(bytes);
    if (this.#isSwapped) own.swap32();
    return new Int32Array(own.buffer, own.byteOffset, own.length / 4);
  }
}
