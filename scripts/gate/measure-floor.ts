import { createRequire } from "node:module";
import path from "node:path";
import { median } from "./median.ts";

// The engine's own driver, found from where the engine finds it.
const load = createRequire(new URL("../../packages/workflow/package.json", import.meta.url));

interface Statement {
  run(...values: unknown[]): unknown;
}
interface Database {
  pragma(text: string): unknown;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** What this machine asks for one durable write: a bare transaction of one row, `synchronous=FULL`, in ms (median). */
export function measureFloor(folder: string, writes = 200): number {
  const Database = load("better-sqlite3") as new (file: string) => Database;
  const database = new Database(path.join(folder, "floor.db"));
  try {
    database.pragma("journal_mode = WAL");
    database.exec("CREATE TABLE floor (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    // WAL quietly runs NORMAL until the first file is touched, so it is set after the table is there.
    database.pragma("synchronous = FULL");
    const insert = database.prepare("INSERT INTO floor (text) VALUES (?)");
    const times: number[] = [];
    for (let index = 0; index < writes; index += 1) {
      const startedAt = performance.now();
      insert.run(`row ${index} of about the size of a journal entry: ${"x".repeat(120)}`);
      times.push(performance.now() - startedAt);
    }
    return median(times);
  } finally {
    database.close();
  }
}
