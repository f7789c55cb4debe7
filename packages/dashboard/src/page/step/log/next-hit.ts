/**
 * The hit after a line, or before it; after the last one comes the first. Without a line: the first
 * one, or the last one, which is the newest.
 */
export function nextHit(
  hits: readonly number[],
  from: number | undefined,
  towards: 1 | -1,
): number | undefined {
  if (towards === 1) return hits.find((line) => from !== undefined && line > from) ?? hits[0];
  return hits.findLast((line) => from !== undefined && line < from) ?? hits.at(-1);
}
