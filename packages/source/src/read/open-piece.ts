import { parseEvents, YAMLException } from "js-yaml";
import { MAX_DEPTH } from "./text-limits.js";

/** A quoted text that is open at some place, or a bracket. */
export interface OpenPiece {
  readonly kind: "quote" | "bracket";
  /** The offset of the quote. For a bracket, the place itself. */
  readonly start: number;
}

const OPEN_REASON = /^unexpected end of the stream within a (double|single|flow)/;

/**
 * Returns what is open at the offset. The parser decides: it reads the text as if it ended there.
 */
export function openPieceAt(text: string, at: number): OpenPiece | undefined {
  // With a line break at its end, the text would end in an indentation instead.
  const before = text.slice(0, at).trimEnd();
  const [, open] = OPEN_REASON.exec(reasonToRefuse(before)) ?? [];
  if (open === "double") return { kind: "quote", start: lastDoubleQuote(before) };
  if (open === "single") return { kind: "quote", start: lastSingleQuote(before) };
  return open === "flow" ? { kind: "bracket", start: at } : undefined;
}

function reasonToRefuse(text: string): string {
  try {
    parseEvents(text, { maxDepth: MAX_DEPTH + 1 });
    return "";
  } catch (error) {
    if (error instanceof YAMLException) return error.reason;
    throw error;
  }
}

/** Within an open text, each further double quote follows an odd number of backslashes. */
function lastDoubleQuote(text: string): number {
  for (let at = text.lastIndexOf('"'); at > 0; ) {
    let start = at;
    while (text[start - 1] === "\\") start -= 1;
    if ((at - start) % 2 === 0) return at;
    at = text.lastIndexOf('"', start - 1);
  }
  return 0;
}

/** Within an open text, further single quotes are in pairs, also directly after the first. */
function lastSingleQuote(text: string): number {
  for (let end = text.lastIndexOf("'"); end > 0; ) {
    let start = end;
    while (text[start - 1] === "'") start -= 1;
    if ((end - start) % 2 === 0) return start;
    end = text.lastIndexOf("'", start - 1);
  }
  return 0;
}
