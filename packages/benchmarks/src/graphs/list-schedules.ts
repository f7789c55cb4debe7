import { seededChance } from "../seeded-chance.ts";
import type { RealGraph } from "./real-graphs.ts";

const RANDOM_ORDERS = 12;

/**
 * The makespan of the shortest of many list schedules with `slots` slots. Each schedule uses a
 * priority order computed from the exact runtimes.
 */
export function bestListMakespan(graph: RealGraph, slots: number): number {
  const heights = criticalPathHeights(graph);
  const least = Math.max(0, ...heights, graph.ms.reduce((sum, each) => sum + each, 0) / slots);
  const chance = seededChance(graph.n);
  let best = Number.POSITIVE_INFINITY;
  for (const priorities of [
    heights,
    graph.ms,
    graph.ms.map((ms) => -ms),
    heights.map((height, index) => height - (graph.ms[index] ?? 0)),
    graph.ms.map((_, index) => -index),
    ...Array.from({ length: RANDOM_ORDERS }, () => graph.ms.map(chance)),
    // Better orders are often close to the critical-path order.
    ...Array.from({ length: RANDOM_ORDERS }, () =>
      heights.map((height) => height * (0.8 + 0.4 * chance())),
    ),
  ]) {
    best = Math.min(best, listMakespan(graph, slots, priorities));
    if (best <= least) break;
  }
  return best;
}

/** For each task, the time from its start to the end of the graph along the longest path. */
export function criticalPathHeights({ ms, deps }: RealGraph): number[] {
  const open = ms.map(() => 0);
  for (const each of deps)
    for (const dependency of each) open[dependency] = (open[dependency] ?? 0) + 1;
  const heights = [...ms];
  const ready = open.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    for (const dependency of deps[index] ?? []) {
      heights[dependency] = Math.max(
        heights[dependency] ?? 0,
        (heights[index] ?? 0) + (ms[dependency] ?? 0),
      );
      open[dependency] = (open[dependency] ?? 0) - 1;
      if (open[dependency] === 0) ready.push(dependency);
    }
  }
  return heights;
}

/** The makespan when each free slot starts the ready task with the highest priority. */
export function listMakespan(
  { ms, deps, n }: RealGraph,
  slots: number,
  priorities: readonly number[],
): number {
  const successors: number[][] = Array.from({ length: n }, () => []);
  const open = deps.map((each) => each.length);
  deps.forEach((each, index) => {
    for (const dependency of each) successors[dependency]?.push(index);
  });
  const ready = new Heap();
  const running = new Heap();
  open.forEach((count, index) => {
    if (count === 0) ready.push(-(priorities[index] ?? 0), index);
  });
  let now = 0;
  for (;;) {
    while (running.size < slots && ready.size > 0) {
      const [, index] = ready.pop();
      running.push(now + (ms[index] ?? 0), index);
    }
    if (running.size === 0) return now;
    const [at, ended] = running.pop();
    now = at;
    for (const index of successors[ended] ?? []) {
      open[index] = (open[index] ?? 0) - 1;
      if (open[index] === 0) ready.push(-(priorities[index] ?? 0), index);
    }
  }
}

/** A heap that pops the smallest key first, and the smallest index among equal keys. */
class Heap {
  readonly #entries: (readonly [key: number, index: number])[] = [];

  get size(): number {
    return this.#entries.length;
  }

  push(key: number, index: number): void {
    const entries = this.#entries;
    let at = entries.push([key, index]) - 1;
    while (at > 0 && this.#isBefore(at, (at - 1) >> 1)) {
      this.#swap(at, (at - 1) >> 1);
      at = (at - 1) >> 1;
    }
  }

  pop(): readonly [key: number, index: number] {
    const entries = this.#entries;
    const [first] = entries;
    const last = entries.pop();
    if (first === undefined || last === undefined)
      throw new Error("An empty heap has no least entry.");
    if (entries.length === 0) return first;
    entries[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      if (2 * at + 1 < entries.length && this.#isBefore(2 * at + 1, least)) least = 2 * at + 1;
      if (2 * at + 2 < entries.length && this.#isBefore(2 * at + 2, least)) least = 2 * at + 2;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#entries[a] ?? [0, 0], this.#entries[b] ?? [0, 0]];
    return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#entries[a], this.#entries[b]];
    if (one === undefined || other === undefined) return;
    this.#entries[a] = other;
    this.#entries[b] = one;
  }
}
