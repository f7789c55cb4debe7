import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileProblem, readBytes } from "@automatosx/workflow/checks";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { UsageError } from "../UsageError.js";
import { pathOf } from "../workflow-file.js";
import type { TestKind } from "./test-guide.js";

/** The largest size of a file with cases. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The names of files with cases that are found in a folder. */
const TEST_NAME = /\.(?:test\.(?:ya?ml|json)|expect\.json)$/u;

/** A file with cases, as the user named it or as it was found. */
export interface NamedFile {
  readonly name: string;
  /** Undefined if only its content says what it is: a test file, or a workflow. */
  readonly kind: TestKind | undefined;
}

/** Returns the files that are named, and those in the folders that are named. */
export function findTestFiles(io: CliIo, names: readonly string[]): NamedFile[] {
  const found = (names.length === 0 ? ["."] : names).flatMap((name) =>
    isFolder(io, name) ? testsIn(io, name) : [name],
  );
  if (found.length > 0) return found.map((name) => ({ name, kind: kindByName(name) }));
  throw new UsageError(`No test file was found in ${names.join(", ") || "this folder"}.`, {
    remedy: "The name of a test file ends in `.test.yaml`. Pass the path of one, or of its folder.",
    next: next("list_folder", "missing_file", undefined),
  });
}

/** Reads a file with cases. Throws `UsageError`. */
export function readTestFile(io: CliIo, name: string): string {
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

function kindByName(name: string): TestKind | undefined {
  if (name.endsWith(".expect.json")) return "scenario";
  return TEST_NAME.test(name) ? "test file" : undefined;
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

/** Returns the error to throw for a path that cannot be read: the error itself if it is another. */
function unreadable(name: string, error: unknown, remedy: string): unknown {
  const problem = fileProblem(error);
  if (problem === undefined) return error;
  return new UsageError(`The file ${name} ${problem.message}.`, {
    remedy,
    next: next("list_folder", "missing_file", undefined),
  });
}
