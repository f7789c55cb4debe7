import type { Segment } from "../../../ansi/parse-ansi.js";

/** A part of a line that is shown in one style, and whether it is what was searched for. */
export interface MarkedSegment extends Segment {
  readonly isFound: boolean;
}

/**
 * Marks where a text occurs in a line, whatever style its characters have. Capital and small
 * letters are the same, as in the search on the server.
 */
export function markFound(segments: readonly Segment[], wanted: string): readonly MarkedSegment[] {
  const plain = segments.map((segment) => ({ ...segment, isFound: false }));
  if (wanted === "") return plain;
  const line = segments.map(({ text }) => text).join("");
  const ends = occurrences(line, wanted);
  if (ends.length === 0) return plain;
  const marked: MarkedSegment[] = [];
  let begin = 0;
  for (const segment of segments) {
    const end = begin + segment.text.length;
    const cuts = [begin, ...ends.flat().filter((at) => at > begin && at < end), end];
    for (const [index, from] of cuts.slice(0, -1).entries()) {
      const to = cuts[index + 1] ?? end;
      const isFound = ends.some(([first, last]) => from >= first && to <= last);
      marked.push({ ...segment, text: line.slice(from, to), isFound });
    }
    begin = end;
  }
  return marked;
}

function occurrences(line: string, wanted: string): readonly (readonly [number, number])[] {
  const [text, part] = [line.toLowerCase(), wanted.toLowerCase()];
  // A letter whose small form is longer would move what follows.
  if (text.length !== line.length) return [];
  const found: [number, number][] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length))
    found.push([at, at + part.length]);
  return found;
}
