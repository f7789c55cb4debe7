import { REFERENCE_ISSUES } from "../issues/reference-issues.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { quoted } from "../text/SourceText.js";
import { explainComment } from "./explain-comment.js";
import { expressionAround, quotingFix } from "./expression-text.js";
import { type OpenPiece, openPieceAt } from "./open-piece.js";
import { MAX_DEPTH } from "./text-limits.js";
import type { YamlProblem } from "./yaml-problem.js";

const ALIGN = "align it with the other entries of its map or list";
const CLOSE_BRACKET = { message: "a bracket is not closed", remedy: "close the bracket" };
const FIX_ESCAPE = "write `\\\\` for a backslash, or use single quotes";

/** The problems, found by how the parser's message begins. */
const PROBLEMS: readonly (readonly [reason: string, problem: YamlProblem])[] = [
  [
    "nesting exceeded",
    { message: `more than ${MAX_DEPTH} levels of lists and maps`, kind: TEXT_ISSUES.tooDeep },
  ],
  [
    "tab characters must not be used in indentation",
    { message: "a tab is used as indentation", remedy: "indent with spaces" },
  ],
  [
    "bad indentation of a sequence entry",
    { message: "this line is not aligned with any entry above", remedy: ALIGN },
  ],
  [
    "deficient indentation",
    {
      message: "this line is indented less than the value it belongs to",
      remedy: "close the quote or bracket before it, or indent the line further",
    },
  ],
  [
    "missed comma between flow collection entries",
    {
      message: "a comma is missing between two entries",
      remedy: "write a comma, or close the bracket",
    },
  ],
  [
    "expected the node content, but found ','",
    { message: "an entry is missing before this comma", remedy: "remove the comma" },
  ],
  ["unexpected end of the stream within a flow collection", CLOSE_BRACKET],
  [
    "unexpected end of the stream within a verbatim tag",
    { message: "a tag is not closed", kind: TEXT_ISSUES.unknownTag },
  ],
  ["undeclared tag handle", { message: "a tag is unknown", kind: TEXT_ISSUES.unknownTag }],
  [
    "unexpected end of the stream within a",
    { message: "a quote is not closed", remedy: "close the quote" },
  ],
  [
    "expected ':' after a mapping key",
    { message: "a `:` is missing after this key", remedy: "add the `:`" },
  ],
  ["unknown escape sequence", { message: "this escape is unknown", remedy: FIX_ESCAPE }],
  ["expected hexadecimal character", { message: "this escape is incomplete", remedy: FIX_ESCAPE }],
  [
    "a whitespace character is expected after the key-value separator",
    {
      message: "a space is missing after the `:`",
      remedy: "put a space after the `:`, or quote the text",
    },
  ],
  [
    "end of the stream or a document separator is expected",
    { message: "this line is not aligned with any entry above", remedy: ALIGN },
  ],
];

/** Rewords the parser's reason. A reason without its own wording here is left unchanged. */
export function explainYaml(reason: string, text: string, at: number): YamlProblem {
  const open = MAY_BE_OPEN.test(reason) ? openPieceAt(text, at) : undefined;
  if (open?.kind === "quote") return explainQuote(open, text, at);
  const comment = explainComment(reason, text, at);
  if (comment !== undefined) return comment;
  const expression = expressionAround(text, at);
  if (expression === undefined) return explainValue(reason, text, at);
  const [start] = expression;
  const fix = quotingFix(text, expression);
  if (!reason.startsWith("missed comma")) return { ...explainValue(reason, text, at), fix };
  const mark = quoted(text[at] ?? "");
  return {
    kind: REFERENCE_ISSUES.cutText,
    message:
      at === start
        ? `an unquoted text in brackets cannot begin with ${mark}`
        : `${mark} ends an unquoted text in brackets, in the middle of an expression`,
    remedy: "quote the expression",
    at: start,
    fix,
  };
}

function explainValue(reason: string, text: string, at: number): YamlProblem {
  if (reason.startsWith("bad indentation of a mapping entry")) return explainEntry(text, at);
  if (reason.startsWith("can not read a block mapping entry")) return explainLongKey(text, at);
  if (reason.startsWith("a line break is expected")) return explainBlockMark(text, at);
  if (reason === "deficient indentation" && isEnd(text, at)) return CLOSE_BRACKET;
  const known = PROBLEMS.find(([start]) => reason.startsWith(start));
  return known?.[1] ?? { message: reason };
}

