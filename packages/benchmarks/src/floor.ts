import path from "node:path";
import Database from "better-sqlite3";

const ROW = "x".repeat(1024);

/** The level of `synchronous` that the engine sets for each durability. */
const LEVELS = { full: "FULL", process: "NORMAL" } as const;

export type Durability = keyof typeof LEVELS;

let files = 0;

/** A bare database: the cost of a durable step without an engine. */
export interface BareDatabase extends Disposable {
  /** One transaction of one row of 1 KB. */
  write(): void;
}

/** Opens a new file each time. */
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

/** One bare transaction of a row of 1 KB on this machine, in ms, at the engine's `synchronous`. */
export function bareTransactionMs(folder: string, durability: Durability, rows = 1000): number {
  using database = openBare(folder, durability);
  return transactionMs(database, rows);
}

/** The same in a file that is already open. */
export function transactionMs(database: BareDatabase, rows = 1000): number {
  const startedAt = performance.now();
  for (let index = 0; index < rows; index += 1) database.write();
  return (performance.now() - startedAt) / rows;
}
