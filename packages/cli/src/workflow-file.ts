import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, isAbsolute, join } from "node:path";
import type { WorkflowDefinition } from "@automatosx/schemas";
import {
  type DefinitionIssue,
  type DependencyGraph,
  WorkflowError,
  type WorkflowFormat,
  WorkflowParser,
} from "@automatosx/workflow";
import type { CliIo } from "./io.js";
import { renderIssue, tally } from "./render/error.js";
import { shellWord } from "./render/words.js";
import { UsageError } from "./UsageError.js";

export interface CheckedFile {
  readonly path: string;
  readonly text: string;
  readonly format: WorkflowFormat;
  readonly definition: WorkflowDefinition;
  readonly graph: DependencyGraph;
  readonly warnings: readonly DefinitionIssue[];
}

export type CheckOutcome =
  | ({ readonly ok: true } & CheckedFile)
  | { readonly ok: false; readonly issues: readonly DefinitionIssue[] };

/** Reads and checks a file: the definition with its warnings, or every issue. `invalid_argument` when there is no such file. */
export async function checkFile(io: CliIo, name: string): Promise<CheckOutcome> {
  const path = isAbsolute(name) ? name : join(io.cwd, name);
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
  const outcome = await new WorkflowParser({ file: name }).checkFile(path);
  if (!outcome.ok) return { ok: false, issues: outcome.issues };
  const { definition, graph, warnings } = outcome;
  const text = new TextDecoder().decode(await readFile(path));
  return {
    ok: true,
    path,
    text,
    format: extname(path).toLowerCase() === ".json" ? "json" : "yaml",
    definition,
    graph,
    warnings,
  };
}

/** As `checkFile`; warnings are told on stderr. `invalid_definition` with every issue of a file that is not valid. */
export async function loadWorkflow(io: CliIo, name: string): Promise<CheckedFile> {
  const checked = await checkFile(io, name);
  if (!checked.ok) {
    const { issues } = checked;
    throw new UsageError(`${name} is not valid: ${tally(issues)}.`, {
      ...{
        code: "invalid_definition",
        remedy: "Mend what is named.",
        next: `axw validate ${shellWord(name)}`,
      },
      ...{ file: name, issues },
    });
  }
  for (const issue of checked.warnings)
    for (const line of renderIssue(io.stderr, name, issue)) io.stderr.line(line);
  return checked;
}

/** The definition that a run was started with. */
export function parseStored(text: string | undefined, runId: string): WorkflowDefinition {
  if (text === undefined)
    throw new WorkflowError("journal_damaged", `The definition of run ${runId} is missing.`, {
      runId,
    });
  return JSON.parse(text) as WorkflowDefinition;
}
