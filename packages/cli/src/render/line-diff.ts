/** How many unchanged lines surround a change. */
const CONTEXT = 2;

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
  /** The number of the line before the change, or of the next one, from 1. */
  readonly number: number;
}

/**
 * Returns the changes between two texts by line, as `diff -u` prints them. `fixes` are few, so
 * lines are paired with the nearest equal line below.
 */
export function lineDiff(before: string, after: string): string[] {
  const lines = pairLines(before.split("\n"), after.split("\n"));
  const shown = new Set<number>();
  for (const [at, { mark }] of lines.entries())
    if (mark !== " ")
      for (let near = at - CONTEXT; near <= at + CONTEXT; near += 1) shown.add(near);
  return lines.flatMap(({ mark, text, number }, at) => {
    if (!shown.has(at)) return [];
    const line = `${mark}${text}`;
    return shown.has(at - 1) ? [line] : [`@@ line ${number} @@`, line];
  });
}

function pairLines(before: readonly string[], after: readonly string[]): Line[] {
  const lines: Line[] = [];
  let [old, now] = [0, 0];
  while (old < before.length || now < after.length) {
    const text = before[old];
    if (text !== undefined && text === after[now]) {
      lines.push({ mark: " ", text, number: old + 1 });
      old += 1;
      now += 1;
      continue;
    }
    const [removed, added] = distance(before, after, old, now);
    for (const [at, line] of before.slice(old, old + removed).entries())
      lines.push({ mark: "-", text: line, number: old + at + 1 });
    old += removed;
    for (const line of after.slice(now, now + added))
      lines.push({ mark: "+", text: line, number: old + 1 });
    now += added;
  }
  return lines;
}

/** How many lines to remove and to add until the next pair of equal lines. */
function distance(
  before: readonly string[],
  after: readonly string[],
  old: number,
  now: number,
): readonly [removed: number, added: number] {
  const most = before.length - old + after.length - now;
  for (let sum = 1; sum < most; sum += 1)
    for (let removed = Math.min(sum, before.length - old); removed >= 0; removed -= 1) {
      const added = sum - removed;
      const text = before[old + removed];
      if (text !== undefined && text === after[now + added]) return [removed, added];
    }
  return [before.length - old, after.length - now];
}
