import { statSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import type { WorkflowDefinition } from "@automatosx/schemas";
import {
  type PreparedWorkflow,
  type PrepareOutcome,
  WorkflowError,
  WorkflowParser,
} from "@automatosx/workflow";
import { fileProblem, pathExists, readBytes } from "@automatosx/workflow/checks";
import { pathArgument, STDIN } from "./command.js";
import type { CliIo } from "./io.js";
import { next } from "./next/actions.js";
import { renderIssue, tally } from "./render/error.js";
import { isRegular } from "./run-place.js";
import { UsageError } from "./UsageError.js";

/** The largest size of a workflow file or an agents file. */
const MAX_BYTES = 1024 * 1024;

/** How messages name standard input, which is `-` on the command line. */
const SHOWN_STDIN = "<stdin>";

/** The name of a workflow file in messages. */
export function shownName(name: string): string {
  return name === STDIN ? SHOWN_STDIN : name;
}

/**
 * The absolute path of a file given on the command line. For standard input, it is the path of a
 * file in the current folder that does not exist.
 */
export function pathOf(io: CliIo, name: string): string {
  return isAbsolute(name) ? name : join(io.cwd, shownName(name));
}

/**
 * Returns whether the path is a folder.
 *
 * @throws UsageError `invalid_argument` if nothing has this path, or it cannot be examined
 */
function isFolder(io: CliIo, path: string, name: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    const isMissing = problem.code === "ENOENT";
    throw new UsageError(`The file ${name} ${problem.message}.`, {
      remedy: isMissing ? "Pass the path of a workflow file (YAML or JSON)." : problem.remedy,
      next: isMissing
        ? next("list_folder", "missing_file", undefined)
        : next("show_permissions", "unreadable_file", { file: reachablePart(io, name) }),
    });
  }
}

/** The longest part of a path at which something exists. */
function reachablePart(io: CliIo, name: string): string {
  let part = name;
  while (part !== dirname(part) && !pathExists(pathOf(io, part))) part = dirname(part);
  return pathArgument(part);
}

/**
 * Reads and checks a workflow file. Returns the workflow with its warnings, or every issue.
 *
 * @throws UsageError `invalid_argument` for a file that does not exist, and for a folder
 */
export async function checkFile(io: CliIo, name: string, root?: string): Promise<PrepareOutcome> {
  if (name === "")
    throw new UsageError("The path of the workflow file is empty.", {
      remedy: "Pass the path of a workflow file (YAML or JSON).",
      next: next("list_folder", "missing_file", undefined),
    });
  const place = root === undefined ? {} : { root: pathOf(io, root) };
  if (name === STDIN) {
    const bytes = await readInput(io);
    const readFile = (path: string) => (path === SHOWN_STDIN ? bytes : readForInput(path, root));
    const base = root === undefined ? io.cwd : pathOf(io, root);
    return new WorkflowParser({ readFile, ...place, base }).checkFile(SHOWN_STDIN);
  }
  const path = pathOf(io, name);
  if (isFolder(io, path, name)) {
    throw new UsageError(`${name} is a folder.`, {
      remedy: "Pass the path of a workflow file (YAML or JSON) in it.",
      next: next("list_that_folder", "folder", { file: pathArgument(name) }),
    });
  }
  return withTypedNames(await new WorkflowParser(place).checkFile(path), path, name);
}

/** Names the files that a workflow names relative to the current folder, as its own was typed. */
function withTypedNames(outcome: PrepareOutcome, path: string, name: string): PrepareOutcome {
  if (outcome.issues.every(({ file }) => file === undefined)) return outcome;
  const issues = outcome.issues.map((issue) =>
    issue.file === undefined || !isAbsolute(issue.file)
      ? issue
      : { ...issue, file: join(dirname(name), relative(dirname(path), issue.file)) },
  );
  return { ...outcome, issues };
}

/** Reads a file that a workflow on standard input names, which is relative to no other folder. */
function readForInput(path: string, root: string | undefined): Uint8Array {
  if (root !== undefined) return readBytes(path, MAX_BYTES + 1);
  throw new Error("a workflow on standard input has no folder; pass one with --root");
}

/**
 * Like `checkFile`, for a command that needs a valid workflow. Warnings are printed to stderr.
 *
 * @throws UsageError `invalid_definition` with every issue of an invalid file, and
 * `invalid_argument` for an agents file
 */
export async function loadWorkflow(
  io: CliIo,
  name: string,
  { root }: { readonly root?: string | undefined } = {},
): Promise<PreparedWorkflow> {
  const checked = await checkFile(io, name, root);
  if (!checked.ok) {
    const { issues } = checked;
    if ((await agentsFileAt(io, name)) !== undefined)
      throw new UsageError(`${shownName(name)} is an agents file, not a workflow file.`, {
        remedy: "Give the workflow file, and the agents file with --agents.",
        next: next("run_with_agents_file", "agents_file", {
          file: name === STDIN ? "FILE" : name,
        }),
      });
    throw new UsageError(`${shownName(name)} is not valid: ${tally(issues)}.`, {
      code: "invalid_definition",
      remedy: "Fix the issues above.",
      next: next("validate_workflow", "invalid", { file: name }),
      file: shownName(name),
      issues,
    });
  }
  for (const issue of checked.issues)
    for (const line of renderIssue(io.stderr, shownName(name), issue)) io.stderr.line(line);
  return checked.workflow;
}

/**
 * Returns the text of a file that is meant as an agents file: a map with `agents` and without
 * `steps`. Undefined for any other file.
 */
export async function agentsFileAt(io: CliIo, name: string): Promise<string | undefined> {
  const { IssueList, readYaml, SourceText } = await import("@automatosx/workflow/source");
  const text = await readText(io, name);
  const root = text === undefined ? undefined : readYaml(new IssueList(new SourceText(text)));
  if (root?.kind !== "map") return undefined;
  const keys = new Set(root.entries.map(({ key }) => key));
  return keys.has("agents") && !keys.has("steps") ? text : undefined;
}

// A pipe has been read already, and cannot be read again.
async function readText(io: CliIo, name: string): Promise<string | undefined> {
  const path = pathOf(io, name);
  if (name !== STDIN && !isRegular(path)) return undefined;
  const bytes = name === STDIN ? await readInput(io) : readBytes(path, MAX_BYTES + 1);
  return bytes.length > MAX_BYTES ? undefined : new TextDecoder().decode(bytes);
}

function readInput(io: CliIo): Promise<Uint8Array> {
  return io.readInput(MAX_BYTES);
}

/** Returns the definition that a run was started with. */
export function parseStored(text: string | undefined, runId: string): WorkflowDefinition {
  if (text === undefined)
    throw new WorkflowError("journal_damaged", `The definition of run ${runId} is missing.`, {
      runId,
    });
  return JSON.parse(text) as WorkflowDefinition;
}
