/** A query: is `target` upstream of `step`? Both are positions in the list of steps. */
export interface UpstreamQuestion {
  readonly step: number;
  readonly target: number;
}

// 1,024 targets fit into 32 words per step: 10,000 steps need 1.3 MB, regardless of the number of
// queries.
const WORDS = 32;

/**
 * Returns the queries whose answer is no. `order` lists positions with dependencies first.
 *
 * One pass over the edges answers queries for 1,024 targets. A separate walk for each query would
 * take minutes on a dense graph of 10,000 steps.
 */
export function findNotUpstream<Question extends UpstreamQuestion>(
  questions: readonly Question[],
  order: readonly number[],
  dependencies: readonly (readonly number[])[],
): Question[] {
  const direct = new Map<number, ReadonlySet<number>>();
  const isDirect = ({ step, target }: Question): boolean => {
    const known = direct.get(step) ?? new Set(dependencies[step]);
    direct.set(step, known);
    return known.has(target);
  };
  const open = questions.filter((question) => !isDirect(question));
  const targets = [...new Set(open.map(({ target }) => target))];
  const missing: Question[] = [];
  for (let from = 0; from < targets.length; from += WORDS * 32) {
    const slots = new Map(
      targets.slice(from, from + WORDS * 32).map((target, slot) => [target, slot]),
    );
    const words = Math.ceil(slots.size / 32);
    const reached = closure(slots, words, order, dependencies);
    for (const question of open) {
      const slot = slots.get(question.target);
      if (slot === undefined) continue;
      const word = reached[question.step * words + (slot >> 5)] ?? 0;
      if ((word & (1 << (slot & 31))) === 0) missing.push(question);
    }
  }
  return missing;
}

/** Returns the targets upstream of each position, as a bit set of `words` words. */
function closure(
  slots: ReadonlyMap<number, number>,
  words: number,
  order: readonly number[],
  dependencies: readonly (readonly number[])[],
): Uint32Array {
  const reached = new Uint32Array(dependencies.length * words);
  for (const step of order) {
    for (const dependency of dependencies[step] ?? []) {
      for (let word = 0; word < words; word += 1) {
        const at = step * words + word;
        reached[at] = (reached[at] ?? 0) | (reached[dependency * words + word] ?? 0);
      }
      const slot = slots.get(dependency);
      if (slot === undefined) continue;
      const at = step * words + (slot >> 5);
      reached[at] = (reached[at] ?? 0) | (1 << (slot & 31));
    }
  }
  return reached;
}