/** The reasons for which a quote or a bracket before the location may be open. */
const MAY_BE_OPEN = /^(?:deficient indentation|unexpected end of the stream within a)/;

function isEnd(text: string, at: number): boolean {
  return text.slice(at).trim() === "";
}

function explainQuote({ start }: OpenPiece, text: string, at: number): YamlProblem {
  if (isEnd(text, at))
    return { message: "this quote is not closed", remedy: "close the quote", at: start };
  const line = `line ${text.slice(0, start).split("\n").length}`;
  const close = `close the quote in ${line}`;
  const indent = "indent this line further than the key of the text";
  const isEntry = /^(?:- |[\w-]+:(?:\s|$))/.test(text.slice(at, at + 200));
  return {
    kind: TEXT_ISSUES.shortIndent,
    message: `this line is indented too little to continue the quoted text of ${line}`,
    remedy: isEntry ? `${close}, or ${indent}` : `${indent}, or ${close}`,
  };
}

/** Explains text that is neither part of the value before it nor a new entry. */
function explainEntry(text: string, at: number): YamlProblem {
  const character = text[at] ?? "";
  const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  const value = valueIn(before);
  if (before.trim() === "")
    return { message: "this line is not aligned with any entry above", remedy: ALIGN };
  if (/^\{\s*\{/.test(value))
    return {
      kind: TEXT_ISSUES.unquotedBraces,
      message: "an unquoted `{{` begins a map, and text cannot follow a map",
      remedy: "quote the text; for a reference write `${{ … }}`",
    };
  if (value === "" && /[@`%]/.test(character)) return explainStart(character);
  if (value === "" && /[?-]/.test(character)) return explainStart(`${character} `);
  if (value.startsWith("*"))
    return {
      ...explainStart("*"),
      at: at - before.length + before.trimEnd().length - value.length,
    };
  if (/["'\]}]$/.test(value)) return explainClosed(value);
  if (character !== ":") return { message: "this is not part of the value before it" };
  return /: +\S/.test(before)
    ? { message: "text that contains `: ` is not quoted", remedy: "quote the text" }
    : {
        message: "this line is indented further than the entry above, so it continues its value",
        remedy: "give all entries of one map the same indentation",
      };
}

/** Explains text after a closing quote or bracket. */
function explainClosed(value: string): YamlProblem {
  const mark = value.slice(-1);
  const within = WRITTEN_WITHIN[mark];
  const inner = within === undefined ? "" : `, and write \`${within}\` for a quote in it`;
  return {
    message: `text follows the closing ${quoted(mark)}`,
    remedy: `put one pair of quotes around the whole text${inner}`,
  };
}

/** How a quote is written in a text between such quotes. */
const WRITTEN_WITHIN: Readonly<Record<string, string>> = { "'": "''", '"': '\\"' };

/** The value at the end of a line, without the dashes and the key before it. */
function valueIn(line: string): string {
  const entry = line.replace(/^\s*(?:- +)*/, "");
  const comment = entry.indexOf("#");
  const key = /: +/.exec(comment < 0 ? entry : entry.slice(0, comment));
  return (key === null || key.index === 0 ? entry : entry.slice(key.index + key[0].length)).trim();
}

/** Explains text after the `|` or `>` of a block, which begins on the next line. */
function explainBlockMark(text: string, at: number): YamlProblem {
  const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at).trimEnd();
  const mark = /([|>])[-+\d]*$/.exec(before)?.[1];
  if (mark === undefined) return { message: "a line break is expected" };
  return {
    message: `text cannot follow ${quoted(mark)} on the same line`,
    remedy: "begin the text on the next line, indented, or quote it",
  };
}

function explainStart(character: string): YamlProblem {
  const name = character === "`" ? "a backtick" : quoted(character);
  return { message: `unquoted text cannot begin with ${name}`, remedy: "quote the text" };
}

/** A key spans lines because the `:` is missing from the line above. */
function explainLongKey(text: string, at: number): YamlProblem {
  const above = text.slice(0, text.lastIndexOf("\n", at - 1) + 1).trimEnd();
  const line = above.lastIndexOf("\n") + 1;
  return {
    message: "a `:` is missing in this line",
    remedy: "add the `:` after the key, or indent the line as part of the text above",
    at: line + (/\S/.exec(above.slice(line))?.index ?? 0),
  };
}
