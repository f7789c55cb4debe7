import {
  cleanLine,
  cleanStart,
  cleanText,
  failureLine,
  failureReason,
  unfinishedAt,
} from "@automatosx/workflow/terminal-text";
import { fill, type HostileText } from "./HostileText.ts";

/** Pieces of terminal sequences, most of them without an end. */
const PIECES: Readonly<Record<string, string>> = {
  letters: "a line\n",
  colours: "\u001b[31mred\u001b[0m ",
  "titles without an end": "\u001b]",
  "titles with parameters": "\u001b]0;a;a",
  "control sequences without an end": "\u001b[1;1",
  "device control without an end": "\u001bP1;a",
  "escapes and spaces": "\u001b ",
  "escapes alone": "\u001b",
  "8-bit titles without an end": "\u009d8;;a",
  "8-bit control sequences": "\u009b1;",
  palettes: "\u001b]P0000000",
  "line ends": "a\r\n",
  "carriage returns": "\r",
  "control characters": "\u0000\u0007",
  spaces: "  \t",
  "direction marks": "a\u202e",
  "characters of two units": "\u{1f600}",
  "words without spaces": "Error",
  "errors on one line": "Error: a ",
  "errors on many lines": "Error: a\n",
  "frames of a stack": "    at a (b:1:1)\n",
  "brackets without an end": "(Error",
  "places in files": "a:1:1: error",
  "carets under each line": "a\n ^\n",
  "beginnings of tracebacks": "Traceback (most recent call last):\n",
  "branches of a tree": " | +\n",
  dates: "2026-01-31T ",
};

const readers = {
  cleanText,
  cleanLine,
  unfinishedAt,
  cleanStart: (text: string) => cleanStart(text, 200),
  failureReason,
  failureLine,
};

/** What agents print. */
export const OUTPUT_TEXTS: readonly HostileText[] = Object.entries(PIECES).flatMap(
  ([name, piece]) => [
    ...Object.entries(readers).map(([reader, read]) => ({
      name: `${reader}: ${name}`,
      text: (length: number) => fill(piece, length),
      read,
    })),
    {
      name: `cleanText: ${name}, then parameters`,
      text: (length: number) => fill(piece, length / 2) + fill(";a", length / 2),
      read: cleanText,
    },
    {
      name: `cleanText: a title of ${name}`,
      text: (length: number) => `\u001b]0;${fill(piece, length)}`,
      read: cleanText,
    },
  ],
);
