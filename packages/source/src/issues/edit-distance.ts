/** Three rows of distances, shared by all calls and grown as needed. */
let rows = new Uint32Array(3 * 65);

/**
 * Returns the number of insertions, deletions, replacements and swaps of adjacent letters that turn
 * one word into the other, or `limit` if the number is not below it.
 */
export function editDistance(from: string, to: string, limit = Infinity): number {
  const width = to.length + 1;
  if (rows.length < 3 * width) rows = new Uint32Array(3 * width);
  const at = rows;
  let [beforeLast, last, current] = [0, width, 2 * width];
  for (let column = 0; column < width; column += 1) at[last + column] = column;
  for (let row = 1; row <= from.length; row += 1) {
    const letter = from.charCodeAt(row - 1);
    at[current] = row;
    let least = row;
    for (let column = 1; column < width; column += 1) {
      const other = to.charCodeAt(column - 1);
      let cost = (at[last + column - 1] ?? 0) + (letter === other ? 0 : 1);
      cost = Math.min(cost, (at[last + column] ?? 0) + 1, (at[current + column - 1] ?? 0) + 1);
      const isSwap =
        row > 1 &&
        column > 1 &&
        letter === to.charCodeAt(column - 2) &&
        from.charCodeAt(row - 2) === other;
      if (isSwap) cost = Math.min(cost, (at[beforeLast + column - 2] ?? 0) + 1);
      at[current + column] = cost;
      if (cost < least) least = cost;
    }
    if (least >= limit) return limit;
    [beforeLast, last, current] = [last, current, beforeLast];
  }
  return Math.min(at[last + to.length] ?? 0, limit);
}
