import { pathExists } from "@automatosx/workflow/checks";
import type { StartedFrom } from "@automatosx/workflow/observe";
import { printedPath } from "../database.js";
import type { CliIo } from "../io.js";

/** Where a run was started, a line for each path, and which of the paths no longer exist. */
export function originLines(io: CliIo, startedFrom: StartedFrom = {}): string[] {
  const { directory, file, agentsFile } = startedFrom;
  const line = (label: string, path: string | undefined): string[] =>
    path === undefined
      ? []
      : [`${label} ${printedPath(io, path)}${pathExists(path) ? "" : " (it no longer exists)"}`];
  return [
    ...line("folder  ", directory),
    ...line("file    ", file),
    ...line("agents  ", agentsFile),
  ];
}
