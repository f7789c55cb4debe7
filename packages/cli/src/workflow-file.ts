import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { WorkflowDefinition } from "@automatosx/schemas";
import {
  type PreparedWorkflow,
  type PrepareOutcome,
  WorkflowError,
  WorkflowParser,
} from "@automatosx/workflow";
import { fileProblem } from "@automatosx/workflow/checks";
import { axw, shell } from "./command.js";
import type { CliIo } from "./io.js";
import { renderIssue, tally } from "./render/error.js";
import { UsageError } from "./UsageError.js";

/** The absolute path of a file given on the command line. */
export function pathOf(io: CliIo, name: string): string {
  return isAbsolute(name) ? name : join(io.cwd, name);
}

/**
 * Returns whether the path is a folder.
 *
 * @throws UsageError `invalid_argument` if nothing has this path, or it cannot be examined
 */
function isFolder(path: string, name: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    const isMissing = problem.code === "ENOENT";
    throw new UsageError(`The file ${name} ${problem.message}.`, {
      remedy: isMissing ? "Pass the path of a workflow file (YAML or JSON)." : problem.remedy,
      next: shell("ls", ...(isMissing ? [] : ["-ld", name])),
    });
  }
}

/**
 * Reads and checks a workflow file. Returns the workflow with its warnings, or every issue.
 *
 * @throws UsageError `invalid_argument` for a file that does not exist, and for a folder
 */
export async function checkFile(io: CliIo, name: string): Promise<PrepareOutcome> {
  const path = pathOf(io, name);
  if (isFolder(path, name)) {
    throw new UsageError(`${name} is a folder.`, {
      remedy: "Pass the path of a workflow file (YAML or JSON) in it.",
      next: shell("ls", name),
    });
  }
  return new WorkflowParser().checkFile(path);
}

/**
 * Like `checkFile`, for a command that needs a valid workflow. Warnings are printed to stderr.
 *
 * @throws UsageError `invalid_definition` with every issue of an invalid file, and
 * `invalid_argument` for an agents file
 */
export async function loadWorkflow(io: CliIo, name: string): Promise<PreparedWorkflow> {
  const checked = await checkFile(io, name);
  if (!checked.ok) {
    const { issues } = checked;
    if (await isAgentsFile(pathOf(io, name)))
      throw new UsageError(`${name} is an agents file, not a workflow file.`, {
        remedy: "Give the workflow file, and the agents file with --agents.",
        next: axw("run", "FILE", "--agents", name),
      });
    throw new UsageError(`${name} is not valid: ${tally(issues)}.`, {
      code: "invalid_definition",
      remedy: "Fix the issues above.",
      next: axw("validate", name),
      file: name,
      issues,
    });
  }
  for (const issue of checked.issues)
    for (const line of renderIssue(io.stderr, name, issue)) io.stderr.line(line);
  return checked.workflow;
}

async function isAgentsFile(path: string): Promise<boolean> {
  const { loadAgentsFile } = await import("@automatosx/agents");
  return loadAgentsFile(path).then(
    () => true,
    () => false,
  );
}

/** Returns the definition that a run was started with. */
export function parseStored(text: string | undefined, runId: string): WorkflowDefinition {
  if (text === undefined)
    throw new WorkflowError("journal_damaged", `The definition of run ${runId} is missing.`, {
      runId,
    });
  return JSON.parse(text) as WorkflowDefinition;
}
