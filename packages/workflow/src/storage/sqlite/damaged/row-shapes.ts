import Driver from "better-sqlite3";
import { ownMigrations } from "../migrate.js";
import type { ColumnType, ShapeColumn } from "./read-record.js";

/** A table or an index that the migrations create. */
export interface Shape {
  readonly table: string;
  readonly columns: readonly ShapeColumn[];
  /** The columns of the first migration: a row may be older than the others. */
  readonly leastColumns: number;
  /** Whether rows are stored under a rowid; if not, they are entries of an index. */
  readonly hasRowid: boolean;
}

/** `workflow_…` tables by name, and the columns of their indexes by the name of the index. */
export interface Shapes {
  readonly tables: ReadonlyMap<string, Shape>;
  readonly indexes: ReadonlyMap<
    string,
    { readonly table: string; readonly columns: readonly string[] }
  >;
}

interface TableInfo {
  readonly name: string;
  readonly type: ColumnType;
  readonly notnull: 0 | 1;
  readonly dflt_value: string | null;
  readonly pk: number;
}

let known: Shapes | undefined;

/** The tables and indexes of the current version. They are read from the migrations once. */
export function shapesOfMigrations(): Shapes {
  known ??= readShapes();
  return known;
}

function readShapes(): Shapes {
  const fresh = new Driver(":memory:");
  try {
    const tables = new Map<string, Shape>();
    const indexes = new Map<string, { table: string; columns: string[] }>();
    const least = new Map<string, number>();
    for (const { up } of ownMigrations()) {
      fresh.exec(up);
      for (const table of namesOf(fresh, "table")) {
        const hasRowid = !/WITHOUT ROWID/.test(sqlOf(fresh, table));
        const columns = columnsOf(fresh, table, hasRowid);
        if (!least.has(table)) least.set(table, columns.length);
        const leastColumns = least.get(table) ?? columns.length;
        tables.set(table, { table, columns, leastColumns, hasRowid });
      }
    }
    for (const index of namesOf(fresh, "index")) {
      const columns = fresh
        .prepare<[string], string | null>("SELECT name FROM pragma_index_xinfo(?) ORDER BY seqno")
        .pluck()
        .all(index)
        .map((name) => name ?? "rowid");
      const table = fresh
        .prepare<[string], string>("SELECT tbl_name FROM sqlite_schema WHERE name = ?")
        .pluck()
        .get(index);
      indexes.set(index, { table: table ?? "", columns });
    }
    return { tables, indexes };
  } finally {
    fresh.close();
  }
}

function namesOf(database: Driver.Database, type: "table" | "index"): string[] {
  return database
    .prepare<[string], string>(
      "SELECT name FROM sqlite_schema WHERE type = ? AND name <> 'sqlite_sequence'",
    )
    .pluck()
    .all(type);
}

function sqlOf(database: Driver.Database, name: string): string {
  return (
    database
      .prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE name = ?")
      .pluck()
      .get(name) ?? ""
  );
}

function columnsOf(database: Driver.Database, table: string, hasRowid: boolean): ShapeColumn[] {
  const infos = database
    .prepare<[string], TableInfo>("SELECT * FROM pragma_table_info(?)")
    .all(table);
  const keys = infos.filter(({ pk }) => pk > 0);
  // Without a rowid, the columns of the key come first.
  const stored = hasRowid ? infos : [...keys, ...infos.filter(({ pk }) => pk === 0)];
  return stored.map(({ name, type, notnull, dflt_value: missing, pk }) => ({
    name,
    type,
    isNullable: notnull === 0 && pk === 0,
    isRowid: pk === 1 && keys.length === 1 && type === "INTEGER",
    missing: missing === null || !/^-?\d+$/.test(missing) ? null : Number(missing),
  }));
}
