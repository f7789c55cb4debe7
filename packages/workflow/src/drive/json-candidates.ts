/** How many fenced blocks, and how many beginnings of a `{}` or `[]`, are tried. */
const MAX_BLOCKS = 100;
const MAX_BEGINNINGS = 1_000;

/** How many characters are read in search of the ends of `{}` and `[]`. */
const MAX_SCANNED_CHARS = 20_000_000;

const FENCE = "```";

/**
 * Yields the parts of an answer that may be its JSON, in this order: the whole text, each fenced
 * block, each balanced `{}` or `[]`. The work is bounded for any text.
 */
export function* jsonCandidates(text: string): Generator<string, void, undefined> {
  yield text.trim();
  yield* fencedBlocks(text);
  yield* balancedParts(text);
}

function* fencedBlocks(text: string): Generator<string, void, undefined> {
  let open = text.indexOf(FENCE);
  for (let count = 0; open !== -1 && count < MAX_BLOCKS; count += 1) {
    const lineEnd = text.indexOf("\n", open);
    if (lineEnd === -1) return;
    const close = text.indexOf(FENCE, lineEnd);
    if (close === -1) return;
    yield text.slice(lineEnd + 1, close).trim();
    open = text.indexOf(FENCE, close + FENCE.length);
  }
}

function* balancedParts(text: string): Generator<string, void, undefined> {
  const beginning = /[{[]/g;
  let scanned = 0;
  for (let count = 0; count < MAX_BEGINNINGS && scanned < MAX_SCANNED_CHARS; count += 1) {
    const start = beginning.exec(text)?.index;
    if (start === undefined) return;
    const end = endOfBalanced(text, start, start + MAX_SCANNED_CHARS - scanned);
    scanned += (end ?? Math.min(text.length, start + MAX_SCANNED_CHARS)) - start;
    if (end !== undefined) yield text.slice(start, end);
  }
}

/** Where the bracket at `start` is closed; brackets within JSON texts do not count. */
function endOfBalanced(text: string, start: number, limit: number): number | undefined {
  const open: string[] = [];
  const end = Math.min(text.length, limit);
  for (let at = start; at < end; at += 1) {
    switch (text[at]) {
      case '"': {
        const close = endOfText(text, at, end);
        if (close === undefined) return undefined;
        at = close;
        break;
      }
      case "{":
        open.push("}");
        break;
      case "[":
        open.push("]");
        break;
      case "}":
      case "]":
        if (open.pop() !== text[at]) return undefined;
        if (open.length === 0) return at + 1;
        break;
      default:
        break;
    }
  }
  return undefined;
}

function endOfText(text: string, start: number, limit: number): number | undefined {
  for (let at = start + 1; at < limit; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return undefined;
}
