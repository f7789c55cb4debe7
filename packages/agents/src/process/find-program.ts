import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** Whether this is the path of a file rather than the name of a program to look up on PATH. */
export function isPathLike(program: string): boolean {
  return program.includes("/") || (process.platform === "win32" && program.includes("\\"));
}

/**
 * The absolute path of a program as the system would find it, or undefined. Does not run the
 * program. A name with a slash is resolved against `cwd`; any other name is looked up on PATH.
 */
export function findProgram(
  program: string,
  env: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
): string | undefined {
  if (program === "") return undefined;
  const folders = isPathLike(program)
    ? [cwd]
    : (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const endings = process.platform === "win32" ? ["", ".exe", ".com"] : [""];
  const candidates = folders.flatMap((folder) =>
    endings.map((ending) => resolve(cwd, folder, program + ending)),
  );
  return candidates.find(isExecutableFile);
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
