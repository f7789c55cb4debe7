/*
 * What this package reads of the files of SQLite without SQLite.
 *
 * The format: https://www.sqlite.org/fileformat2.html
 */

const MAGIC = Buffer.from("SQLite format 3\0");

/** The header of the database takes the first bytes of page 1. */
export const DATABASE_HEADER_BYTES = 100;
/** Where the header says how many bytes of each page are reserved. */
export const RESERVED_AT = 20;

/** The types of a page of a b-tree. */
export const INTERIOR_INDEX = 2;
export const INTERIOR_TABLE = 5;
export const LEAF_INDEX = 10;
export const LEAF_TABLE = 13;

const LOG_MAGIC = 0x377f0682;

export const LOG_HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 24;

/** Whether these are the first bytes of a database. */
export function isDatabaseHeader(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/** Returns the size of a page; undefined if the header has none that is possible. */
export function pageBytesOf(header: Buffer): number | undefined {
  const size = header.readUInt16BE(16);
  // 65,536 does not fit the two bytes.
  if (size === 1) return 65_536;
  return isPageSize(size) ? size : undefined;
}

export function isPageSize(bytes: number): boolean {
  return bytes >= 512 && bytes <= 65_536 && Math.log2(bytes) % 1 === 0;
}

/** Whether these are the first bytes of a log. The lowest bit is the byte order of its checksums. */
export function isLogHeader(bytes: Buffer): boolean {
  return bytes.length >= 4 && (bytes.readUInt32BE(0) | 1) === (LOG_MAGIC | 1);
}
