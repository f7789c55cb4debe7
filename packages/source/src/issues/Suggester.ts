import { editDistance } from "./edit-distance.js";

/**
 * Maximum cost of the comparisons of one suggester: 1 for each candidate, and 1 for each pair of
 * letters that is compared. Beyond this, a suggestion takes more time than it is worth.
 */
const MAX_COST = 10_000_000;
const MAX_LENGTH = 64;

/** Finds the name that a misspelt word was probably meant to be. Make one for each check. */
export class Suggester {
  #cost = 0;

  /**
   * Returns the candidate nearest to the word, if one is near: at most one edit per three letters.
   * `dependancies` is near `dependencies`; `dependsOn` is not.
   */
  nearest(word: string, candidates: Iterable<string>): string | undefined {
    if (word.length > MAX_LENGTH || this.#cost > MAX_COST) return undefined;
    const folded = word.toLowerCase();
    let best: string | undefined;
    // The smallest distance that is too far. Nothing is near a one-letter word.
    let least = Math.min(Math.floor(Math.max(word.length, 3) / 3) + 1, word.length);
    for (const candidate of candidates) {
      this.#cost += 1;
      if (this.#cost > MAX_COST) return undefined;
      if (Math.abs(candidate.length - word.length) >= least) continue;
      this.#cost += word.length * candidate.length;
      const distance = editDistance(folded, candidate.toLowerCase(), least);
      if (distance < least && candidate !== word) {
        best = candidate;
        least = distance;
      }
    }
    return best;
  }
}
