import { existsSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { WorkflowDefinition } from "@automatosx/schemas";
import {
  type PreparedWorkflow,
  type PrepareOutcome,
  WorkflowError,
  WorkflowParser,
} from "@automatosx/workflow";
import type { CliIo } from "./io.js";
import { renderIssue, tally } from "./render/error.js";
import { shellWord } from "./render/words.js";
import { UsageError } from "./UsageError.js";

/** The path of a file that is named on the command line. */
export function pathOf(io: CliIo, name: string): string {
  return isAbsolute(name) ? name : join(io.cwd, name);
}

/**
 * Reads and checks a workflow file: the workflow with its warnings, or every issue.
 * `invalid_argument` for a file that does not exist, and for a folder.
 */
export async function checkFile(io: CliIo, name: string): Promise<PrepareOutcome> {
  const path = pathOf(io, name);
  if (!existsSync(path)) {
    throw new UsageError(`There is no file ${name}.`, {
      remedy: "Give the path of a workflow file (YAML or JSON).",
      next: "ls *.yaml",
    });
  }
  if (statSync(path).isDirectory()) {
    throw new UsageError(`${name} is a folder.`, {
      remedy: "Give the path of a workflow file (YAML or JSON) in it.",
      next: `ls ${shellWord(name)}`,
    });
  }
  return new WorkflowParser().checkFile(path);
}

/**
 * Like `checkFile`, for a command that needs a valid workflow: warnings go to stderr.
 * `invalid_definition` with every issue when the file is not valid.
 */
export async function loadWorkflow(io: CliIo, name: string): Promise<PreparedWorkflow> {
  const checked = await checkFile(io, name);
  if (!checked.ok) {
    const { issues } = checked;
    throw new UsageError(`${name} is not valid: ${tally(issues)}.`, {
      code: "invalid_definition",
      remedy: "Fix the issues above.",
      next: `axw validate ${shellWord(name)}`,
      file: name,
      issues,
    });
  }
  for (const issue of checked.issues)
    for (const line of renderIssue(io.stderr, name, issue)) io.stderr.line(line);
  return checked.workflow;
}

/** The definition that a run was started with. */
export function parseStored(text: string | undefined, runId: string): WorkflowDefinition {
  if (text === undefined)
    throw new WorkflowError("journal_damaged", `The definition of run ${runId} is missing.`, {
      runId,
    });
  return JSON.parse(text) as WorkflowDefinition;
}
