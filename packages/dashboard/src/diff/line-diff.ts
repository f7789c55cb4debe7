/** A line of a comparison: kept, added or removed. */
export interface DiffLine {
  readonly sign: " " | "+" | "-";
  readonly text: string;
}

/** The most lines that differ and are compared with each other; more are shown as replaced. */
const LIMIT = 2000;

/** How many unchanged lines are shown around a change. */
const CONTEXT = 3;

/** Compares two texts line by line: the shortest list of lines that changes one into the other. */
export function diffLines(
  before: readonly string[],
  after: readonly string[],
): readonly DiffLine[] {
  let begin = 0;
  while (begin < before.length && begin < after.length && before[begin] === after[begin])
    begin += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - begin;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const old = before.slice(begin, before.length - end);
  const fresh = after.slice(begin, after.length - end);
  const changed =
    old.length * fresh.length > LIMIT * LIMIT
      ? [...old.map(removed), ...fresh.map(added)]
      : compare(old, fresh);
  return [
    ...before.slice(0, begin).map(kept),
    ...changed,
    ...after.slice(after.length - end).map(kept),
  ];
}

const kept = (text: string): DiffLine => ({ sign: " ", text });
const added = (text: string): DiffLine => ({ sign: "+", text });
const removed = (text: string): DiffLine => ({ sign: "-", text });

/** By the longest list of lines that both have in common. */
function compare(old: readonly string[], fresh: readonly string[]): readonly DiffLine[] {
  const width = fresh.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = fresh.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        old[i] === fresh[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < fresh.length) {
    if (old[i] === fresh[j]) {
      lines.push(kept(old[i] ?? ""));
      i += 1;
      j += 1;
    } else if ((common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)) {
      lines.push(removed(old[i] ?? ""));
      i += 1;
    } else {
      lines.push(added(fresh[j] ?? ""));
      j += 1;
    }
  }
  return [...lines, ...old.slice(i).map(removed), ...fresh.slice(j).map(added)];
}

/** A part of a comparison: lines, or a number of unchanged lines that are left out. */
export type DiffPart = { readonly lines: readonly DiffLine[] } | { readonly hidden: number };

/** Leaves out unchanged lines that are far from every change. */
export function foldUnchanged(lines: readonly DiffLine[]): readonly DiffPart[] {
  const isNear = lines.map(() => false);
  for (const [index, { sign }] of lines.entries())
    if (sign !== " ")
      for (let near = index - CONTEXT; near <= index + CONTEXT; near += 1)
        if (near >= 0 && near < lines.length) isNear[near] = true;
  const parts: DiffPart[] = [];
  for (let from = 0; from < lines.length; ) {
    let to = from;
    while (to < lines.length && isNear[to] === isNear[from]) to += 1;
    const part = lines.slice(from, to);
    // A gap that is as short as its mark is shown.
    if (isNear[from] || part.length <= 2) parts.push({ lines: part });
    else parts.push({ hidden: part.length });
    from = to;
  }
  return parts;
}

/** The lines of a value: those of a text, or of its JSON. */
export function linesOfValue(value: unknown): readonly string[] {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "null");
  return text.replace(/\n$/, "").split("\n");
}
