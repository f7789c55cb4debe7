import { statSync } from "node:fs";
import Driver from "better-sqlite3";
import { WorkflowError } from "../../errors.js";
import { MAX_BYTES } from "./memory-copy.js";
import { isUpToDate, OWN_LEDGER, ownMigrations, readLedger } from "./migrate.js";

/**
 * Checks every page of a copy that no other process uses, and removes its log, which could be
 * forgotten when the copy is moved. Returns whether this version can also read its tables: those of
 * a newer version are unknown, and those of an older one are read from memory. Throws
 * `database_unusable` for a damaged page.
 */
export function checkCopy(path: string): boolean {
  const copy = new Driver(path);
  try {
    copy.pragma("journal_mode = DELETE");
    const [found] = copy.pragma("integrity_check(1)") as { integrity_check: string }[];
    if (found?.integrity_check !== "ok")
      throw new WorkflowError(
        "database_unusable",
        `A page is damaged: ${found?.integrity_check ?? "it cannot be read"}.`,
      );
    const newest = ownMigrations().at(-1)?.number ?? 0;
    if (readLedger(copy, OWN_LEDGER).some(({ number }) => number > newest)) return false;
    return isUpToDate(copy) || statSync(path).size <= MAX_BYTES;
  } catch (error) {
    if (error instanceof WorkflowError && error.code === "database_newer") return false;
    throw error;
  } finally {
    copy.close();
  }
}
