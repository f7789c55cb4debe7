import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./root.js";

// Inside this package, so that imports resolve as in a user's project. Git ignores the folder.
const folder = path.join(root, "packages", "acceptance", "test-results", "blocks");

const compilerOptions = {
  target: "es2023",
  lib: ["es2024", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  noEmit: true,
  skipLibCheck: false,
};

/**
 * Writes programs to an empty folder and type-checks them. `problems` contains the compiler's
 * output.
 */
export function typeCheck(programs: readonly string[]): { files: string[]; problems: string } {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = programs.map((text, index) => {
    const file = path.join(folder, `block-${index}.ts`);
    writeFileSync(file, text);
    return file;
  });
  writeFileSync(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["*.ts"] }),
  );
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder],
    {
      encoding: "utf8",
    },
  );
  return { files, problems: `${stdout}${stderr}` };
}
