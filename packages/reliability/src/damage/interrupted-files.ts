import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A database of a killed process. */
export interface DatabaseFiles {
  readonly database: Buffer;
  /** The write-ahead log. */
  readonly log: Buffer;
}

/** Runs `scripts/interrupted-runs.ts`, which kills itself, and returns the files it leaves. */
export function writeInterruptedFiles(): DatabaseFiles {
  const folder = mkdtempSync(path.join(tmpdir(), "damage-"));
  try {
    const file = path.join(folder, "db");
    const program = fileURLToPath(new URL("../../scripts/interrupted-runs.ts", import.meta.url));
    const { signal, status, stderr } = spawnSync(process.execPath, [program, file], {
      encoding: "utf8",
    });
    if (signal !== "SIGKILL")
      throw new Error(
        `interrupted-runs.ts exited with ${status} instead of being killed: ${stderr}`,
      );
    return { database: readFileSync(file), log: readFileSync(`${file}-wal`) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
