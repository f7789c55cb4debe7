import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StartedFrom } from "@automatosx/workflow/observe";
import { fileProblem, parseTraceparent } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Command } from "./command.js";
import type { PlacedRun } from "./copied-project.js";
import { printedPath } from "./database.js";
import type { CliIo } from "./io.js";
import { type NextLine, next } from "./next/actions.js";
import { shortId } from "./render/short-id.js";
import { UsageError } from "./UsageError.js";

/** The name of an agents file that is used without being given with `--agents`. */
export const AGENTS_FILE = "agents.yaml";

/** Where the agents of a run work, and where their agents file is looked for. */
export interface RunPlace {
  /** The folder in which the agents' programs run. */
  readonly directory: string;
  /** The agents file that the run was started with; it must exist. */
  readonly agentsFile?: string;
  /** The agents file that the run was started with, if it is not used in this place. */
  readonly unusedAgentsFile?: string;
  /** Otherwise, the first of these that exists is the agents file. */
  readonly agentsFiles: readonly string[];
  /** True if the programs must run in `directory` although the run was started elsewhere. */
  readonly isMoved: boolean;
  /** The folder in which the run was started, if this is a copy of its project. */
  readonly copiedFrom?: string;
  /** The id of a run that continues; absent for a new run. */
  readonly runId?: string;
  /** Arguments with which `axw resume` finds the same place. */
  readonly args: readonly string[];
}

/** The place of a new run: the current folder. */
export function placeOfNewRun(io: CliIo, file: string): RunPlace {
  return {
    directory: io.cwd,
    agentsFiles: [join(dirname(file), AGENTS_FILE), join(io.cwd, AGENTS_FILE)],
    isMoved: false,
    args: [],
  };
}

/**
 * The place in which a stored run continues: where it was started, or, with `here`, the current
 * folder. The current folder is also the place of a run that was started without a folder.
 *
 * @throws UsageError `run_not_resumable` if the folder in which the run was started is gone
 */
export function placeOfRun(
  io: CliIo,
  { runId, startedFrom = {}, copiedFrom }: Pick<PlacedRun, "runId" | "startedFrom" | "copiedFrom">,
  { here = false, command }: { readonly here?: boolean | undefined; readonly command: Command },
): RunPlace {
  const { directory, file, agentsFile } = startedFrom;
  const isElsewhere = directory !== undefined && !isSameFolder(directory, io.cwd);
  if (here || directory === undefined)
    return {
      directory: io.cwd,
      ...(agentsFile !== undefined && (here ? { unusedAgentsFile: agentsFile } : { agentsFile })),
      agentsFiles: [join(io.cwd, AGENTS_FILE)],
      isMoved: isElsewhere || copiedFrom !== undefined,
      runId,
      args: here && isElsewhere ? ["--here"] : [],
    };
  if (isElsewhere && !isFolder(directory))
    throw goneFrom(runId, "folder", directory, {
      remedy: "Or resume the run with --here, so that its agents work in the current folder.",
      next: next("resume_here", "folder_gone", { args: command.args.slice(1) }),
    });
  const besideFile = file === undefined ? [] : [join(dirname(file), AGENTS_FILE)];
  return {
    directory,
    ...(agentsFile !== undefined && { agentsFile }),
    agentsFiles: [...besideFile, join(directory, AGENTS_FILE)],
    isMoved: copiedFrom !== undefined,
    ...(copiedFrom !== undefined && { copiedFrom }),
    runId,
    args: [],
  };
}

/** The error for a folder or a file that a run was started with and that cannot be used now. */
export function goneFrom(
  runId: string,
  what: "folder" | "agents file",
  path: string,
  { remedy, next: line }: { readonly remedy: string; readonly next: NextLine },
): UsageError {
  const preposition = what === "folder" ? "in" : "with";
  return new UsageError(
    `Run ${shortId(runId)} was started ${preposition} the ${what} ${path}, which ` +
      `${pathProblem(path, what) ?? "no longer exists"}. Nothing was started.`,
    { code: "run_not_resumable", remedy: `Restore the ${what}. ${remedy}`, next: line },
  );
}

/** Why a folder or a file cannot be used, such as "no longer exists"; undefined if it can. */
export function pathProblem(path: string, what: "folder" | "agents file"): string | undefined {
  try {
    const fits = statSync(path).isDirectory() === (what === "folder");
    return fits ? undefined : `is not a ${what === "folder" ? "folder" : "file"}`;
  } catch (error) {
    const problem = fileProblem(error);
    return problem === undefined || problem.code === "ENOENT"
      ? "no longer exists"
      : problem.message;
  }
}

/** What a run says about its place before it starts or continues. */
export function placeNotes(
  io: CliIo,
  place: RunPlace,
  used: { readonly agentsFile: string | undefined; readonly isGiven: boolean },
): string[] {
  const agents = agentsFileNote(io, place, used);
  const folder = folderNote(io, place);
  return [
    ...(folder === undefined ? [] : [`folder ${folder}`]),
    ...(agents === undefined ? [] : [`agents ${agents}`]),
  ];
}

function folderNote(
  io: CliIo,
  { directory, copiedFrom, runId, isMoved }: RunPlace,
): string | undefined {
  if (copiedFrom !== undefined)
    return `${cleanLine(directory)}, in this copy of the project in which the run was started`;
  if (isMoved) return "the current one, not the one where the run was started";
  if (runId === undefined || isSameFolder(directory, io.cwd)) return undefined;
  return `${cleanLine(directory)}, where the run was started; --here uses the current folder`;
}

function agentsFileNote(
  io: CliIo,
  place: RunPlace,
  {
    agentsFile: used,
    isGiven,
  }: { readonly agentsFile: string | undefined; readonly isGiven: boolean },
): string | undefined {
  const { unusedAgentsFile: unused, runId } = place;
  const recorded = place.agentsFile ?? unused;
  const isStored = runId !== undefined;
  const own = join(io.cwd, AGENTS_FILE);
  if (used === undefined)
    return unused === undefined
      ? undefined
      : `${printedPath(io, unused)} is not used, although it was at the start of the run`;
  const name = printedPath(io, used);
  if (isGiven || unused !== undefined)
    return recorded === undefined || recorded === used
      ? undefined
      : `${name}, not ${printedPath(io, recorded)} as at the start of the run`;
  if (isStored && recorded === undefined && used !== own)
    return `${name}, which was not used at the start of the run`;
  if (used === own) return undefined;
  const other = isRegular(own) ? `; ${AGENTS_FILE} is not used (--agents ${AGENTS_FILE})` : "";
  return isStored
    ? `${name}, as at the start of the run${other}`
    : `${name}, beside the workflow file${other}`;
}

/**
 * Where a new run is started. The environment variable `TRACEPARENT` names the span of what calls
 * `axw`; an invalid value is ignored, as the W3C recommendation requires.
 */
export function startedFrom(io: CliIo, file: string, agentsFile: string | undefined): StartedFrom {
  const traceparent = io.env["TRACEPARENT"] ?? "";
  return {
    directory: io.cwd,
    ...(isRegular(file) && { file }),
    ...(agentsFile !== undefined && isRegular(agentsFile) && { agentsFile }),
    ...(parseTraceparent(traceparent) !== undefined && { traceparent }),
  };
}

/** Whether there is a regular file at the path: not a pipe, which cannot be read again. */
export function isRegular(path: string): boolean {
  return statOf(path)?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/** Whether two paths lead to the same folder. */
export function isSameFolder(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [statOf(one), statOf(other)];
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

// A path that cannot be examined is reported by what uses it.
function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
