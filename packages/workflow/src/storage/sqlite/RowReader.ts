import { WorkflowError } from "../../errors.js";

/** A row as SQLite gives it: nothing in it is trusted before it has been looked at. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** Thrown for a value that the engine cannot have written. */
function damagedRow(table: string, key: unknown, problem: string): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `The database is damaged: ${table} ${String(key)}: ${problem}.`,
    {
      remedy: "Restore the database from a backup, or take this row away; it was not used.",
    },
  );
}

/** Reads the columns of one row and refuses values that do not fit. */
export class RowReader {
  readonly #row: StoredRow;
  readonly #table: string;
  readonly #key: string;

  /** `key`: the column that names the row in a message. */
  constructor(table: string, key: string, row: unknown) {
    this.#table = table;
    this.#key = key;
    this.#row = row as StoredRow;
  }

  text(column: string): string {
    const value = this.#row[column];
    return typeof value === "string" ? value : this.#fail(column, "text");
  }

  number(column: string): number {
    const value = this.#row[column];
    return typeof value === "number" && Number.isFinite(value)
      ? value
      : this.#fail(column, "a number");
  }

  /** A whole number from `least` up. */
  count(column: string, least: number): number {
    const value = this.#row[column];
    return Number.isSafeInteger(value) && (value as number) >= least
      ? (value as number)
      : this.#fail(column, `a whole number from ${least}`);
  }

  oneOf<T extends string>(column: string, words: readonly T[]): T {
    const value = this.#row[column];
    return words.find((word) => word === value) ?? this.#fail(column, `one of ${words.join(", ")}`);
  }

  /** A JSON object. */
  object(column: string): Readonly<Record<string, unknown>> {
    const text = this.text(column);
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return value as Record<string, unknown>;
    } catch {
      // Said below.
    }
    return this.#fail(column, "a JSON object");
  }

  /** `{ [name]: value }`, or nothing where the column is empty: for a property that may be absent. */
  optionalText<N extends string>(name: N, column: string): { readonly [K in N]?: string } {
    return this.#row[column] === null
      ? {}
      : ({ [name]: this.text(column) } as { readonly [K in N]?: string });
  }

  optionalNumber<N extends string>(name: N, column: string): { readonly [K in N]?: number } {
    return this.#row[column] === null
      ? {}
      : ({ [name]: this.number(column) } as { readonly [K in N]?: number });
  }

  isEmpty(column: string): boolean {
    return this.#row[column] === null;
  }

  fail(problem: string): never {
    throw damagedRow(this.#table, this.#row[this.#key], problem);
  }

  #fail(column: string, expected: string): never {
    return this.fail(`${column} is not ${expected}`);
  }
}
