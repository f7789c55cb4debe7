import { editDistance } from "./edit-distance.js";

/**
 * Maximum number of comparisons per suggester. Beyond this, a suggestion takes more time than it is
 * worth.
 */
const MAX_COMPARISONS = 200_000;
const MAX_LENGTH = 64;

/** Finds the name that a misspelt word was probably meant to be. Make one for each check. */
export class Suggester {
  #comparisons = 0;

  /**
   * Returns the candidate nearest to the word, if one is near: at most one edit per three letters.
   * `dependancies` is near `dependencies`; `dependsOn` is not.
   */
  nearest(word: string, candidates: Iterable<string>): string | undefined {
    if (word.length > MAX_LENGTH) return undefined;
    const folded = word.toLowerCase();
    let best: string | undefined;
    // The smallest distance that is too far. Nothing is near a one-letter word.
    let least = Math.min(Math.floor(Math.max(word.length, 3) / 3) + 1, word.length);
    for (const candidate of candidates) {
      this.#comparisons += 1;
      if (this.#comparisons > MAX_COMPARISONS) return undefined;
      if (Math.abs(candidate.length - word.length) >= least) continue;
      const distance = editDistance(folded, candidate.toLowerCase(), least);
      if (distance < least && candidate !== word) {
        best = candidate;
        least = distance;
      }
    }
    return best;
  }
}
