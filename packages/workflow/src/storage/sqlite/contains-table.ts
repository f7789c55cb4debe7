import { closeSync, openSync, statSync } from "node:fs";
import {
  DATABASE_HEADER_BYTES,
  INTERIOR_TABLE,
  isDatabaseHeader,
  LEAF_TABLE,
  pageBytesOf,
  RESERVED_AT,
} from "./file-format.js";
import { readAt } from "./lock-safe-file.js";
import type { Database } from "./open-database.js";

/** How many pages of the schema to read at most; a larger schema counts as containing the table. */
const MAX_PAGES = 10_000;

/** Where the header says how text is encoded. */
const ENCODING = 56;
const UTF16_LE = 2;
const UTF16_BE = 3;

/** How many bytes precede the columns in a row of the schema at most. */
const MAX_ROW_HEADER = 30;

/**
 * Returns false if the schema in the file has no table of this name, and undefined if only SQLite
 * can tell. Nothing is changed and no file is created, whereas SQLite creates a log beside a file
 * that uses one, even if it only reads.
 */
export function schemaMentions(path: string, table: string): boolean | undefined {
  // Closing the file releases the locks of other connections in this process. With a log, there
  // may be such connections, and the newest schema may be in the log.
  if (statSync(`${path}-wal`, { throwIfNoEntry: false }) !== undefined) return undefined;
  const file = openSync(path, "r");
  try {
    return searchSchema(file, table);
  } finally {
    closeSync(file);
  }
}

/** Returns whether an open database has a table of this name, with these columns. */
export function hasTable(
  database: Database,
  table: string,
  columns: readonly string[] = [],
): boolean {
  const select = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  if (database.prepare(select).get(table) === undefined) return false;
  const names = database.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table);
  return columns.every((column) => names.includes(column));
}

function searchSchema(file: number, table: string): boolean | undefined {
  const header = readAt(file, 0, DATABASE_HEADER_BYTES);
  if (header.length < DATABASE_HEADER_BYTES || !isDatabaseHeader(header)) return undefined;
  const pageBytes = pageBytesOf(header);
  if (pageBytes === undefined) return undefined;
  const row = rowStart(table, header, pageBytes);
  const remaining = [1];
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const number = remaining.pop();
    if (number === undefined) return false;
    const page = readAt(file, (number - 1) * pageBytes, pageBytes);
    const start = number === 1 ? DATABASE_HEADER_BYTES : 0;
    if (page.length < pageBytes) return undefined;
    if (page.includes(row)) return true;
    if (page[start] === INTERIOR_TABLE) remaining.push(...childrenOf(page, start));
    else if (page[start] !== LEAF_TABLE) return undefined;
  }
  return undefined;
}

// The row of a table in the schema contains its type, its name and its name again, next to each
// other. If they do not fit into the part of a row that every page keeps, the name must do.
function rowStart(table: string, header: Buffer, pageBytes: number): Buffer {
  const encoding = header.readUInt32BE(ENCODING);
  const inPage = Math.floor(((pageBytes - (header[RESERVED_AT] ?? 0) - 12) * 32) / 255) - 23;
  const row = encode(`table${table}${table}`, encoding);
  return row.length + MAX_ROW_HEADER <= inPage ? row : encode(table, encoding);
}

function encode(text: string, encoding: number): Buffer {
  if (encoding !== UTF16_LE && encoding !== UTF16_BE) return Buffer.from(text);
  const bytes = Buffer.from(text, "utf16le");
  return encoding === UTF16_BE ? bytes.swap16() : bytes;
}

function childrenOf(page: Buffer, start: number): number[] {
  const count = page.readUInt16BE(start + 3);
  const children = [page.readUInt32BE(start + 8)];
  for (let at = 0; at < count; at += 1) {
    const pointer = start + 12 + 2 * at;
    const cell = pointer + 2 <= page.length ? page.readUInt16BE(pointer) : page.length;
    if (cell + 4 <= page.length) children.push(page.readUInt32BE(cell));
  }
  return children.filter((number) => number > 0);
}
