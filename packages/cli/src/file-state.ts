import { readFileSync, statSync } from "node:fs";
import type { WorkflowDefinition } from "@automatosx/schemas";
import type { PreparedWorkflow } from "@automatosx/workflow";
import {
  fileProblem,
  isOrphaned,
  type StoragePort,
  type StoredDefinition,
  type StoredRun,
} from "@automatosx/workflow/observe";
import {
  type DefinitionChanges,
  definitionChanges,
  describeChanges,
} from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { type Command, commandText } from "./command.js";
import { currentHash } from "./current-hash.js";
import type { DbOptions } from "./database.js";
import type { Output } from "./Output.js";

/** How the workflow file of a run compares with the definition that the run keeps. */
export type FileState =
  /**
   * The run does not know its file, or its definition cannot be read; or it was amended, and its
   * file is still what it was started with.
   */
  | { readonly state: "unknown" }
  | { readonly state: "same" }
  | {
      readonly state: "changed";
      readonly changes: DefinitionChanges;
      /** What the file contains now. */
      readonly workflow: PreparedWorkflow;
    }
  /** The file does not contain a valid workflow now. */
  | { readonly state: "invalid" }
  | { readonly state: "gone" }
  /** `problem` completes "the file …". */
  | { readonly state: "unreadable"; readonly problem: string };

/** What a workflow file contains now, before it is compared with a run. */
type Content =
  | { readonly text: string; parse(): Promise<PreparedWorkflow | undefined> }
  | Extract<FileState, { readonly state: "gone" | "unreadable" }>;

/** The files of runs, each of which is read, and parsed if necessary, at most once. */
export class RunFiles {
  readonly #storage: Pick<StoragePort, "getWorkflow">;
  readonly #contents = new Map<string, Content>();
  /** By path and definition: many runs have both in common. */
  readonly #states = new Map<string, Promise<FileState>>();

  constructor(storage: Pick<StoragePort, "getWorkflow">) {
    this.#storage = storage;
  }

  /** Compares the file of a run with its definition. Never throws because of either. */
  stateOf(
    run: Pick<
      StoredRun,
      "startedFrom" | "definitionHash" | "currentDefinitionHash" | "parentStepId"
    >,
  ): Promise<FileState> {
    const { startedFrom, parentStepId } = run;
    const hash = currentHash(run);
    // A child run was started from the file of its parent, which is not its own.
    const path = parentStepId === undefined ? startedFrom?.file : undefined;
    if (path === undefined) return Promise.resolve({ state: "unknown" });
    const key = `${run.definitionHash} ${hash} ${path}`;
    const state = this.#states.get(key) ?? this.#stateAfter(run.definitionHash, hash, path);
    this.#states.set(key, state);
    return state;
  }

  // A run that was amended with another file, or has only a part of its own, differs from its file
  // although that has not changed since.
  async #stateAfter(first: string, current: string, path: string): Promise<FileState> {
    const state = await this.#compare(path, current);
    if (state.state !== "changed" || first === current) return state;
    const before = await this.#compare(path, first);
    return before.state === "same" ? { state: "unknown" } : state;
  }

  async #compare(path: string, definitionHash: string): Promise<FileState> {
    const stored = this.#definitionOf(definitionHash);
    if (stored === undefined) return { state: "unknown" };
    const content = this.#contents.get(path) ?? contentOf(path);
    this.#contents.set(path, content);
    if ("state" in content) return content;
    if (content.text === stored.source) return { state: "same" };
    const now = await content.parse();
    if (now === undefined) return { state: "invalid" };
    const changes = definitionChanges(
      JSON.parse(stored.definition) as WorkflowDefinition,
      now.definition,
    );
    return changes === undefined ? { state: "same" } : { state: "changed", changes, workflow: now };
  }

  // What is damaged is reported where the run itself is read.
  #definitionOf(hash: string): StoredDefinition | undefined {
    try {
      return this.#storage.getWorkflow(hash);
    } catch {
      return undefined;
    }
  }
}

/**
 * What is different about the file, and which definition the runs that were started with it keep;
 * undefined if there is nothing to say.
 */
export function describeFileState(file: FileState, runCount = 1): string | undefined {
  const keeps = runCount === 1 ? "this run keeps" : "these runs keep";
  switch (file.state) {
    case "changed": {
      const changes = cleanLine(describeChanges(file.changes));
      return `the file has changed since (${changes}); ${keeps} the old one`;
    }
    case "invalid":
      return `the file has changed since and is not valid now; ${keeps} the old one`;
    case "gone":
      return `the file no longer exists; ${keeps} the definition`;
    case "unreadable":
      return `the file ${cleanLine(file.problem)}; ${keeps} the definition`;
    case "same":
    case "unknown":
      return undefined;
  }
}

/** What is different about the file, and the command that runs it as it is now. */
export function aboutFile(
  out: Output,
  file: FileState,
  again: Command | undefined,
  options: DbOptions,
): string[] {
  const text = describeFileState(file);
  if (text === undefined) return [];
  if (again === undefined) return [text];
  const typed = cleanLine(commandText(again, out.typedAxw, options));
  return [
    text,
    `${file.state === "invalid" ? "to see its errors" : "to run the new one"}: ${typed}`,
  ];
}

/** The state of the file as `--json` prints it. */
export function fileStateAsJson(file: FileState): object {
  return file.state === "changed" ? { state: file.state, changes: file.changes } : file;
}

/** The same in two words, for a list. */
export function shortFileState({ state }: FileState): string | undefined {
  if (state === "changed" || state === "invalid") return "file changed";
  return state === "gone" ? "file gone" : undefined;
}

/** Whether a run can be resumed, so that a change of its file matters to the user. */
export function isResumable(run: StoredRun): boolean {
  if (run.backend !== undefined) return false;
  return run.status === "failed" || run.status === "paused" || isOrphaned(run);
}

/** A larger file is no workflow file. It would only take time to read. */
const MAX_BYTES = 64 * 1024 * 1024;

function contentOf(path: string): Content {
  try {
    // Reading a pipe or a device could take forever.
    const found = statSync(path);
    if (!found.isFile()) return { state: "unreadable", problem: "is not a regular file" };
    if (found.size > MAX_BYTES) return { state: "unreadable", problem: "is too large" };
    return parsedOnce(path, readFileSync(path, "utf8").replace(/^\ufeff/, ""));
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    return problem.code === "ENOENT" || problem.code === "ENOTDIR"
      ? { state: "gone" }
      : { state: "unreadable", problem: problem.message };
  }
}

function parsedOnce(path: string, text: string): Content {
  let parsed: Promise<PreparedWorkflow | undefined> | undefined;
  const parse = async (): Promise<PreparedWorkflow | undefined> => {
    const { WorkflowParser } = await import("@automatosx/workflow");
    const checked = await new WorkflowParser().checkFile(path);
    return checked.ok ? checked.workflow : undefined;
  };
  return {
    text,
    parse() {
      parsed ??= parse();
      return parsed;
    },
  };
}
