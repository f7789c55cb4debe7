import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** Where a system looks for programs if PATH is not set. */
const DEFAULT_PATH = ["/usr/local/bin", "/usr/bin", "/bin"];

/** Whether this is the path of a file rather than the name of a program to look up on PATH. */
export function isPathLike(program: string): boolean {
  return program.includes("/") || (process.platform === "win32" && program.includes("\\"));
}

/**
 * The absolute path of a program as the system would find it, or undefined. Does not run the
 * program. A name with a slash is resolved against `cwd`; any other name is looked up on PATH, of
 * which an empty entry is `cwd`.
 */
export function findProgram(
  program: string,
  env: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
): string | undefined {
  if (program === "") return undefined;
  const folders = isPathLike(program) ? [cwd] : (pathOf(env)?.split(delimiter) ?? DEFAULT_PATH);
  const endings = process.platform === "win32" ? ["", ".exe", ".com"] : [""];
  const candidates = folders.flatMap((folder) =>
    endings.map((ending) => resolve(cwd, folder, program + ending)),
  );
  return candidates.find(isExecutableFile);
}

// A copy of the environment distinguishes upper and lower case, even where the system does not.
function pathOf(env: NodeJS.ProcessEnv): string | undefined {
  if (process.platform !== "win32") return env["PATH"];
  return Object.entries(env).find(([name]) => name.toUpperCase() === "PATH")?.[1];
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
