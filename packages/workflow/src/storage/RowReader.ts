import { WorkflowError } from "../errors.js";

/** A row as SQLite returns it. Its values must be checked before they are trusted. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** Creates the error for a value that the engine cannot have written. */
function damagedRow(table: string, key: unknown, problem: string): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `The database is damaged: ${table} ${String(key)}: ${problem}.`,
    {
      remedy:
        "Restore the database from a backup, or salvage the intact data into a new file. " +
        "The row was not used.",
      suggestion: { action: "verify_database" },
    },
  );
}

/** Reads the columns of one row. Throws `database_unusable` for a value of the wrong kind. */
export class RowReader {
  readonly #row: StoredRow;
  readonly #table: string;
  readonly #key: string;

  /** `key` is the column that identifies the row in a message. */
  constructor(table: string, key: string, row: unknown) {
    this.#table = table;
    this.#key = key;
    this.#row = row as StoredRow;
  }

  /** Text. */
  text(column: string): string {
    const value = this.#row[column];
    return typeof value === "string" ? value : this.#fail(column, "text");
  }

  /** A finite number. */
  number(column: string): number {
    const value = this.#row[column];
    return typeof value === "number" && Number.isFinite(value)
      ? value
      : this.#fail(column, "a number");
  }

  /** Reads a whole number, `least` or more. */
  count(column: string, least: number): number {
    const value = this.#row[column];
    return Number.isSafeInteger(value) && (value as number) >= least
      ? (value as number)
      : this.#fail(column, `a whole number, ${least} or more`);
  }

  /** One of these words. */
  oneOf<T extends string>(column: string, words: readonly T[]): T {
    const value = this.#row[column];
    return words.find((word) => word === value) ?? this.#fail(column, `one of ${words.join(", ")}`);
  }

  /** JSON text of an object, parsed. */
  object(column: string): Readonly<Record<string, unknown>> {
    const text = this.text(column);
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return value as Record<string, unknown>;
    } catch {
      // Not JSON at all: reported below.
    }
    return this.#fail(column, "a JSON object");
  }

  /** `{ [name]: value }`, or `{}` when the column is null: for a property that may be absent. */
  optionalText<N extends string>(name: N, column: string): { readonly [K in N]?: string } {
    return this.#row[column] === null
      ? {}
      : ({ [name]: this.text(column) } as { readonly [K in N]?: string });
  }

  /** Like `optionalText`, for a finite number. */
  optionalNumber<N extends string>(name: N, column: string): { readonly [K in N]?: number } {
    return this.#row[column] === null
      ? {}
      : ({ [name]: this.number(column) } as { readonly [K in N]?: number });
  }

  /** Whether the column is null. */
  isEmpty(column: string): boolean {
    return this.#row[column] === null;
  }

  /** Throws `database_unusable` for this row. `problem` is a clause without a full stop. */
  fail(problem: string): never {
    throw damagedRow(this.#table, this.#row[this.#key], problem);
  }

  #fail(column: string, expected: string): never {
    return this.fail(`${column} is not ${expected}`);
  }
}
