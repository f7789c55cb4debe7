import type { DefinitionIssue } from "@automatosx/workflow";
import type { CliIo } from "../io.js";
import { renderIssue, tally } from "../render/error.js";
import { pathOf } from "../workflow-file.js";
import type { Case } from "./Case.js";
import { type CaseChoice, chooseCases } from "./choose-cases.js";
import { findTestFiles, readTestFile } from "./find-test-files.js";
import { readCases } from "./read-cases.js";

export interface SuiteOptions extends CaseChoice {
  /** A file with an index of cases. */
  readonly index?: string;
  /** The seed of the answers that are generated. */
  readonly seed?: number;
}

/** The cases of some files. */
export interface Suite {
  readonly cases: readonly Case[];
  /** The names of the files that were read. */
  readonly files: readonly string[];
}

/**
 * Reads the chosen cases of the files and folders that are named. If a file has errors, prints all
 * issues and returns undefined.
 */
export function readSuite(
  io: CliIo,
  names: readonly string[],
  options: SuiteOptions,
): Suite | undefined {
  const { index, seed } = options;
  const files = [
    ...(index === undefined ? [] : [{ name: index, kind: "index" } as const]),
    ...(index !== undefined && names.length === 0 ? [] : findTestFiles(io, names)),
  ];
  const cases: Case[] = [];
  const issues: DefinitionIssue[] = [];
  for (const { name, kind } of files) {
    const read = readCases(readTestFile(io, name), pathOf(io, name), kind);
    if (read.ok) cases.push(...read.cases.map((one) => ({ ...one, file: name, seed })));
    else {
      issues.push(...read.issues);
      for (const issue of read.issues)
        for (const line of renderIssue(io.stderr, name, issue)) io.stderr.line(line);
    }
  }
  if (issues.length > 0) {
    io.stderr.line(tally(issues));
    return undefined;
  }
  return { cases: chooseCases(cases, options), files: files.map(({ name }) => name) };
}
