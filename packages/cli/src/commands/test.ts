import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DefinitionIssue } from "@automatosx/workflow";
import { fileProblem, readBytes } from "@automatosx/workflow/checks";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderIssue, tally } from "../render/error.js";
import { type PlayedCase, renderCase, tallyLines } from "../render/played-cases.js";
import type { Case } from "../test-files/Case.js";
import { playCase } from "../test-files/play-case.js";
import { kindOf, readCases } from "../test-files/read-cases.js";
import type { TestKind } from "../test-files/test-guide.js";
import { UsageError } from "../UsageError.js";
import { pathOf } from "../workflow-file.js";

/** The largest size of a file with cases. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The names of files with cases that are found in a folder. */
const TEST_NAME = /\.(?:test\.(?:ya?ml|json)|expect\.json)$/u;

export interface TestOptions {
  /** A file with an index of cases. */
  readonly index?: string;
  /** Ids of the only cases to play. */
  readonly only?: readonly string[];
  /** The construct of the only cases to play. */
  readonly construct?: string;
  readonly json?: boolean;
}

/** A file with cases, as the user named it or as it was found. */
interface NamedFile {
  readonly name: string;
  readonly kind: TestKind;
}

/**
 * Plays the cases of test files, with scripted agents on a virtual clock, and reports how each
 * differs from what it expects. No agent of the workflow is called.
 */
export async function test(
  io: CliIo,
  names: readonly string[],
  options: TestOptions,
): Promise<ExitCode> {
  const { index, json = false } = options;
  const files = [
    ...(index === undefined ? [] : [{ name: index, kind: "index" } as const]),
    ...(index !== undefined && names.length === 0 ? [] : filesAt(io, names)),
  ];
  const cases = readAll(io, files);
  if (cases === undefined) return ExitCode.invalid;
  const wanted = chosen(cases, options);
  const played: PlayedCase[] = [];
  const interrupt = interrupted(io);
  for (const one of wanted) {
    if (interrupt.signal.aborted) break;
    const outcome = { case: one, ...(await playCase(one, io.cwd)) };
    played.push(outcome);
    if (json) io.stdout.json(caseAsJson(outcome));
    else for (const line of renderCase(io.stdout, outcome)) io.stdout.line(line);
  }
  interrupt.release();
  const counts = {
    passed: played.filter(({ outcome }) => outcome === "passed").length,
    failed: played.filter(({ outcome }) => outcome === "failed").length,
    notYet: played.filter(({ outcome }) => outcome === "not_yet").length,
  };
  if (json) io.stdout.json({ schemaVersion: SCHEMA_VERSION, type: "test_summary", ...counts });
  const out = json ? io.stderr : io.stdout;
  for (const line of tallyLines(counts)) out.line(line);
  if (interrupt.signal.aborted) return ExitCode.interrupted;
  return counts.failed > 0 ? ExitCode.failed : ExitCode.ok;
}

/** Ctrl-C ends the playing after the case that is being played; a second one ends it at once. */
function interrupted(io: CliIo): { readonly signal: AbortSignal; readonly release: () => void } {
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, () => {
      if (stop.signal.aborted) io.exitNow(ExitCode.interrupted);
      stop.abort();
    }),
  );
  const release = (): void => {
    for (const each of releases) each();
  };
  return { signal: stop.signal, release };
}

/** Returns the files that are named, and those in the folders that are named. */
function filesAt(io: CliIo, names: readonly string[]): NamedFile[] {
  const found = (names.length === 0 ? ["."] : names).flatMap((name) =>
    isFolder(io, name) ? testsIn(io, name) : [name],
  );
  if (found.length > 0) return found.map((name) => ({ name, kind: kindOf(name) }));
  throw new UsageError(`No test file was found in ${names.join(", ") || "this folder"}.`, {
    remedy: "The name of a test file ends in `.test.yaml`. Pass the path of one, or of its folder.",
    next: next("list_folder", "missing_file", undefined),
  });
}

function isFolder(io: CliIo, name: string): boolean {
  try {
    return statSync(pathOf(io, name)).isDirectory();
  } catch (error) {
    throw unreadable(
      name,
      error,
      "Pass the path of a test file, or of a folder that contains some.",
    );
  }
}

function testsIn(io: CliIo, folder: string): string[] {
  const entries = readdirSync(pathOf(io, folder), { withFileTypes: true });
  return entries
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const name = folder === "." ? entry.name : join(folder, entry.name);
      if (entry.isDirectory())
        return entry.name === "node_modules" || entry.name.startsWith(".") ? [] : testsIn(io, name);
      return TEST_NAME.test(entry.name) ? [name] : [];
    });
}

/** Reads every file. If one has errors, prints all issues and returns undefined. */
function readAll(io: CliIo, files: readonly NamedFile[]): readonly Case[] | undefined {
  const cases: Case[] = [];
  const issues: DefinitionIssue[] = [];
  for (const { name, kind } of files) {
    const read = readCases(readText(io, name), pathOf(io, name), kind);
    if (read.ok) cases.push(...read.cases);
    else {
      issues.push(...read.issues);
      for (const issue of read.issues)
        for (const line of renderIssue(io.stderr, name, issue)) io.stderr.line(line);
    }
  }
  if (issues.length === 0) return cases;
  io.stderr.line(tally(issues));
  return undefined;
}

function readText(io: CliIo, name: string): string {
  try {
    const bytes = readBytes(pathOf(io, name), MAX_BYTES + 1);
    if (bytes.length <= MAX_BYTES) return new TextDecoder().decode(bytes);
  } catch (error) {
    throw unreadable(name, error, "Pass the path of a test file.");
  }
  throw new UsageError(`The file ${name} is larger than ${MAX_BYTES} bytes.`, {
    remedy: "Split it.",
  });
}

/** Returns the error to throw for a path that cannot be read: the error itself if it is another. */
function unreadable(name: string, error: unknown, remedy: string): unknown {
  const problem = fileProblem(error);
  if (problem === undefined) return error;
  return new UsageError(`The file ${name} ${problem.message}.`, {
    remedy,
    next: next("list_folder", "missing_file", undefined),
  });
}

function chosen(cases: readonly Case[], { only, construct }: TestOptions): readonly Case[] {
  const unknown = only?.find((id) => !cases.some((one) => one.id === id));
  if (unknown !== undefined)
    throw new UsageError(`No case has the id ${unknown}.`, {
      remedy: "Leave out --only to see the ids of all cases.",
    });
  const found = cases.filter(
    (one) =>
      (only === undefined || only.includes(one.id)) &&
      (construct === undefined || one.construct === construct),
  );
  if (found.length > 0) return found;
  const constructs = [...new Set(cases.flatMap((one) => one.construct ?? []))];
  throw new UsageError(`No case is about ${construct ?? "anything"}.`, {
    remedy: `The constructs are: ${constructs.join(", ")}.`,
  });
}

function caseAsJson({ case: { id, construct, title }, ...outcome }: PlayedCase): object {
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "test_case",
    id,
    ...(title !== undefined && { title }),
    outcome: outcome.outcome,
    ...(outcome.outcome === "failed" && { mismatches: outcome.mismatches }),
    construct: outcome.outcome === "not_yet" ? outcome.construct : (construct ?? null),
  };
}
