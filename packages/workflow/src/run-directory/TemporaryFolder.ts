import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const open = new Set<TemporaryFolder>();

/** A folder that is removed when it is closed, or when the process ends. */
export class TemporaryFolder {
  readonly path: string;

  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
    if (open.size === 0) process.on("exit", closeAll);
    open.add(this);
  }

  close(): void {
    rmSync(this.path, { recursive: true, force: true });
    open.delete(this);
    if (open.size === 0) process.off("exit", closeAll);
  }
}

function closeAll(): void {
  for (const folder of open) rmSync(folder.path, { recursive: true, force: true });
}
