import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./root.js";

/** A fenced code block in a document. */
export interface CodeBlock {
  readonly document: string;
  readonly line: number;
  /** The text after the opening fence, such as `ts run`. */
  readonly info: string;
  readonly text: string;
  /** The file as which the line above the block says to save it. */
  readonly savedAs?: string;
  /** The text of the block that follows, if it is marked `text output`. */
  readonly output?: string;
}

/**
 * The types of blocks. A `run` block is run, a `part` block is put into a workflow and checked, an
 * `agents` block is checked as a list of agents, and a `wrong` block must be refused. A `yaml test`
 * block is a test file, which the commands of its document play. The `sh page` blocks of a document
 * are run in order, in one empty folder with the examples and the files that the document says to
 * save. An `sh install` block is run beside a clone, outside the workspace. A block that cannot be
 * run here says why: `sh not run: it needs a network`. `text output` is the output of the previous
 * block. `ts langgraph` is run by the tests of packages/langgraph, which has the packages it
 * imports. Plain `text` is a diagram. A block with only a language is not checked, and its document
 * says why.
 */
const KNOWN = [
  "yaml run",
  "yaml part",
  "yaml agents",
  "yaml agents file",
  "yaml wrong",
  "yaml test",
  "json run",
  "ts run",
  "ts langgraph",
  "sh run",
  "sh page",
  "sh install",
  "text output",
  "text",
  "js",
  "sql",
];

/** Whether a block has a type of `KNOWN`, or says why it is not run. */
export function isKnown(info: string): boolean {
  return KNOWN.includes(info) || /^(?:sh|ts) not run: \w+ .*\w$/.test(info);
}

/** The documents whose blocks are tested. */
export const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...pagesBelow("packages"),
  ...pagesBelow("examples"),
  "docs/start.md",
  ...markdownIn("docs/guide"),
  ...markdownIn("docs/internals"),
  ...markdownIn("docs/decisions"),
];

export function readBlocks(document: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let savedAs: string | undefined;
  const lines = readFileSync(path.join(root, document), "utf8").split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^```(.*)$/.exec(lines[index] ?? "");
    if (fence === null) {
      savedAs = /^Save this as `([^`]+)`/.exec(lines[index] ?? "")?.[1] ?? savedAs;
      continue;
    }
    const end = lines.indexOf("```", index + 1);
    if (end === -1) throw new Error(`${document}:${index + 1}: the block is not closed.`);
    blocks.push({
      document,
      line: index + 1,
      info: (fence[1] ?? "").trim(),
      text: `${lines.slice(index + 1, end).join("\n")}\n`,
      ...(savedAs !== undefined && { savedAs }),
    });
    savedAs = undefined;
    index = end;
  }
  return blocks.map((block, index) => {
    const next = blocks[index + 1];
    return next?.info === "text output" ? { ...block, output: next.text } : block;
  });
}

/**
 * Whether `text` matches `pattern`, in which `…` matches any text within a line, and a line with
 * only `…` matches any lines.
 */
export function matchesOutput(text: string, pattern: string): boolean {
  const literal = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const lines = pattern
    .trimEnd()
    .split("\n")
    .map((line) =>
      line.trim() === "…" ? "(?:.*\\n)*?.*" : line.split("…").map(literal).join(".*"),
    );
  return new RegExp(`^${lines.join("\\n")}$`).test(text.trimEnd());
}

function pagesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder))
    .map((name) => `${folder}/${name}/README.md`)
    .filter((file) => existsSync(path.join(root, file)));
}

function markdownIn(folder: string): string[] {
  return readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
}
