// The house rules for words, sizes and public names. `node scripts/checks/house-rules.ts [--all]`
// counts the findings of every rule per file, also in folders that are not held to the rule yet.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../turbo.ts";
import { findForbiddenText } from "./rules/forbidden-text.ts";
import { findPhrases } from "./rules/phrases.ts";
import { findTooManyGroups, findUndocumented } from "./rules/public-face.ts";
import { findLongRescriptFunctions } from "./rules/rescript-functions.ts";
import type { Finding, Rule, SourceFile } from "./rules/rule.ts";
import { findLongFiles, findWideLines } from "./rules/sizes.ts";
import { sourceFiles } from "./run-tool.ts";

/** Folders and files that are being reworded and divided. The list only gets shorter. */
const NOT_YET: Readonly<Record<"phrases" | "columns" | "docstrings", readonly string[]>> = {
  phrases: [
    "packages/agents/",
    "packages/cli/src/",
    "packages/workflow/src/core/",
    "packages/workflow/tests/core/",
    "scripts/reference/",
  ],
  columns: [
    "packages/agents/",
    "packages/cli/tests/",
    "packages/langgraph/tests/",
    "packages/rescript-core/",
    "packages/schemas/src/duration.schema.ts",
    "packages/workflow/src/core/",
    "packages/workflow/src/definition/",
    "packages/workflow/src/errors.ts",
    "packages/workflow/src/terminal-text.ts",
    "packages/workflow/tests/core/",
    "packages/workflow/tests/definition/",
    "scripts/generate-api-reference.ts",
    "scripts/reference/",
    "scripts/sample-sentences.ts",
  ],
  docstrings: [
    "packages/agents/src/index.ts",
    "packages/schemas/src/index.ts",
    "packages/workflow/src/index.ts",
  ],
};

const rules: readonly Rule[] = [
  {
    name: "forbidden text",
    why: "what is unfinished, tied to one machine, or unsafe does not belong in the repository",
    notYet: [],
    find: findForbiddenText,
  },
  {
    name: "phrases",
    why: "plain English and the terms of the field read fastest",
    notYet: NOT_YET.phrases,
    find: findPhrases,
  },
  {
    name: "columns",
    why: "two files fit side by side on a screen",
    notYet: NOT_YET.columns,
    find: findWideLines,
  },
  {
    name: "file length",
    why: "a file is about one noun",
    notYet: [],
    find: findLongFiles,
  },
  {
    name: "function length",
    why: "a function fits on one screen",
    notYet: [],
    find: findLongRescriptFunctions,
  },
  {
    name: "index groups",
    why: "a reader takes in the public API at one glance",
    notYet: [],
    find: findTooManyGroups,
  },
  {
    name: "docstrings",
    why: "the contract of a public name stands at the name",
    notYet: NOT_YET.docstrings,
    find: findUndocumented,
  },
];

const SOURCES = /\.(ts|mjs|res|resi|sql|md|yaml|json)$/;

function readSources(): SourceFile[] {
  return sourceFiles()
    .filter((name) => SOURCES.test(name) && !/\/data\/|pnpm-lock/.test(name))
    .map((name) => {
      const text = readFileSync(join(root, name), "utf8");
      return { name, text, lines: text.replace(/\n$/, "").split("\n") };
    });
}

const isHeld = ({ notYet }: Rule, { file }: Finding): boolean =>
  !notYet.some((folder) => file.startsWith(folder));

/** The findings outside of the folders that are not held to a rule yet: one text for each rule. */
export function houseRules(): string[] {
  const files = readSources();
  return rules.flatMap((rule) => {
    const held = rule.find(files).filter((finding) => isHeld(rule, finding));
    const lines = held.map(({ file, line, problem }) => `  ${file}:${line} ${problem}`);
    return held.length === 0 ? [] : [`${rule.name} (${rule.why}):\n${lines.join("\n")}`];
  });
}

function printCounts(): void {
  const files = readSources();
  for (const rule of rules) {
    const findings = rule.find(files);
    console.log(`${rule.name}: ${findings.length}`);
    const byFile = Map.groupBy(findings, ({ file }) => file);
    for (const [file, found] of [...byFile].sort((a, b) => b[1].length - a[1].length)) {
      const isOff = rule.notYet.some((folder) => file.startsWith(folder));
      console.log(`  ${String(found.length).padStart(4)} ${file}${isOff ? " (not held yet)" : ""}`);
      if (process.argv.includes("--all"))
        for (const { line, problem } of found) console.log(`         ${line} ${problem}`);
    }
  }
}

if (import.meta.main) printCounts();
