import { type Edge, edgesOf, isChoice, waitsForAny, writtenEdges } from "./edges.js";
import { ownValue } from "./own-value.js";
import { type Closing, or, setBit, settledAtStart } from "./settled-at-start.js";
import { skipsItself } from "./skips-itself.js";
import type { StepGroup, StepNode } from "./step-tree.js";

// 1,024 targets fit into 32 words per step: 10,000 steps need 1.3 MB for each of the two relations,
// regardless of the number of questions.
const WORDS = 32;
const SLOTS = WORDS * 32;

/** A list of steps with its dependencies resolved. */
interface WiredGroup {
  /** Dependencies first; undefined if steps wait for each other. */
  readonly order: readonly StepNode[] | undefined;
  /** The edges of each step by its position. */
  readonly edges: readonly (readonly Edge[])[];
  /** The steps that wait, directly or not, for something that is not a step of the list. */
  readonly broken: ReadonlySet<StepNode>;
}

/** Two steps of one list. */
interface Pair {
  readonly step: StepNode;
  readonly target: StepNode;
}

/**
 * Which steps of a list are settled, and which have completed, when a step of the same list starts.
 *
 * All questions are asked before the first answer is read: one pass over the edges answers those
 * about 1,024 targets. A separate walk for each would take minutes on a dense graph of 10,000
 * steps.
 */
export class StepReach {
  readonly #wired = new Map<StepGroup, WiredGroup>();
  #asked: Pair[] = [];
  readonly #upstream = new Map<StepNode, Set<StepNode>>();
  readonly #settled = new Map<StepNode, Set<StepNode>>();
  readonly #completed = new Map<StepNode, Set<StepNode>>();

  /** The steps of a list, dependencies first; undefined if steps wait for each other. */
  orderOf(group: StepGroup): readonly StepNode[] | undefined {
    return this.#wiredOf(group).order;
  }

  /** The edges of a step to others of its list. */
  edgesOf({ group, place }: StepNode): readonly Edge[] {
    return this.#wiredOf(group).edges[place] ?? [];
  }

  /** Prepares the answers about two steps of one list. */
  ask(step: StepNode, target: StepNode): void {
    this.#asked.push({ step, target });
  }

  /** Whether the step waits for the target, directly or not. True if that cannot be known. */
  isUpstream(step: StepNode, target: StepNode): boolean {
    return this.#isUnknown(step) || this.#answers().upstream.get(step)?.has(target) === true;
  }

  /**
   * Whether the target is certainly settled when the step starts. True if that is unknown. A step
   * between the two may be skipped because of another one, while the target still runs.
   */
  isSettled(step: StepNode, target: StepNode): boolean {
    return this.#isUnknown(step) || this.#answers().settled.get(step)?.has(target) === true;
  }

  /** Whether the target has certainly completed when the step starts. True if that is unknown. */
  isCompleted(step: StepNode, target: StepNode): boolean {
    return this.#isUnknown(step) || this.#answers().completed.get(step)?.has(target) === true;
  }

  /** Whether an edge from the target to the step would make them wait for each other. */
  wouldCycle(step: StepNode, target: StepNode): boolean {
    const seen = new Set<StepNode>([target]);
    for (const each of seen) {
      if (each === step) return true;
      for (const edge of this.edgesOf(each)) seen.add(edge.target);
    }
    return false;
  }

