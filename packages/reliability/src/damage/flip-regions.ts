import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import type { DatabaseFiles } from "./interrupted-files.ts";

/**
 * `folded` is the database after its log was checkpointed into it: damage there cannot be hidden by
 * an intact copy of the page in the log.
 */
export type FileName = "database" | "log" | "folded";

/** A range of bytes in a file, one of which is chosen to be damaged. */
export interface Region {
  readonly file: FileName;
  readonly from: number;
  readonly to: number;
}

export const PAGE = 4096;
export const FRAME_HEADER = 24;
export const LOG_HEADER = 32;
/** The header of an index leaf page in SQLite's file format: its size and two offsets in it. */
const INDEX_HEADER = { length: 8, countAt: 3, entriesAt: 5 };
/** The indexes together are hit as often as this number of other regions. */
const INDEX_WEIGHT = 6;

/** Byte offsets at which the transactions in a log end. */
export function commitEnds(log: Buffer): number[] {
  const ends: number[] = [];
  const salts = log.subarray(16, 24);
  for (let at = LOG_HEADER; at + FRAME_HEADER + PAGE <= log.length; at += FRAME_HEADER + PAGE) {
    if (!log.subarray(at + 8, at + 16).equals(salts)) break;
    if (log.readUInt32BE(at + 4) > 0) ends.push(at + FRAME_HEADER + PAGE);
  }
  return ends;
}

/**
 * The groups of regions to damage. Each group is chosen with the same probability; otherwise, most
 * flips would hit the results, which fill most of the bytes. The file at `foldedPath` is the folded
 * database.
 */
export function regionGroups(
  files: DatabaseFiles,
  logEnd: number,
  foldedPath: string,
): readonly (readonly Region[])[] {
  const indexes = indexRegions(foldedPath);
  return [
    ...fileRegions(files, logEnd).map((region) => [region]),
    ...Array.from({ length: INDEX_WEIGHT }, () => indexes),
  ];
}

function fileRegions({ database, log }: DatabaseFiles, logEnd: number): Region[] {
  const whole: Region = { file: "database", from: 0, to: database.length };
  const valid: Region = { file: "log", from: 0, to: logEnd };
  const schema: Region = { file: "database", from: 0, to: 40 * PAGE };
  const artifact = database.indexOf("all of bits ".repeat(20));
  const result: Region = { file: "database", from: artifact, to: artifact + 4000 };
  const rows = rowPages(database);
  return [whole, valid, valid, schema, result, ...rows, { file: "log", from: 0, to: log.length }];
}

// Indexes are not covered by a hash. From each root page: the header with the cell pointers, and
// the cells.
function indexRegions(foldedPath: string): Region[] {
  const database = new Database(foldedPath, { readonly: true });
  try {
    const roots = database.prepare(
      "SELECT rootpage FROM sqlite_schema WHERE type = 'index' " +
        "AND tbl_name LIKE 'workflow!_%' ESCAPE '!'",
    );
    const bytes = readFileSync(foldedPath);
    return (roots.pluck().all() as number[])
      .flatMap((root) => {
        const from = (root - 1) * PAGE;
        const entries = bytes.readUInt16BE(from + INDEX_HEADER.entriesAt);
        const pointers = 2 * bytes.readUInt16BE(from + INDEX_HEADER.countAt);
        return [
          { file: "folded", from, to: from + INDEX_HEADER.length + pointers },
          { file: "folded", from: from + entries, to: from + PAGE },
        ] as const;
      })
      .filter(({ from, to }) => from < to);
  } finally {
    database.close();
  }
}

/** Strings that identify the pages with runs, journal rows and checkpoints. */
const ROW_TEXTS = ["the signature was refused", "step_completed", '{"format":1'];

function rowPages(database: Buffer): Region[] {
  const pages: Region[] = [];
  for (let from = 0; from < database.length; from += PAGE) {
    const page = database.subarray(from, from + PAGE);
    if (ROW_TEXTS.some((text) => page.includes(text)))
      pages.push({ file: "database", from, to: from + PAGE });
  }
  return pages.slice(0, 8);
}
