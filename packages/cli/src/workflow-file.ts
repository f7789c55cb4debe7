import { readFile } from "node:fs/promises";
import { extname, isAbsolute, join } from "node:path";
import type { WorkflowDefinition } from "@automatosx/schemas";
import { type DefinitionIssue, type DependencyGraph, WorkflowError, type WorkflowFormat, WorkflowParser } from "@automatosx/workflow";
import type { CliIo } from "./io.js";
import { renderIssue, renderNext } from "./render/error.js";
import { count, shellWord } from "./render/words.js";
import { UsageError } from "./UsageError.js";

export interface WorkflowFile {
  /** As the user wrote it. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly format: WorkflowFormat;
}

export interface CheckedFile extends WorkflowFile {
  readonly definition: WorkflowDefinition;
  readonly graph: DependencyGraph;
  readonly warnings: readonly DefinitionIssue[];
}

export type CheckOutcome = ({ readonly ok: true } & CheckedFile) | { readonly ok: false; readonly issues: readonly DefinitionIssue[] };

/** Reads a workflow file. `invalid_argument` when it cannot be read. */
export async function readWorkflow(io: CliIo, name: string): Promise<WorkflowFile> {
  const path = isAbsolute(name) ? name : join(io.cwd, name);
  try {
    const text = await readFile(path, "utf8");
    return { name, path, text, format: extname(path).toLowerCase() === ".json" ? "json" : "yaml" };
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT";
    throw new UsageError(isMissing ? `There is no file ${name}.` : `${name} cannot be read: ${message}`, {
      remedy: "Give the path of a workflow file (YAML or JSON).",
      next: isMissing ? "ls *.yaml" : `ls -l ${shellWord(name)}`,
    });
  }
}

/** Checks a file's text: the definition with its warnings, or every issue. */
export function checkWorkflow(file: WorkflowFile): CheckOutcome {
  const outcome = new WorkflowParser().check(file.text, file.format);
  if (!outcome.ok) return { ok: false, issues: outcome.issues };
  const { definition, graph, warnings } = outcome;
  return { ok: true, ...file, definition, graph, warnings };
}

/** Reads and checks a file. When it is invalid, its issues are told on stderr and the answer is undefined. */
export async function loadWorkflow(io: CliIo, name: string): Promise<CheckedFile | undefined> {
  const file = await readWorkflow(io, name);
  const checked = checkWorkflow(file);
  const issues = checked.ok ? checked.warnings : checked.issues;
  for (const issue of issues) for (const line of renderIssue(io.stderr, name, issue)) io.stderr.line(line);
  if (checked.ok) return checked;
  io.stderr.line(tally(issues));
  renderNext(io.stderr, `axw validate ${shellWord(name)}`);
  return undefined;
}

/** `2 errors, 1 warning`. */
export function tally(issues: readonly Pick<DefinitionIssue, "severity">[]): string {
  const warnings = issues.filter(({ severity }) => severity === "warning").length;
  return `${count(issues.length - warnings, "error")}, ${count(warnings, "warning")}`;
}

/** The definition that a run was started with. */
export function parseStored(text: string | undefined, runId: string): WorkflowDefinition {
  if (text === undefined) throw new WorkflowError("journal_damaged", `The definition of run ${runId} is missing.`, { runId });
  return JSON.parse(text) as WorkflowDefinition;
}
