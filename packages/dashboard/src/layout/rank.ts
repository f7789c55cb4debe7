import type { Graph } from "./graph-of.js";

/** The steps that each step leads to, by index. */
function successorsOf({ nodes, edges }: Graph): readonly (readonly number[])[] {
  const successors: number[][] = nodes.map(() => []);
  for (const [from, to] of edges) successors[from]?.push(to);
  return successors;
}

/**
 * Returns the rank of each node: the length of the longest path that leads to it. Takes time linear
 * in the size of the graph.
 */
export function ranksOf(graph: Graph): readonly number[] {
  const successors = successorsOf(graph);
  const ranks = graph.nodes.map(() => 0);
  const missing = graph.nodes.map(() => 0);
  for (const [, to] of graph.edges) missing[to] = (missing[to] ?? 0) + 1;
  const free = [...missing.keys()].filter((index) => missing[index] === 0);
  // The list grows while it is read.
  for (const index of free)
    for (const to of successors[index] ?? []) {
      ranks[to] = Math.max(ranks[to] ?? 0, (ranks[index] ?? 0) + 1);
      missing[to] = (missing[to] ?? 0) - 1;
      if (missing[to] === 0) free.push(to);
    }
  return ranks;
}
