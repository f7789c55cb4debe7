import { pathExists } from "@automatosx/workflow/observe";
import type { PlacedRun } from "../copied-project.js";
import { printedPath } from "../database.js";
import type { CliIo } from "../io.js";
import { wrap } from "./wrap.js";

/** The width of `folder   `. */
const INDENT = " ".repeat(9);

/**
 * Where a run was started: a line for each path, which of the paths no longer exist, and below the
 * file what is different `about` it.
 */
export function originLines(
  io: CliIo,
  { startedFrom = {}, copiedFrom }: Pick<PlacedRun, "startedFrom" | "copiedFrom">,
  about: readonly string[] = [],
): string[] {
  const { directory, file, agentsFile } = startedFrom;
  const gone = (path: string): string => (pathExists(path) ? "" : " (it no longer exists)");
  return [
    ...(directory === undefined
      ? []
      : [`folder   ${printedPath(io, directory)}${gone(directory)}`]),
    ...(copiedFrom === undefined
      ? []
      : [`${INDENT}a copy of ${printedPath(io, copiedFrom)}, where the run was started`]),
    ...(file === undefined ? [] : [`file     ${printedPath(io, file)}`]),
    ...about.map((line) => INDENT + line),
    ...(agentsFile === undefined
      ? []
      : [`agents   ${printedPath(io, agentsFile)}${gone(agentsFile)}`]),
  ].flatMap((line) => wrap(io.stdout, line, INDENT));
}
