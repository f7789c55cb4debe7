import { dirname, join } from "node:path";
import type { WorkflowDefinition } from "@automatosx/schemas";
import type { StoredRun } from "@automatosx/workflow/observe";
import { axw, type Command, pathArgument } from "./command.js";
import { shownPath } from "./database.js";
import type { FileState } from "./file-state.js";
import type { CliIo } from "./io.js";
import { type NextLine, next } from "./next/actions.js";
import { startArguments } from "./next/start-arguments.js";
import { shortId } from "./render/short-id.js";
import { AGENTS_FILE, isSameFolder } from "./run-place.js";

/** How a text begins that may be JSON. */
const MAYBE_JSON = /^\s*(?:[-\d"[{]|(?:true|false|null)\s*$)/;

/** Longer values would make a line that cannot be read; the user passes them again. */
const MAX_VALUE_CHARS = 200;

type Values = Readonly<Record<string, unknown>>;

/**
 * The command that starts the workflow file of a run as it is now, with the values of the run.
 * After a change that made the file invalid, the command that says what is wrong. Undefined if the
 * file has not changed.
 */
export function runAgain(
  io: CliIo,
  run: Pick<StoredRun, "startedFrom" | "inputs" | "context">,
  old: WorkflowDefinition,
  file: FileState,
  agentArgs: readonly string[] = [],
): Command | undefined {
  const path = run.startedFrom?.file;
  if (path === undefined) return undefined;
  const name = pathArgument(shownPath(io, path));
  if (file.state === "invalid") return next("validate_workflow", "invalid", { file: name });
  if (file.state !== "changed") return undefined;
  const { inputs, context } = file.workflow.definition;
  const defaults = Object.fromEntries(
    Object.entries(old.inputs).map(([input, { default: value }]) => [input, value]),
  );
  const declared = Object.entries(run.inputs).filter(([input]) => Object.hasOwn(inputs, input));
  const isText = (input: string): boolean => inputs[input]?.type === "string";
  const { args, hasPlaceholders } = startArguments(file.workflow, {
    input: valuePairs(Object.fromEntries(declared), defaults, isText),
    context: valuePairs(run.context, { ...old.context, ...context }, () => false),
  });
  const { directory } = run.startedFrom ?? {};
  const isElsewhere = directory !== undefined && !isSameFolder(directory, io.cwd);
  const remarks = [
    ...(isElsewhere ? [`in the folder ${directory}`] : []),
    ...(hasPlaceholders ? ["replace the words in capitals"] : []),
  ];
  return {
    ...axw("run", name, ...args, ...agentsArgs(io, run, path), ...agentArgs),
    ...(remarks.length > 0 && { remark: remarks.join("; ") }),
  };
}

/**
 * The line that continues a failed run with its workflow file as it is now; if the file is not
 * valid now, the line that says what is wrong. Undefined if the file has not changed.
 */
export function amendLine(
  io: CliIo,
  { runId, startedFrom }: Pick<StoredRun, "runId" | "startedFrom">,
  file: FileState,
  agentArgs: readonly string[] = [],
): NextLine | undefined {
  const path = startedFrom?.file;
  if (path === undefined) return undefined;
  const name = pathArgument(shownPath(io, path));
  if (file.state === "invalid") return next("validate_workflow", "invalid", { file: name });
  if (file.state !== "changed") return undefined;
  return next("amend_run", "changed_file", { run: shortId(runId), file: name, args: agentArgs });
}

// A new run finds an agents.yaml by itself, but not a file with another name.
function agentsArgs(
  io: CliIo,
  { startedFrom = {} }: Pick<StoredRun, "startedFrom">,
  path: string,
): string[] {
  const { agentsFile } = startedFrom;
  if (agentsFile === undefined) return [];
  const found = [dirname(path), io.cwd].map((folder) => join(folder, AGENTS_FILE));
  return found.includes(agentsFile) ? [] : ["--agents", shownPath(io, agentsFile)];
}

/** `NAME=VALUE` for each value that differs from the one that a start without flags would use. */
function valuePairs(values: Values, standard: Values, isText: (name: string) => boolean): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const text = typedText(value, isText(name));
    const isStandard =
      Object.hasOwn(standard, name) && JSON.stringify(standard[name]) === JSON.stringify(value);
    return isStandard || text.length > MAX_VALUE_CHARS ? [] : [`${name}=${text}`];
  });
}

// Text that might be read as another value is written as JSON, which is read as the same text.
function typedText(value: unknown, isText: boolean): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return isText || !MAYBE_JSON.test(value) ? value : JSON.stringify(value);
}
