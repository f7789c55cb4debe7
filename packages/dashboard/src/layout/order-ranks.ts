import { type Graph } from "./graph-of.js";

/** How often the ranks are ordered, forwards and backwards. */
const SWEEP_COUNT = 4;

/**
 * Returns the nodes of each rank in an order in which few edges cross: each node near the middle of
 * what it is connected with. Takes time linear in the edges, but for the sorting.
 */
export function orderRanks(graph: Graph, ranks: readonly number[]): readonly (readonly number[])[] {
  const byRank: number[][] = [];
  for (const [index, rank] of ranks.entries()) (byRank[rank] ??= []).push(index);
  const before: number[][] = graph.nodes.map(() => []);
  const after: number[][] = graph.nodes.map(() => []);
  for (const [from, to] of graph.edges) {
    before[to]?.push(from);
    after[from]?.push(to);
  }
  const places = graph.nodes.map(() => 0);
  const number = (rank: readonly number[]): void => {
    // A share of the rank, because ranks have different lengths.
    for (const [place, index] of rank.entries()) places[index] = (place + 1) / (rank.length + 1);
  };
  const sort = (rank: number[], neighbours: readonly (readonly number[])[]): void => {
    const middles = new Map(rank.map((index) => [index, middleOf(index, neighbours, places)]));
    rank.sort((a, b) => (middles.get(a) ?? 0) - (middles.get(b) ?? 0) || a - b);
    number(rank);
  };
  byRank.forEach(number);
  for (let sweep = 0; sweep < SWEEP_COUNT; sweep += 1) {
    for (const rank of byRank) sort(rank, before);
    for (const rank of byRank.toReversed()) sort(rank, after);
  }
  return byRank;
}

function middleOf(
  index: number,
  neighbours: readonly (readonly number[])[],
  places: readonly number[],
): number {
  const near = neighbours[index] ?? [];
  if (near.length === 0) return places[index] ?? 0;
  return near.reduce((sum, each) => sum + (places[each] ?? 0), 0) / near.length;
}
