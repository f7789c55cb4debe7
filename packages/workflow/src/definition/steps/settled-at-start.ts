import { type Edge, isChoice, waitsForAny } from "./edges.js";
import type { StepNode } from "./step-tree.js";

/** The steps of a list, dependencies first, and the targets that are asked about. */
export interface Closing {
  /** The bit of each target. */
  readonly slots: ReadonlyMap<StepNode, number>;
  /** How many words the bits of a step take. */
  readonly words: number;
  readonly order: readonly StepNode[];
  /** The edges of each step by its position. */
  readonly edges: readonly (readonly Edge[])[];
}

/**
 * For each step the targets, as bits, that are certainly settled when it starts.
 *
 * A step is skipped as soon as one of its edges cannot be satisfied. Behind an edge that a skipped
 * step satisfies, only what is settled in that case too is certain: in `mid: [a, x]` and
 * `end: [{ mid: done }]`, `x` may still run when `end` starts, because `a` has failed.
 */
export function settledAtStart({ slots, words, order, edges }: Closing): Uint32Array {
  const atStart = new Uint32Array(order.length * words);
  // What is settled once a step is settled itself, even if it never started.
  const atEnd = new Uint32Array(order.length * words);
  const behind = (bits: Uint32Array, { target }: Edge): Uint32Array => {
    const found = bits.slice(target.place * words, (target.place + 1) * words);
    const slot = slots.get(target);
    if (slot !== undefined) setBit(found, 0, slot);
    return found;
  };
  for (const step of order) {
    const own = edges[step.place] ?? [];
    const at = step.place * words;
    for (const edge of own) {
      addAll(atStart, at, behind(isChoice(edge) ? atEnd : atStart, edge));
    }
    const ends = own
      .filter(({ mode }) => mode !== "done")
      // A step that has failed had started.
      .map((edge) => behind(edge.mode === "ok-or-skipped" ? atStart : atEnd, edge));
    if (waitsForAny(step))
      ends.push(
        unionOf(
          own.filter(isChoice).map((edge) => behind(atEnd, edge)),
          words,
        ),
      );
    for (let word = 0; word < words; word += 1)
      atEnd[at + word] = ends.reduce(
        (common, bits) => common & (bits[word] ?? 0),
        atStart[at + word] ?? 0,
      );
  }
  return atStart;
}

function addAll(bits: Uint32Array, at: number, added: Uint32Array): void {
  for (const [word, value] of added.entries()) or(bits, at + word, value);
}

function unionOf(sets: readonly Uint32Array[], words: number): Uint32Array {
  const union = new Uint32Array(words);
  for (const set of sets) addAll(union, 0, set);
  return union;
}

/** Sets the bits of a word. */
export function or(bits: Uint32Array, at: number, value: number | undefined): void {
  bits[at] = (bits[at] ?? 0) | (value ?? 0);
}

/** Sets the bit of a target. */
export function setBit(bits: Uint32Array, base: number, slot: number): void {
  or(bits, base + (slot >> 5), 1 << (slot & 31));
}
