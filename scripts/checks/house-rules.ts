// The house rules for words, sizes and public names. `node scripts/checks/house-rules.ts [--all]`
// counts the findings of every rule per file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../turbo.ts";
import { findForbiddenText } from "./rules/forbidden-text.ts";
import { findPhrases } from "./rules/phrases.ts";
import { findTooManyGroups, findUndocumented } from "./rules/public-face.ts";
import { findLongRescriptFunctions } from "./rules/rescript-functions.ts";
import type { Rule, SourceFile } from "./rules/rule.ts";
import { findLongFiles, findWideLines } from "./rules/sizes.ts";
import { sourceFiles } from "./run-tool.ts";

const rules: readonly Rule[] = [
  {
    name: "forbidden text",
    why: "what is unfinished, tied to one machine, or unsafe does not belong in the repository",
    find: findForbiddenText,
  },
  {
    name: "phrases",
    why: "plain English and the terms of the field read fastest",
    find: findPhrases,
  },
  {
    name: "columns",
    why: "two files fit side by side on a screen",
    find: findWideLines,
  },
  {
    name: "file length",
    why: "a file is about one noun",
    find: findLongFiles,
  },
  {
    name: "function length",
    why: "a function fits on one screen",
    find: findLongRescriptFunctions,
  },
  {
    name: "index groups",
    why: "a reader takes in the public API at one glance",
    find: findTooManyGroups,
  },
  {
    name: "docstrings",
    why: "the contract of a public name stands at the name",
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

/** Returns the findings, as one message per broken rule. */
export function houseRules(): string[] {
  const files = readSources();
  return rules.flatMap((rule) => {
    const findings = rule.find(files);
    const lines = findings.map(({ file, line, problem }) => `  ${file}:${line} ${problem}`);
    return findings.length === 0 ? [] : [`${rule.name} (${rule.why}):\n${lines.join("\n")}`];
  });
}

function printCounts(): void {
  const files = readSources();
  for (const rule of rules) {
    const findings = rule.find(files);
    console.log(`${rule.name}: ${findings.length}`);
    const byFile = Map.groupBy(findings, ({ file }) => file);
    for (const [file, found] of [...byFile].sort((a, b) => b[1].length - a[1].length)) {
      console.log(`  ${String(found.length).padStart(4)} ${file}`);
      if (process.argv.includes("--all"))
        for (const { line, problem } of found) console.log(`         ${line} ${problem}`);
    }
  }
}

if (import.meta.main) printCounts();
