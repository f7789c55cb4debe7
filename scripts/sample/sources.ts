import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceFiles } from "../checks/run-tool.ts";
import { root } from "../turbo.ts";

/** One sentence of the project, with its place: `file:line`. */
export interface Sentence {
  readonly place: string;
  readonly text: string;
}

/** A text found in a file, and the offset at which it begins. */
interface Piece {
  readonly at: number;
  readonly text: string;
}

interface Source {
  readonly name: string;
  readonly where: RegExp;
  readonly except?: RegExp;
  readonly read: (file: string) => Piece[];
}

/** Where sentences come from. Each source gives the same share of a sample. */
export const SOURCES: readonly Source[] = [
  {
    name: "errors",
    where:
      /^packages\/(schemas|source|run-view|workflow|agents|langgraph|simulation|cli)\/src\/.*\.ts$/,
    except: /\/testing\/|\/cli\/src\/program\.ts$/,
    read: readMessages,
  },
  { name: "help", where: /^packages\/cli\/src\/program.*\.ts$/, read: readHelp },
  {
    name: "docstrings",
    where: /^packages\/[a-z-]+\/src\/.*\.(ts|res|resi)$/,
    read: readDocComments,
  },
  {
    name: "guides",
    where: /^(docs\/.*|packages\/[a-z-]+\/README|[A-Z]+)\.md$/,
    except: /^docs\/(reference|benchmarks|phase-4)/,
    read: readMarkdown,
  },
  {
    name: "test names",
    where: /^packages\/[a-z-]+\/tests\/.*(\.test\.ts|_test\.res)$/,
    read: readTestNames,
  },
];

/** Every sentence of a source, in the order of files and lines. */
export function readSentences({ where, except, read }: Source): Sentence[] {
  return sourceFiles()
    .filter((name) => where.test(name) && except?.test(name) !== true)
    .sort()
    .flatMap((name) => {
      const file = readFileSync(join(root, name), "utf8");
      return read(file).map(({ at, text }) => ({
        place: `${name}:${file.slice(0, at).split("\n").length}`,
        text: text.replace(/\s+/g, " ").trim(),
      }));
    })
    .filter(({ text }) => text.split(" ").length >= 3);
}

const LITERAL = String.raw`"(?:[^"\\\n]|\\.)*"|\x60(?:[^\x60\\]|\\.)*\x60`;
/** A string that was divided to fit the line is one text. */
const DIVIDED = String.raw`(?:${LITERAL})(?:\s*\+\s*(?:${LITERAL}))*`;

function literalsOf(file: string, before = ""): Piece[] {
  return [...file.matchAll(new RegExp(`${before}(${DIVIDED})`, "gs"))].map((match) => ({
    at: match.index,
    text: (match[1] ?? "")
      .replace(/["\x60]\s*\+\s*["\x60]/g, "")
      .slice(1, -1)
      .replace(/\\(["\x60])/g, "$1"),
  }));
}

function withoutComments(file: string): string {
  const blank = (comment: string): string => comment.replace(/[^\n]/g, " ");
  return file.replace(/\/\*.*?\*\//gs, blank).replace(/^\s*\/\/.*$/gm, blank);
}

// What people read is a sentence, or the remedy of an error.
function readMessages(file: string): Piece[] {
  const code = withoutComments(file);
  const isSentence = (text: string): boolean =>
    /^[A-Z\x60$].* .*[.?!]$/s.test(text) && !/^(SELECT|INSERT|UPDATE|DELETE) /.test(text);
  const remedies = literalsOf(code, String.raw`\bremedy:\s*`);
  const known = new Set(remedies.map(({ text }) => text));
  const sentences = literalsOf(code).filter(({ text }) => isSentence(text) && !known.has(text));
  return [...sentences, ...remedies].sort((one, other) => one.at - other.at);
}

function readHelp(file: string): Piece[] {
  return literalsOf(withoutComments(file))
    .filter(({ text }) => text.includes(" ") && !text.includes("${"))
    .flatMap(({ at, text }) =>
      text
        .split(/\n(?=[\sA-Z])|(?<=\.) (?=[A-Z])/)
        .filter((line) => line.trim() !== "")
        .map((line) => ({ at, text: line })),
    );
}

function readDocComments(file: string): Piece[] {
  return [...file.matchAll(/\/\*\*(.*?)\*\//gs)].flatMap((match) =>
    sentencesOf((match[1] ?? "").replace(/^\s*\* ?/gm, "").replace(/@example.*/s, "")).map(
      (text) => ({ at: match.index, text }),
    ),
  );
}

function readMarkdown(file: string): Piece[] {
  const prose = file.replace(/^```.*?^```$/gms, (block) => block.replace(/[^\n]/g, " "));
  return [...prose.matchAll(/^(?!#|\||\s*$)(.+)$/gm)].flatMap((match) =>
    sentencesOf((match[1] ?? "").replace(/^[-*>] /, "")).map((text) => ({ at: match.index, text })),
  );
}

function readTestNames(file: string): Piece[] {
  return literalsOf(file, String.raw`\b(?:test|it)(?:\.each\([^)]*\)|\.concurrent)?\(\s*`);
}

/** Divides a paragraph. A full stop before a small letter, as in `e.g. this`, ends nothing. */
function sentencesOf(paragraph: string): string[] {
  return paragraph.replace(/\s+/g, " ").split(/(?<=[.?!]["\x60)*]*) (?=["\x60(*]*[A-Z])/);
}