  #isUnknown(step: StepNode): boolean {
    const { order, broken } = this.#wiredOf(step.group);
    return order === undefined || broken.has(step);
  }

  #wiredOf(group: StepGroup): WiredGroup {
    const known = this.#wired.get(group);
    if (known !== undefined) return known;
    const wired = wire(group);
    this.#wired.set(group, wired);
    return wired;
  }

  #answers(): Readonly<
    Record<"upstream" | "settled" | "completed", ReadonlyMap<StepNode, ReadonlySet<StepNode>>>
  > {
    if (this.#asked.length > 0) {
      const pairs = Map.groupBy(this.#asked, ({ step }) => step.group);
      this.#asked = [];
      for (const [group, asked] of pairs) this.#answer(this.#wiredOf(group), asked);
    }
    return { upstream: this.#upstream, settled: this.#settled, completed: this.#completed };
  }

  #answer({ order, edges }: WiredGroup, pairs: readonly Pair[]): void {
    if (order === undefined) return;
    const open = pairs.filter((pair) => !this.#isDirect(pair, edges));
    const targets = [...new Set(open.map(({ target }) => target))];
    for (let from = 0; from < targets.length; from += SLOTS) {
      const slots = new Map(
        targets.slice(from, from + SLOTS).map((target, slot) => [target, slot]),
      );
      const words = Math.ceil(slots.size / 32);
      const { upstream, settled, completed } = closures({ slots, words, order, edges });
      for (const { step, target } of open) {
        const slot = slots.get(target);
        if (slot === undefined) continue;
        if (isSet(upstream, step.place * words, slot)) addTo(this.#upstream, step, target);
        if (isSet(settled, step.place * words, slot)) addTo(this.#settled, step, target);
        if (isSet(completed, step.place * words, slot)) addTo(this.#completed, step, target);
      }
    }
  }

  /** Most questions are about a dependency that must complete, and need no walk. */
  #isDirect({ step, target }: Pair, edges: WiredGroup["edges"]): boolean {
    if (isTolerant(target)) return false;
    const own = edges[step.place] ?? [];
    if (own.length > WORDS || waitsForAny(step)) return false;
    if (!own.some((edge) => edge.target === target && edge.mode === "ok")) return false;
    addTo(this.#upstream, step, target);
    addTo(this.#settled, step, target);
    addTo(this.#completed, step, target);
    return true;
  }
}

/**
 * Whether the run continues if the step fails; its output is then null. A fan-out tolerates failed
 * items, and completes.
 */
export function isTolerant({ written }: StepNode): boolean {
  return (
    ownValue(written, "continueOnError") === true && ownValue(written, "foreach") === undefined
  );
}

/** Whether the target of an edge that is no choice has completed when the edge is satisfied. */
function completes({ target, mode }: Edge): boolean {
  return !isTolerant(target) && (mode === "ok" || !skipsItself(target.written));
}

function addTo(map: Map<StepNode, Set<StepNode>>, step: StepNode, target: StepNode): void {
  const known = map.get(step);
  if (known === undefined) map.set(step, new Set([target]));
  else known.add(target);
}

function wire(group: StepGroup): WiredGroup {
  const { steps } = group;
  const edges = steps.map(edgesOf);
  const order = dependenciesFirst(steps, edges);
  const broken = new Set<StepNode>();
  for (const step of order ?? []) {
    const isBroken = !group.isListed && writtenEdges(step).some(({ id }) => !group.byId.has(id));
    if (isBroken || (edges[step.place] ?? []).some(({ target }) => broken.has(target)))
      broken.add(step);
  }
  return { order, edges, broken };
}

function dependenciesFirst(
  steps: readonly StepNode[],
  edges: readonly (readonly Edge[])[],
): StepNode[] | undefined {
  const open = new Int32Array(steps.length);
  const dependents: StepNode[][] = steps.map(() => []);
  for (const step of steps)
    for (const { target } of edges[step.place] ?? []) {
      open[step.place] = (open[step.place] ?? 0) + 1;
      dependents[target.place]?.push(step);
    }
  const order = steps.filter(({ place }) => open[place] === 0);
  for (const step of order)
    for (const dependent of dependents[step.place] ?? []) {
      const left = (open[dependent.place] ?? 0) - 1;
      open[dependent.place] = left;
      if (left === 0) order.push(dependent);
    }
  return order.length === steps.length ? order : undefined;
}

/**
 * For each step a set of targets as bits: those that it waits for, those that are settled when it
 * starts, and those that have certainly completed. Under `any`, the last are those that every
 * choice has in common.
 */
function closures(
  closing: Closing,
): Readonly<Record<"upstream" | "settled" | "completed", Uint32Array>> {
  const { slots, words, order, edges } = closing;
  const upstream = new Uint32Array(order.length * words);
  const completed = new Uint32Array(order.length * words);
  for (const step of order) {
    const at = step.place * words;
    const isAny = waitsForAny(step);
    let isFirstChoice = true;
    for (const edge of edges[step.place] ?? []) {
      const { target } = edge;
      const from = target.place * words;
      const slot = slots.get(target);
      for (let word = 0; word < words; word += 1) or(upstream, at + word, upstream[from + word]);
      if (slot !== undefined) setBit(upstream, at, slot);
      if (!isChoice(edge)) {
        for (let word = 0; word < words; word += 1)
          or(completed, at + word, completed[from + word]);
        if (slot !== undefined && completes(edge)) setBit(completed, at, slot);
      } else if (isAny) isFirstChoice = false;
    }
    if (isAny && !isFirstChoice)
      addCommon({ completed, at, words }, edges[step.place] ?? [], slots);
  }
  // Without such edges, every step upstream has started.
  const settled = edges.some((own) => own.some(isChoice)) ? settledAtStart(closing) : upstream;
  return { upstream, settled, completed };
}

function addCommon(
  { completed, at, words }: { completed: Uint32Array; at: number; words: number },
  edges: readonly Edge[],
  slots: ReadonlyMap<StepNode, number>,
): void {
  const choices = edges.filter(isChoice);
  const common = new Uint32Array(words).fill(0xffff_ffff);
  for (const { target } of choices) {
    const own = completed.slice(target.place * words, (target.place + 1) * words);
    const slot = slots.get(target);
    if (slot !== undefined) setBit(own, 0, slot);
    for (let word = 0; word < words; word += 1)
      common[word] = (common[word] ?? 0) & (own[word] ?? 0);
  }
  for (let word = 0; word < words; word += 1) or(completed, at + word, common[word]);
}

function isSet(bits: Uint32Array, base: number, slot: number): boolean {
  return ((bits[base + (slot >> 5)] ?? 0) & (1 << (slot & 31))) !== 0;
}
