import { WorkflowError } from "../../errors.js";
import { isUnreadable } from "./database-error.js";
import type { Database } from "./open-database.js";
import type { StoredRow } from "./RowReader.js";

/** A located row: its rowid and the columns that identify it. */
export type Place = StoredRow & { readonly rowid: number };

/** How many rowids after a damaged page to try one by one; more than a page can hold. */
const NEAR = 2000;
/**
 * The largest rowid to search for. The search uses growing steps, because one lost inner page hides
 * many rows.
 */
const FAR = 2 ** 52;

/** Finds the rows of a damaged database that SQLite can still read, and reads them one by one. */
export class RowLocator {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The readable rows of a table in rowid order, each with `columns`. They are found by scanning
   * the table in both directions and, after a damaged page, by rowid.
   */
  locate(table: string, columns: readonly string[]): Place[] {
    // `AS rowid`: otherwise SQLite would use the name of a column that is an alias of the rowid.
    // `NOT INDEXED`: the index may be damaged.
    const select = `SELECT ${["rowid AS rowid", ...columns].join(", ")} FROM ${table} NOT INDEXED`;
    const found = new Map<number, Place>();
    if (!this.#walk(`${select} ORDER BY rowid`, found)) {
      this.#walk(`${select} ORDER BY rowid DESC`, found);
      this.#search(select, found);
    }
    return [...found.values()].sort((a, b) => a.rowid - b.rowid);
  }

  /** The whole row; empty if it does not exist. */
  row(table: string, rowid: number): StoredRow {
    const select = `SELECT * FROM ${table} WHERE rowid = ?`;
    return this.#database.prepare<[number], StoredRow>(select).get(rowid) ?? {};
  }

  /** Returns the result of `read`, or undefined if a row, a table or a value cannot be read. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      // A value of the wrong type is also lost: the reader of the row throws a WorkflowError, and
      // code that expects another type throws a TypeError.
      if (isUnreadable(error) || error instanceof WorkflowError || error instanceof TypeError)
        return undefined;
      throw error;
    }
  }

  // Adds the rows up to the first unreadable page. Returns whether the scan reached the end with
  // rowids in order.
  #walk(sql: string, found: Map<number, Place>): boolean {
    const isInOrder = this.attempt(() => {
      let [last, isSorted] = [0, true];
      for (const place of this.#database.prepare<[], Place>(sql).iterate()) {
        isSorted &&= place.rowid > last;
        last = place.rowid;
        if (Number.isSafeInteger(last) && last > 0) found.set(last, place);
      }
      return isSorted;
    });
    return isInOrder ?? false;
  }

  // Adds the rows between unreadable pages, which neither scan reached, one by one by rowid.
  #search(select: string, found: Map<number, Place>): void {
    const [next, exact] = [">", "="].map((operator) =>
      this.attempt(() =>
        this.#database.prepare<[number], Place>(
          `${select} WHERE rowid ${operator} ? ORDER BY rowid LIMIT 1`,
        ),
      ),
    );
    if (next === undefined || exact === undefined) return;
    const met = [...found.keys()].sort((a, b) => a - b);
    const behind = (rowid: number): Place | "none" | undefined =>
      this.attempt(() => next.get(rowid) ?? "none");
    const at = (rowid: number): Place | undefined => this.attempt(() => exact.get(rowid));
    for (let last: number | undefined = 0; last !== undefined; ) {
      const from: number = last;
      const place = behind(from);
      if (place === "none") return;
      if (place === undefined)
        last = nextReadable(
          from,
          (rowid) => at(rowid) !== undefined || behind(rowid) !== undefined,
        );
      // A damaged rowid is not where the search expects it, so the search would find it forever.
      else last = place.rowid > from ? place.rowid : met.find((rowid) => rowid > from);
      const row = last === undefined ? undefined : at(last);
      if (row !== undefined) found.set(row.rowid, row);
    }
  }
}

// Returns the first rowid after `from` that has a readable row, or from which a search reaches one
// or the end.
function nextReadable(from: number, canRead: (rowid: number) => boolean): number | undefined {
  for (let step = 1; step <= NEAR; step += 1) if (canRead(from + step)) return from + step;
  for (let step = 2 * NEAR; step <= FAR; step *= 2) {
    if (!canRead(from + step)) continue;
    let [unreadable, readable] = [from + step / 2, from + step];
    while (readable - unreadable > 1) {
      const middle = Math.floor((unreadable + readable) / 2);
      if (canRead(middle)) readable = middle;
      else unreadable = middle;
    }
    return readable;
  }
  return undefined;
}
