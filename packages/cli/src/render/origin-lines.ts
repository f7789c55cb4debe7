import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { PlacedRun } from "../copied-project.js";
import { printedPath } from "../database.js";
import type { CliIo } from "../io.js";
import { pathProblem } from "../run-place.js";
import { wrap } from "./wrap.js";

/** The width of `folder   `. */
const INDENT = " ".repeat(9);

/**
 * Where a run was started: a line for each path, which of the paths cannot be used, and below the
 * file what is different `about` it.
 */
export function originLines(
  io: CliIo,
  { startedFrom = {}, copiedFrom }: Pick<PlacedRun, "startedFrom" | "copiedFrom">,
  about: readonly string[] = [],
): string[] {
  const { directory, file, agentsFile } = startedFrom;
  const problem = (path: string, what: "folder" | "agents file"): string => {
    const found = pathProblem(path, what);
    return found === undefined ? "" : ` (it ${cleanLine(found)})`;
  };
  return [
    ...(directory === undefined
      ? []
      : [`folder   ${printedPath(io, directory)}${problem(directory, "folder")}`]),
    ...(copiedFrom === undefined
      ? []
      : [`${INDENT}a copy of ${printedPath(io, copiedFrom)}, where the run was started`]),
    ...(file === undefined ? [] : [`file     ${printedPath(io, file)}`]),
    ...about.map((line) => INDENT + line),
    ...(agentsFile === undefined
      ? []
      : [`agents   ${printedPath(io, agentsFile)}${problem(agentsFile, "agents file")}`]),
  ].flatMap((line) => wrap(io.stdout, line, INDENT));
}
