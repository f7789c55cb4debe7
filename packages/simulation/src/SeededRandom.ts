/**
 * Random numbers from a seed (splitmix32, placed in the public domain by its authors): the same
 * seed produces the same numbers on every machine.
 */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not produce neighbouring numbers.
    this.#state =
      Math.imul(seed ^ (seed >>> 16) ^ Math.trunc(seed / 0x1_0000_0000), 0x45d9f3b) ^ 0x9e3779b9;
    this.next();
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** An integer from `least` to `most`, inclusive. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** An item of a non-empty list. */
  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new RangeError("The list to pick from is empty.");
    return picked;
  }

  /** About half of the items of a non-empty list, and at least one. */
  some<T>(from: readonly T[]): readonly T[] {
    const taken = from.filter(() => this.chance(0.5));
    return taken.length > 0 ? taken : [this.pick(from)];
  }

  /** A second generator. Drawing from one of the two does not affect the other. */
  fork(): SeededRandom {
    return new SeededRandom(this.between(0, 0x7fff_ffff));
  }
}
