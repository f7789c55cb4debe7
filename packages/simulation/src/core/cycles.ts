/**
 * The number of states that can be part of an endless path: those on a cycle of transitions, and
 * those reachable only from a cycle. `transitions` alternates between source and target states.
 * States without an incoming transition are removed, with their outgoing transitions, until every
 * remaining state has an incoming transition.
 */
export function statesOnCycles(stateCount: number, transitions: readonly number[]): number {
  const incoming = new Int32Array(stateCount);
  const outgoing: number[][] = Array.from({ length: stateCount }, () => []);
  for (let index = 0; index < transitions.length; index += 2) {
    const [from = 0, to = 0] = [transitions[index], transitions[index + 1]];
    incoming[to] = (incoming[to] ?? 0) + 1;
    outgoing[from]?.push(to);
  }
  const removed: number[] = [];
  for (const [state, count] of incoming.entries()) if (count === 0) removed.push(state);
  for (let index = 0; index < removed.length; index += 1) {
    for (const to of outgoing[removed[index] ?? 0] ?? []) {
      incoming[to] = (incoming[to] ?? 0) - 1;
      if (incoming[to] === 0) removed.push(to);
    }
  }
  return stateCount - removed.length;
}
