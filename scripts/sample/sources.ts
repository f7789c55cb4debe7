import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceFiles } from "../checks/run-tool.ts";
import { root } from "../turbo.ts";
import {
  type Piece,
  readDescriptions,
  readDocComments,
  readHelp,
  readMarkdown,
  readMessages,
  readTestNames,
} from "./readers.ts";

/** One sentence of the project, with its place: `file:line`. */
export interface Sentence {
  readonly place: string;
  readonly text: string;
}

interface Part {
  readonly where: RegExp;
  readonly except?: RegExp;
  readonly read: (file: string) => Piece[];
}

interface Source {
  readonly name: string;
  readonly parts: readonly Part[];
}

/** Where sentences come from. Each source contributes the same share of a sample. */
export const SOURCES: readonly Source[] = [
  {
    name: "errors",
    parts: [
      {
        where:
          /^packages\/(schemas|source|run-view|workflow|agents|langgraph|backend-postgres|backend-restate|simulation|cli)\/src\/.*\.ts$/,
        except: /\/testing\/|\/cli\/src\/program\.ts$/,
        read: readMessages,
      },
    ],
  },
  {
    name: "help",
    parts: [
      { where: /^packages\/cli\/src\/program.*\.ts$/, read: readHelp },
      { where: /^packages\/schemas\/src\/.*\.ts$/, read: readDescriptions },
    ],
  },
  {
    name: "docstrings",
    parts: [{ where: /^packages\/[a-z-]+\/src\/.*\.(ts|res|resi)$/, read: readDocComments }],
  },
  {
    name: "guides",
    parts: [
      {
        where: /^(docs\/.*|packages\/[a-z-]+\/README|[A-Z]+)\.md$/,
        except: /^docs\/(reference|benchmarks|phase-4)/,
        read: readMarkdown,
      },
    ],
  },
  {
    name: "test names",
    parts: [
      {
        where: /^packages\/[a-z-]+\/tests\/.*(\.test\.ts|_test\.res)$/,
        read: readTestNames,
      },
    ],
  },
];

/** Every sentence of a source once, in the order of files and lines. */
export function readSentences({ parts }: Source): Sentence[] {
  const files = sourceFiles().sort();
  const all = parts.flatMap((part) =>
    files
      .filter((name) => part.where.test(name) && part.except?.test(name) !== true)
      .flatMap((name) => sentencesIn(name, part)),
  );
  const byText = new Map<string, Sentence>();
  for (const sentence of all) if (!byText.has(sentence.text)) byText.set(sentence.text, sentence);
  return [...byText.values()];
}

/** The texts of at least three words in a file. A placeholder is not a word. */
function sentencesIn(name: string, { read }: Part): Sentence[] {
  const file = readFileSync(join(root, name), "utf8");
  return read(file)
    .map(({ at, text }) => ({
      place: `${name}:${file.slice(0, at).split("\n").length}`,
      text: text.replace(/\s+/g, " ").trim(),
    }))
    .filter(({ text }) => (text.match(/[A-Za-z]{2,}\S*|\ba\b/g) ?? []).length >= 3);
}
