import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The files of a database whose process was killed: the file and its log. */
export interface Files {
  readonly database: Buffer;
  readonly log: Buffer;
}

/** Runs `scripts/half-run.ts`, which kills itself, and takes what it left. */
export function halfRun(): Files {
  const folder = mkdtempSync(path.join(tmpdir(), "damage-"));
  try {
    const file = path.join(folder, "db");
    const program = fileURLToPath(new URL("../../scripts/half-run.ts", import.meta.url));
    const { signal, status, stderr } = spawnSync(process.execPath, [program, file], {
      encoding: "utf8",
    });
    if (signal !== "SIGKILL")
      throw new Error(`the half run was to be killed, but ended with ${status}: ${stderr}`);
    return { database: readFileSync(file), log: readFileSync(`${file}-wal`) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
