import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, relative } from "node:path";
import type { WorkflowDefinition } from "@automatosx/schemas";
import { type PreparedWorkflow, WorkflowParser } from "@automatosx/workflow";
import { WorkflowError } from "@automatosx/workflow/errors";
import type { StoredDefinition, StoredRun } from "@automatosx/workflow/observe";
import type { Issue } from "../../api/workflow.schema.js";
import { fileWithin } from "../add-command-routes.js";
import type { Reading } from "../Reading.js";
import { RefusedRequest } from "../RefusedRequest.js";
import { issuesOf } from "./file-issues.js";
import { hasWorkflowName, looksLikeWorkflow, MAX_BYTES } from "./workflow-files.js";

/** How many of the latest runs of a workflow are looked at for its versions and its history. */
const MAX_RUNS = 500;

/** How many pages of runs are read: one looks at a limited number of runs. */
const MAX_PAGES = 5;

/** The file of a workflow as it is now. */
export interface FileNow {
  /** Relative to the served folder. */
  readonly name: string;
  readonly source: string;
  readonly changedAt: number;
  readonly issues: readonly Issue[];
  /** Absent if it is not valid. */
  readonly workflow?: PreparedWorkflow;
}

/** A workflow as the database and the served folder know it. */
export class KnownWorkflow {
  readonly workflowId: string;
  /** Its latest runs, the newest first. */
  readonly runs: readonly StoredRun[];
  /** Absent if its file is not in the served folder. */
  readonly file: FileNow | undefined;
  readonly #reading: Reading;

  private constructor(
    reading: Reading,
    parts: Pick<KnownWorkflow, "workflowId" | "runs" | "file">,
  ) {
    this.#reading = reading;
    this.workflowId = parts.workflowId;
    this.runs = parts.runs;
    this.file = parts.file;
  }

  /**
   * Finds a workflow by its id, or by the path of a file below the served folder.
   *
   * @throws RefusedRequest 404 `workflow_not_found`
   */
  static async find(reading: Reading, idOrPath: string): Promise<KnownWorkflow> {
    const runs = runsOf(reading, idOrPath);
    const [last] = runs;
    if (last !== undefined) {
      const from = runs.find(hasOwnFile)?.startedFrom;
      const file = from?.file === undefined ? undefined : await readFile(reading, from.file);
      return new KnownWorkflow(reading, { workflowId: idOrPath, runs, file });
    }
    const file = hasWorkflowName(idOrPath) ? await readFile(reading, idOrPath) : undefined;
    if (file === undefined || !(looksLikeWorkflow(file.source) || file.workflow !== undefined))
      throw notFound(idOrPath);
    const workflowId = file.workflow?.definition.id ?? file.name;
    return new KnownWorkflow(reading, { workflowId, runs: runsOf(reading, workflowId), file });
  }

  /** The definitions of its runs, the last used first. */
  get stored(): readonly StoredDefinition[] {
    const hashes = new Set(this.runs.map(hashOf));
    return [...hashes].flatMap((hash) => this.#reading.storage.getWorkflow(hash) ?? []);
  }

  /**
   * Returns what would run now: the file if it is valid, else the version that ran last.
   *
   * @throws RefusedRequest 422 if there is neither
   */
  current(): PreparedWorkflow {
    if (this.file?.workflow !== undefined) return this.file.workflow;
    const name = this.file?.name ?? this.workflowId;
    const [last] = this.stored;
    if (last === undefined)
      throw unplanned(
        `The file ${name} has errors, and none of its versions ran.`,
        "Correct the errors that are shown with its source.",
      );
    // A definition of the first version of the language can be read as it is stored; what a text
    // of the second one includes is in other files.
    const stored = new WorkflowParser().check(JSON.parse(last.definition) as object);
    if (stored.ok) return stored.workflow;
    const outcome = new WorkflowParser({ base: this.#base }).check(last.source, last.format);
    if (outcome.ok) return outcome.workflow;
    const [issue] = outcome.issues;
    const problem = issue?.message ?? "it is not valid";
    throw unplanned(
      `Version ${last.version} of ${name}, which ran last, cannot be read again: ${problem}.`,
      "Put the file of the workflow below the served folder.",
    );
  }

  // What a stored text names is beside the file that it was read from.
  get #base(): string {
    const file = this.runs.find(hasOwnFile)?.startedFrom?.file;
    return file === undefined ? this.#reading.options.folder : dirname(file);
  }

  /**
   * Returns the text and the definition of a version: a hash, or `disk`.
   *
   * @throws RefusedRequest 404 `workflow_not_found`
   */
  version(hash: string): { readonly source: string; readonly definition?: WorkflowDefinition } {
    if (hash === "disk") {
      if (this.file === undefined) throw notFound(`${this.workflowId} on disk`);
      const { source, workflow } = this.file;
      return { source, ...(workflow !== undefined && { definition: workflow.definition }) };
    }
    const stored = this.stored.find((each) => each.hash === hash);
    if (stored === undefined) throw notFound(`${this.workflowId} ${hash}`);
    const definition = JSON.parse(stored.definition) as WorkflowDefinition;
    return { source: stored.source, definition };
  }
}

// A child run was started from the file of its parent, which is not its own.
function hasOwnFile({ startedFrom, parentRunId }: StoredRun): boolean {
  return startedFrom?.file !== undefined && parentRunId === undefined;
}

/** The hash of the definition that a run has now. */
export function hashOf({ currentDefinitionHash, definitionHash }: StoredRun): string {
  return currentDefinitionHash ?? definitionHash;
}

function runsOf({ storage }: Reading, workflowId: string): readonly StoredRun[] {
  const found: StoredRun[] = [];
  let after: Parameters<typeof storage.pageRuns>[2];
  for (let page = 0; page < MAX_PAGES && found.length < MAX_RUNS; page += 1) {
    const { runs, next } = storage.pageRuns({ workflowId }, MAX_RUNS - found.length, after);
    found.push(...runs.filter(({ damage }) => damage === undefined));
    if (next === undefined) break;
    after = next;
  }
  return found;
}

/** Reads and checks a file below the served folder; undefined if it is elsewhere or gone. */
async function readFile(
  { options: { folder } }: Reading,
  given: string,
): Promise<FileNow | undefined> {
  let path: string;
  try {
    path = fileWithin(folder, given);
  } catch (error) {
    if (error instanceof RefusedRequest) return undefined;
    throw error;
  }
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size > MAX_BYTES) return undefined;
    const source = readFileSync(path, "utf8");
    const root = realpathSync(folder);
    const name = relative(root, path);
    const outcome = await new WorkflowParser({ root }).checkFile(path);
    return {
      name,
      source,
      changedAt: found.mtimeMs,
      issues: [...issuesOf(outcome.issues, source, root)],
      ...(outcome.ok && { workflow: outcome.workflow }),
    };
  } catch (error) {
    if (error instanceof WorkflowError) throw error;
    // It went away, or is not ours to read.
    return undefined;
  }
}

function unplanned(message: string, remedy: string): RefusedRequest {
  return new RefusedRequest(422, { code: "invalid_definition", message, remedy });
}

function notFound(what: string): RefusedRequest {
  return new RefusedRequest(404, {
    code: "workflow_not_found",
    message: `There is no workflow ${JSON.stringify(what)}.`,
    remedy: "List the workflows, or give the path of a workflow file below the served folder.",
  });
}
