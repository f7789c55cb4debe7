/** Names that are compared in all: past this, a suggestion costs more time than it is worth. */
const MAX_COMPARISONS = 200_000;
const MAX_LENGTH = 64;

/** Finds what was probably meant. One for each check, since it stops when it has compared too much. */
export class Suggester {
  #comparisons = 0;

  /** The candidate that is nearest to the word, when it is near: `dependsOn` is not, `dependancies` is. */
  nearest(word: string, candidates: Iterable<string>): string | undefined {
    if (word.length > MAX_LENGTH) return undefined;
    const folded = word.toLowerCase();
    let best: string | undefined;
    // One change in three letters; a name of one letter is like no other.
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

/** Insertions, deletions, replacements and swaps of neighbours that make one word the other; `limit` when it is at least that. */
export function editDistance(from: string, to: string, limit = Infinity): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (last[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      let cost = Math.min(replaced, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      if (
        row > 1 &&
        column > 1 &&
        from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1]
      ) {
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    if (Math.min(...current) >= limit) return limit;
    beforeLast = last;
    last = current;
  }
  return Math.min(last[to.length] ?? 0, limit);
}
