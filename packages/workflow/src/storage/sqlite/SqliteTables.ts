import { hash } from "node:crypto";
import type { Statement } from "better-sqlite3";
import { checkOptions, type OptionChecks } from "../../checks/check-options.js";
import { must, path, text } from "../../checks/option-checks.js";
import { WorkflowError } from "../../errors.js";
import { hashFields } from "../hash-chain.js";
import { guard } from "./database-error.js";
import type { Migration } from "./migrate.js";
import { type OpenFile, watchFile } from "./OpenFile.js";
import { OPEN_CHECKS } from "./open-checks.js";
import type { Database, OpenOptions } from "./open-database.js";
import { openMigrated } from "./open-migrated.js";

/** A package's tables, and the database that contains them. */
export interface SqliteTablesOptions extends OpenOptions {
  /** The name of the package. The error for a newer database tells the user to upgrade it. */
  readonly owner: string;
  /**
   * One word in lower-case letters. The names of the tables begin with `workflow_` and this word.
   */
  readonly name: string;
  /**
   * One SQL script per version. Each is applied in one transaction, and must not be edited once
   * released.
   */
  readonly migrations: readonly string[];
}

const scripts = must(
  "a list of SQL scripts",
  (value) => Array.isArray(value) && value.every((script) => typeof script === "string"),
);

const TABLES_CHECKS: OptionChecks<SqliteTablesOptions> = {
  ...OPEN_CHECKS,
  owner: text,
  name: text,
  migrations: scripts,
};

/** Words that the tables and views of the workflows use. */
const RESERVED_WORDS = new Set([
  "migrations",
  "definitions",
  "runs",
  "events",
  "checkpoints",
  "artifacts",
  "commands",
  "step",
  "run",
  "agent",
  "database",
  "notices",
]);

/**
 * Another package's tables in a workflow database, with the same guarantees:
 * `synchronous=FULL`, a file that only its owner can read, one transaction per migration, and
 * `WorkflowError`s.
 *
 * Statements are better-sqlite3 statements, and throw its errors outside `read` and `write`.
 *
 * @example
 * const tables = SqliteTables.open({
 *   path: ".ax/workflow.db",
 *   owner: "my-package",
 *   name: "notes",
 *   migrations: ["CREATE TABLE workflow_notes (text TEXT NOT NULL) STRICT"],
 * });
 * const insert = tables.prepare<[string]>("INSERT INTO workflow_notes (text) VALUES (?)");
 * tables.write(() => insert.run("remember"));
 */
export class SqliteTables {
  readonly #database;
  readonly #path: string;
  readonly #transaction;
  readonly #file: OpenFile | undefined;

  private constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
    this.#file = watchFile(database, path);
    this.#transaction = database.transaction((action: () => unknown) => action());
  }

  /**
   * Opens the database and migrates the tables. Throws `database_*`, or `invalid_argument` for a
   * reserved name.
   */
  static open(options: SqliteTablesOptions): SqliteTables {
    checkOptions<SqliteTablesOptions>("SqliteTables.open", options, TABLES_CHECKS);
    const { name, owner, migrations } = options;
    path(options.path, "path");
    text(owner, "owner");
    text(name, "name");
    scripts(migrations, "migrations");
    if (!/^[a-z]+$/.test(name) || RESERVED_WORDS.has(name)) {
      throw new WorkflowError(
        "invalid_argument",
        `\`${name}\` is not a valid name for a set of tables.`,
        {
          remedy: `Use a word in lower-case letters, other than ${[...RESERVED_WORDS].join(", ")}.`,
        },
      );
    }
    const table = `workflow_${name}_migrations`;
    const set = {
      ledger: { table, owner },
      migrations: [ledgerOf(table), ...migrations].map((up, at) => toMigration(name, up, at)),
    };
    return openMigrated(options, set, (database, path) => new SqliteTables(database, path));
  }

  /** Prepares a statement, to be kept and run inside `read` or `write`. Throws `database_*`. */
  prepare<Parameters extends unknown[] = unknown[], Row = unknown>(
    sql: string,
  ): Statement<Parameters, Row> {
    return guard(this.#path, () =>
      this.#database.prepare<unknown[], Row>(sql),
    ) as unknown as Statement<Parameters, Row>;
  }

  /**
   * Runs `action` on one snapshot of the database, unaffected by concurrent writes. Throws
   * `database_*`.
   */
  read<T>(action: () => T): T {
    return guard(this.#path, () => this.#transaction.deferred(action) as T);
  }

  /**
   * Runs `action` in one transaction, which is durable when this returns. Throws `database_*`, also
   * if the file was deleted or replaced since it was opened: the transaction is then lost.
   */
  write<T>(action: () => T): T {
    const assertKept = (lost: WorkflowError | undefined): void => {
      if (lost !== undefined) throw lost;
    };
    return guard(this.#path, () => {
      assertKept(this.#file?.lostLog());
      const value = this.#transaction.immediate(action) as T;
      assertKept(this.#file?.lost());
      return value;
    });
  }

  /** False after `close`. */
  get isOpen(): boolean {
    return this.#database.open;
  }

  /** Closes this connection. Others to the same file stay open. */
  close(): void {
    this.#database.close();
  }
}

/**
 * Returns the SHA-256, in hex, of bytes, or of fields framed with their lengths. Store it with a
 * row: SQLite does not detect a flipped bit.
 */
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
