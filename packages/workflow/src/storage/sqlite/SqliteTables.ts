import { hash } from "node:crypto";
import type { Statement } from "better-sqlite3";
import { WorkflowError } from "../../errors.js";
import { guard } from "./database-error.js";
import { hashFields } from "./hash-chain.js";
import type { Migration } from "./migrate.js";
import type { Database, OpenOptions } from "./open-database.js";
import { openMigrated } from "./open-migrated.js";

export interface SqliteTablesOptions extends OpenOptions {
  /** The package that the tables are of; a newer database names it as what to upgrade. */
  readonly owner: string;
  /** What its tables are called by: `workflow_` and this word begin their names. Small letters. */
  readonly name: string;
  /** SQL, one text a version, never edited once released; each makes its tables in one transaction. */
  readonly migrations: readonly string[];
}

const OWN_WORDS = new Set([
  "migrations",
  "definitions",
  "runs",
  "events",
  "checkpoints",
  "artifacts",
  "commands",
  "step",
  "run",
]);

/**
 * Tables of another package in a file of this one, opened with the same promises: `synchronous=FULL`, a file for its
 * owner alone, one migration a transaction, and errors that are `WorkflowError`s.
 *
 * The statements are those of better-sqlite3. What they throw outside `read` and `write` is its own error.
 */
export class SqliteTables {
  readonly #database;
  readonly #path: string;
  readonly #transaction;

  private constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
    this.#transaction = database.transaction((action: () => unknown) => action());
  }

  /** `database_*`; `invalid_argument` for a name that is ours. */
  static open(options: SqliteTablesOptions): SqliteTables {
    const { name, owner, migrations } = options;
    if (!/^[a-z]+$/.test(name) || OWN_WORDS.has(name)) {
      throw new WorkflowError("invalid_argument", `No tables can be called by \`${name}\`.`, {
        remedy: "Use one word of small letters.",
      });
    }
    const table = `workflow_${name}_migrations`;
    const set = {
      ledger: { table, owner },
      migrations: [ledgerOf(table), ...migrations].map((up, at) => toMigration(name, up, at)),
    };
    return openMigrated(options, set, (database) => new SqliteTables(database, options.path));
  }

  /** A statement to keep and run many times, inside `read` or `write`. */
  prepare<Parameters extends unknown[] = unknown[], Row = unknown>(
    sql: string,
  ): Statement<Parameters, Row> {
    return guard(this.#path, () =>
      this.#database.prepare<unknown[], Row>(sql),
    ) as unknown as Statement<Parameters, Row>;
  }

  /** What `action` reads is one state of the database, whatever others write meanwhile. `database_*`. */
  read<T>(action: () => T): T {
    return guard(this.#path, () => this.#transaction.deferred(action) as T);
  }

  /** All that `action` writes or nothing, on disk when this returns. `database_*`. */
  write<T>(action: () => T): T {
    return guard(this.#path, () => this.#transaction.immediate(action) as T);
  }

  get isOpen(): boolean {
    return this.#database.open;
  }

  close(): void {
    this.#database.close();
  }
}

/** sha-256, hex, over bytes or over fields with their lengths in front: SQLite does not notice a flipped bit. */
export function sha256(
  value: Uint8Array | readonly (string | number | null | undefined)[],
): string {
  return value instanceof Uint8Array ? hash("sha256", value, "hex") : hashFields(value);
}

function ledgerOf(table: string): string {
  return `CREATE TABLE ${table} (
  number      INTEGER PRIMARY KEY CHECK (number >= 1),
  name        TEXT NOT NULL UNIQUE CHECK (name <> ''),
  sha256      TEXT NOT NULL CHECK (length(sha256) = 64),
  format      INTEGER NOT NULL CHECK (format >= 1),
  applied_at  REAL NOT NULL CHECK (applied_at BETWEEN 0 AND 9e15)
) STRICT;`;
}

function toMigration(name: string, up: string, at: number): Migration {
  return {
    number: at + 1,
    name: `${name} ${at + 1}`,
    up,
    down: "",
    sha256: hash("sha256", up, "hex"),
  };
}
