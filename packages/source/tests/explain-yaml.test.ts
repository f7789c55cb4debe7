import { describe, expect, test } from "vitest";
import { IssueList, readYaml, SourceText } from "../src/index.js";

const ALIGN = "align it with the other entries of its map or list";
const QUOTE = "quote the text: after a space, `#` begins a comment in YAML";
const FIX_ESCAPE = "write `\\\\` for a backslash, or use single quotes";

type Case = readonly [what: string, text: string, place: string, message: string, remedy: string];

const CASES: readonly Case[] = [
  [
    "a tab as indentation",
    "a:\n\t- b\n",
    "2:1",
    "a tab is used as indentation",
    "indent with spaces",
  ],
  [
    "a line indented further than its map",
    "- id: a\n   task: t\n",
    "2:8",
    "this line is indented further than the entry above, so it continues its value",
    "give all entries of one map the same indentation",
  ],
  [
    "a line indented less than its map",
    "- id: a\n task: t\n",
    "2:2",
    "this line is not aligned with any entry above",
    ALIGN,
  ],
  [
    "a map entry in a list",
    "a:\n  - id: a\n  task: t\n",
    "3:3",
    "this line is not aligned with any entry above",
    ALIGN,
  ],
  [
    "a block indented less than its first line",
    "a: |\n  one\n two\n",
    "3:2",
    "this line is not aligned with any entry above",
    ALIGN,
  ],
  [
    "a text with a colon",
    "a: do: this\n",
    "1:6",
    "text that contains `: ` is not quoted",
    "quote the text",
  ],
  [
    "a text after braces",
    "a: {{ x }} and more\n",
    "1:12",
    "an unquoted `{{` begins a map, and text cannot follow a map",
    "quote the text; for a reference write `${{ … }}`",
  ],
  [
    "a text that begins with @",
    "a: @x\n",
    "1:4",
    "unquoted text cannot begin with `@`",
    "quote the text",
  ],
  [
    "a text that begins with a backtick",
    "a: `ls`\n",
    "1:4",
    "unquoted text cannot begin with a backtick",
    "quote the text",
  ],
  [
    "a text that begins with *",
    "a: **bold** text\n",
    "1:4",
    "unquoted text cannot begin with `*`",
    "quote the text",
  ],
  [
    "a text after a quoted one",
    'a: "x" y\n',
    "1:8",
    'text follows the closing `"`',
    'put one pair of quotes around the whole text, and write `\\"` for a quote in it',
  ],
  [
    "an apostrophe in a text in single quotes",
    "a: 'Don't do this'\n",
    "1:9",
    "text follows the closing `'`",
    "put one pair of quotes around the whole text, and write `''` for a quote in it",
  ],
  [
    "a text after a list",
    "a: [x] y\n",
    "1:8",
    "text follows the closing `]`",
    "put one pair of quotes around the whole text",
  ],
  [
    "a text that begins with a dash",
    "a: - x\n",
    "1:4",
    "unquoted text cannot begin with `- `",
    "quote the text",
  ],
  [
    "a text that begins with a question mark",
    "a: ? x\n",
    "1:4",
    "unquoted text cannot begin with `? `",
    "quote the text",
  ],
  [
    "a text after >",
    "a: > x\n",
    "1:6",
    "text cannot follow `>` on the same line",
    "begin the text on the next line, indented, or quote it",
  ],
  [
    "a text after |-",
    "a: |- x\n",
    "1:7",
    "text cannot follow `|` on the same line",
    "begin the text on the next line, indented, or quote it",
  ],
  [
    "a key without a colon",
    "a: 1\nb 2\nc: 3\n",
    "2:1",
    "a `:` is missing in this line",
    "add the `:` after the key, or indent the line as part of the text above",
  ],
  [
    "a missing comma",
    "a: [{ b: 1 c: 2 }]\n",
    "1:13",
    "a comma is missing between two entries",
    "write a comma, or close the bracket",
  ],
  [
    "two commas",
    "a: [1,, 2]\n",
    "1:7",
    "an entry is missing before this comma",
    "remove the comma",
  ],
  ["an open bracket at the end", "a: [1", "1:6", "a bracket is not closed", "close the bracket"],
  [
    "an open bracket before another entry",
    "a: [1\nb: 2\n",
    "2:1",
    "this line is indented less than the value it belongs to",
    "close the quote or bracket before it, or indent the line further",
  ],
  ["an open quote at the end", 'a: "x', "1:4", "this quote is not closed", "close the quote"],
  [
    "an open quote at the end of a nested text",
    "a:\n  b: 'it''s\n",
    "2:6",
    "this quote is not closed",
    "close the quote",
  ],
  [
    "a double-quoted text whose next line is indented too little",
    'a:\n  - b: "he said \\"hi\\"\n  and left"\n',
    "3:3",
    "this line is indented too little to continue the quoted text of line 2",
    "indent this line further than the key of the text, or close the quote in line 2",
  ],
  [
    "a single-quoted text whose third line is indented too little",
    "a:\n  b: '''one'' two\n\n    three\n  four'\n  c: 'x'\n",
    "5:3",
    "this line is indented too little to continue the quoted text of line 2",
    "indent this line further than the key of the text, or close the quote in line 2",
  ],
  [
    "a quoted text within brackets whose next line is indented too little",
    'a:\n  - { b: "one\n two" }\n',
    "3:2",
    "this line is indented too little to continue the quoted text of line 2",
    "indent this line further than the key of the text, or close the quote in line 2",
  ],
  [
    "a quote that is open before the next entry",
    'a:\n  b: "one\n  c: two\n',
    "3:3",
    "this line is indented too little to continue the quoted text of line 2",
    "close the quote in line 2, or indent this line further than the key of the text",
  ],
  [
    "a comment that hides a bracket",
    "a:\n  - { b: Fix #12 }\n",
    "2:14",
    "`#` begins a comment here, so it hides the closing bracket",
    QUOTE,
  ],
  [
    "a comment that hides a bracket before another entry",
    "a: [echo, #1]\nb: 1\n",
    "1:11",
    "`#` begins a comment here, so it hides the closing bracket",
    QUOTE,
  ],
  [
    "a comment that hides a comma",
    "a: [\n  { b: 'see #1', c: Fix #12 },\n  { b: 2 }\n]\n",
    "2:25",
    "`#` begins a comment here, so it hides the closing bracket",
    QUOTE,
  ],
  [
    "a comment that ends a text of several lines",
    "a:\n  - b: Fix #12 and\n      more\n",
    "2:12",
    "`#` begins a comment here, so the text ends before it",
    QUOTE,
  ],
  [
    "a line that begins with # in a text of several lines",
    "a:\n  b: Fix\n    #12 and\n    more\n",
    "3:5",
    "`#` begins a comment here, so the text ends before it",
    QUOTE,
  ],
  [
    "a misaligned line after a comment of the author",
    "- a: 1 # one\n b: 2\n",
    "2:2",
    "this line is not aligned with any entry above",
    ALIGN,
  ],
  ["an unknown escape", 'a: "C:\\q"\n', "1:8", "this escape is unknown", FIX_ESCAPE],
  ["half an escape", 'a: "\\u12"\n', "1:9", "this escape is incomplete", FIX_ESCAPE],
];

describe("readYaml explains", () => {
  test.each(CASES)("%s", (_, text, place, message, remedy) => {
    const issues = new IssueList(new SourceText(text));
    expect(readYaml(issues)).toBeUndefined();
    expect(
      issues.all.map((issue) => [`${issue.line}:${issue.column}`, issue.message, issue.remedy]),
    ).toEqual([[place, message, remedy]]);
  });
});
