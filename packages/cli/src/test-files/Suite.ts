import type { DefinitionIssue } from "@automatosx/workflow";
import { pathArgument } from "../command.js";
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
  /** Undefined if a file has errors. */
  readonly cases: readonly Case[] | undefined;
  /** The names of the files that were read. */
  readonly files: readonly string[];
  /** The files with errors. */
  readonly broken: readonly BrokenFile[];
}

/** A test file with errors. */
export interface BrokenFile {
  readonly name: string;
  readonly issues: readonly DefinitionIssue[];
}

/**
 * Reads the chosen cases of the files and folders that are named. If a file has errors, prints all
 * issues.
 */
export function readSuite(io: CliIo, names: readonly string[], options: SuiteOptions): Suite {
  const { index, seed } = options;
  const files = [
    ...(index === undefined ? [] : [{ name: index, kind: "index" } as const]),
    ...(index !== undefined && names.length === 0 ? [] : findTestFiles(io, names)),
  ];
  const cases: Case[] = [];
  const broken: BrokenFile[] = [];
  for (const { name, kind } of files) {
    const read = readCases(readTestFile(io, name), pathOf(io, name), kind);
    const playArgs = kind === "index" ? ["--index", name] : [pathArgument(name)];
    if (read.ok) cases.push(...read.cases.map((one) => ({ ...one, file: name, playArgs, seed })));
    else {
      broken.push({ name, issues: read.issues });
      for (const issue of read.issues)
        for (const line of renderIssue(io.stderr, name, issue)) io.stderr.line(line);
    }
  }
  const read = files.map(({ name }) => name);
  if (broken.length === 0) return { cases: chooseCases(cases, options), files: read, broken };
  io.stderr.line(tally(broken.flatMap(({ issues }) => issues)));
  return { cases: undefined, files: read, broken };
}
