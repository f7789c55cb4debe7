import { isAbsolute } from "node:path";
import { OWN_FOLDER } from "./RunDirectories.js";

/**
 * Returns why a path cannot name a file of a run's directory, as a predicate; undefined if it can.
 */
export function filePathProblem(path: string): string | undefined {
  const parts = path.split("/");
  if (path === "" || path.endsWith("/")) return "names no file";
  if (path.includes("\0")) return "contains a NUL character";
  if (path.startsWith("/") || isAbsolute(path))
    return "is absolute; write it relative to the run's directory";
  if (parts.includes("..")) return "contains `..`; a file must be in the run's directory";
  if (parts.find((part) => part !== "" && part !== ".") === OWN_FOLDER)
    return `begins with \`${OWN_FOLDER}\`, which is the engine's own folder`;
  return undefined;
}
