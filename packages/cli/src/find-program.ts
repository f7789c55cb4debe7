import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { CliIo } from "./io.js";

/** Where a program is: a path is taken as it is, a name is looked for in PATH. Undefined when it is not installed. */
export function findProgram(io: CliIo, program: string): string | undefined {
  const folders = /[\\/]/.test(program) ? [io.cwd] : (io.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => (isAbsolute(program) ? program : join(folder, program))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
