import path from "node:path";
import Database from "better-sqlite3";

const ROW = "x".repeat(1024);

/** The level of `synchronous` that the engine sets for each durability. */
const LEVELS = { full: "FULL", process: "NORMAL" } as const;

export type Durability = keyof typeof LEVELS;

/** Rows per second of this machine: one bare transaction for each row of 1 KB, at the same `synchronous`. */
export function floorRate(folder: string, name: string, durability: Durability, rows: number): number {
  const database = new Database(path.join(folder, `${name}.db`));
  try {
    database.pragma("journal_mode = WAL");
    database.exec("CREATE TABLE floor (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    // WAL quietly runs NORMAL until the first file is touched, so it is set after the table is there.
    database.pragma(`synchronous = ${LEVELS[durability]}`);
    const insert = database.prepare("INSERT INTO floor (text) VALUES (?)");
    const startedAt = performance.now();
    for (let index = 0; index < rows; index += 1) insert.run(ROW);
    return rows / ((performance.now() - startedAt) / 1000);
  } finally {
    database.close();
  }
}
