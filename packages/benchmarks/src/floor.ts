import path from "node:path";
import Database from "better-sqlite3";

const ROW = "x".repeat(1024);

/** The `synchronous` level that the engine sets for each durability. */
const LEVELS = { full: "FULL", process: "NORMAL" } as const;

export type Durability = keyof typeof LEVELS;

let files = 0;

/** A bare database, which shows the cost of a durable step without an engine. */
export interface BareDatabase extends Disposable {
  /** Commits one transaction that inserts one row of 1 KB. */
  write(): void;
}

/** Opens a new database file on each call. */
export function openBare(folder: string, durability: Durability): BareDatabase {
  files += 1;
  const database = new Database(path.join(folder, `bare-${files}.db`));
  database.pragma("journal_mode = WAL");
  database.exec("CREATE TABLE floor (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
  // Set after the table is created: with WAL, the level is NORMAL until the first write.
  database.pragma(`synchronous = ${LEVELS[durability]}`);
  const insert = database.prepare("INSERT INTO floor (text) VALUES (?)");
  return { write: () => void insert.run(ROW), [Symbol.dispose]: () => database.close() };
}

/**
 * The time of one bare 1 KB transaction on this machine, in ms, at the engine's `synchronous`
 * level.
 */
export function bareTransactionMs(folder: string, durability: Durability, rows = 1000): number {
  using database = openBare(folder, durability);
  return transactionMs(database, rows);
}

/** The same time, in ms, for a file that is already open. */
export function transactionMs(database: BareDatabase, rows = 1000): number {
  const startedAt = performance.now();
  for (let index = 0; index < rows; index += 1) database.write();
  return (performance.now() - startedAt) / rows;
}
