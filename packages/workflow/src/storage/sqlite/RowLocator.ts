import { WorkflowError } from "../../errors.js";
import { isUnreadable } from "./database-error.js";
import type { Database } from "./open-database.js";
import type { StoredRow } from "./RowReader.js";

/** A row as it is located: its rowid, and the columns that identify it. */
export type Place = StoredRow & { readonly rowid: number };

/** How many rowids behind a damaged page to try one by one: more than a page has rows. */
const NEAR = 2000;
/**
 * Up to here to search in growing steps, since one lost inner page hides many rows. No rowid is
 * larger.
 */
const FAR = 2 ** 52;

/** Finds the rows of a damaged database that SQLite can still read, and reads them one by one. */
export class RowLocator {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The readable rows of a table in the order of their rowids, each with `columns`. They are met on
   * a walk through the table's pages in both directions, and behind a damaged page found by rowid.
   */
  locate(table: string, columns: readonly string[]): Place[] {
    // `AS rowid`: SQLite would name it after a column that is an alias of it. `NOT INDEXED`: the
    // index may be damaged.
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

  /** What `read` returns, or undefined if a row, a table or a value cannot be read. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      // A value of the wrong type is lost as well: the reader of the row throws a WorkflowError,
      // and code that expects another type a TypeError.
      if (isUnreadable(error) || error instanceof WorkflowError || error instanceof TypeError)
        return undefined;
      throw error;
    }
  }

  // Adds the rows up to the first unreadable page. True if the walk came to the end, with rowids in
  // order.
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

  // Adds rows one by one, by rowid: those between unreadable pages, which neither walk reached.
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

// The first rowid after `from` that has a readable row, or from which a search reaches one or the
// end.
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
