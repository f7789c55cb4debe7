import { createHash } from "node:crypto";

/** The seeds that go through the options of each place in turn, so that each is chosen early. */
const ROTATING_SEEDS = 24;

/**
 * Choices that depend on nothing but a seed and the place of the choice, so that the order in which
 * steps start does not change them.
 */
export class Choices {
  readonly seed: number;
  readonly #variant: number;

  /** `variant`: 0, or the number of a further try with the same seed. */
  constructor(seed: number, variant = 0) {
    this.seed = seed;
    this.#variant = variant;
  }

  /** Returns one of the options for a place, such as `draft.title`. */
  pick<T>(options: readonly [T, ...T[]], place: string): T {
    const turns = this.#variant === 0 && this.seed <= ROTATING_SEEDS;
    const number = turns
      ? this.seed - 1 + digest(place)
      : digest(JSON.stringify([this.seed, this.#variant, place]));
    return options[number % options.length] as T;
  }
}

/** A whole number from the text, below 2^32. */
function digest(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}
