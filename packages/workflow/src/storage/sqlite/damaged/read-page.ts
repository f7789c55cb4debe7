import {
  DATABASE_HEADER_BYTES,
  INTERIOR_INDEX,
  INTERIOR_TABLE,
  LEAF_INDEX,
  LEAF_TABLE,
} from "../file-format.js";
import { readVarint } from "./read-record.js";

/*
 * Pages of SQLite's b-trees: https://www.sqlite.org/fileformat2.html#b_tree_pages
 */

/** A row or an entry of an index in a page. */
export interface Cell {
  /** Undefined in an index. */
  readonly rowid?: number;
  readonly payloadBytes: number;
  /** Where the part of the payload that is in this page starts. */
  readonly payloadAt: number;
  readonly localBytes: number;
  /** The first page with the rest of the payload. */
  readonly overflowPage?: number;
  readonly end: number;
}

/** A page of a b-tree. */
export interface TreePage {
  readonly kind: "table" | "index";
  /** The pages below, in order; empty in a leaf. In a table, `upTo` is the largest rowid below. */
  readonly children: readonly { readonly page: number; readonly upTo?: number }[];
  readonly cells: readonly Cell[];
}

const LEAST_CELL_BYTES = 4;

/**
 * Reads a page of a b-tree. Returns undefined if anything in it contradicts the file format: every
 * byte after the cell pointers must belong to one cell, one free block or the counted fragments,
 * and the rowids of a table must be in order.
 */
export function readPage(
  bytes: Buffer,
  pageNumber: number,
  usableBytes: number,
): TreePage | undefined {
  const at = pageNumber === 1 ? DATABASE_HEADER_BYTES : 0;
  const type = bytes[at];
  const isInterior = type === INTERIOR_INDEX || type === INTERIOR_TABLE;
  if (!isInterior && type !== LEAF_INDEX && type !== LEAF_TABLE) return undefined;
  const kind = type === INTERIOR_TABLE || type === LEAF_TABLE ? "table" : "index";
  const count = bytes.readUInt16BE(at + 3);
  const contentAt = bytes.readUInt16BE(at + 5) || 65_536;
  const pointersAt = at + (isInterior ? 12 : 8);
  const pointersEnd = pointersAt + 2 * count;
  if (pointersEnd > contentAt || contentAt > usableBytes) return undefined;
  const spans: [number, number][] = [];
  const [cells, children]: [Cell[], { page: number; upTo?: number }[]] = [[], []];
  let last = Number.NEGATIVE_INFINITY;
  for (let pointer = pointersAt; pointer < pointersEnd; pointer += 2) {
    const from = bytes.readUInt16BE(pointer);
    const cell = readCell(bytes, from, kind, isInterior, usableBytes);
    if (from < contentAt || cell === undefined) return undefined;
    if (cell.rowid !== undefined && cell.rowid <= last) return undefined;
    last = cell.rowid ?? last;
    spans.push([from, Math.max(cell.end, from + LEAST_CELL_BYTES)]);
    if (isInterior)
      children.push({
        page: bytes.readUInt32BE(from),
        ...(cell.rowid !== undefined && { upTo: cell.rowid }),
      });
    if (!isInterior || kind === "index") cells.push(cell);
  }
  if (isInterior) children.push({ page: bytes.readUInt32BE(at + 8) });
  const free = freeBlocks(bytes, bytes.readUInt16BE(at + 1), usableBytes);
  if (free === undefined) return undefined;
  const isFilled = coversExactly([...spans, ...free], contentAt, usableBytes, bytes[at + 7] ?? 0);
  return isFilled ? { kind, children, cells } : undefined;
}

/** Reads the cell of a table's leaf that may start here. */
export function readLeafCell(bytes: Buffer, at: number, usableBytes: number): Cell | undefined {
  return readCell(bytes, at, "table", false, usableBytes);
}

function readCell(
  bytes: Buffer,
  from: number,
  kind: "table" | "index",
  isInterior: boolean,
  usableBytes: number,
): Cell | undefined {
  let at = from + (isInterior ? 4 : 0);
  if (isInterior && kind === "table") {
    const key = readVarint(bytes, at);
    if (key === undefined || key.end > usableBytes) return undefined;
    const { value: rowid, end } = key;
    return { rowid, payloadBytes: 0, payloadAt: end, localBytes: 0, end };
  }
  const payload = readVarint(bytes, at);
  if (payload === undefined) return undefined;
  at = payload.end;
  const key = kind === "table" ? readVarint(bytes, at) : undefined;
  if (kind === "table" && key === undefined) return undefined;
  at = key?.end ?? at;
  const payloadBytes = payload.value;
  const localBytes = localPart(payloadBytes, kind, usableBytes);
  const hasOverflow = localBytes < payloadBytes;
  const end = at + localBytes + (hasOverflow ? 4 : 0);
  if (payloadBytes === 0 || end > usableBytes) return undefined;
  return {
    payloadBytes,
    payloadAt: at,
    localBytes,
    end,
    ...(key !== undefined && { rowid: key.value }),
    ...(hasOverflow && { overflowPage: bytes.readUInt32BE(end - 4) }),
  };
}

function localPart(payloadBytes: number, kind: "table" | "index", usableBytes: number): number {
  const most =
    kind === "table" ? usableBytes - 35 : Math.floor(((usableBytes - 12) * 64) / 255) - 23;
  if (payloadBytes <= most) return payloadBytes;
  const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  const part = least + ((payloadBytes - least) % (usableBytes - 4));
  return part <= most ? part : least;
}

function freeBlocks(
  bytes: Buffer,
  first: number,
  usableBytes: number,
): [number, number][] | undefined {
  const blocks: [number, number][] = [];
  for (let at = first; at !== 0; at = bytes.readUInt16BE(at)) {
    const isAfterLast = at >= (blocks.at(-1)?.[1] ?? 0);
    if (!isAfterLast || at + 4 > usableBytes) return undefined;
    const end = at + bytes.readUInt16BE(at + 2);
    if (end < at + 4 || end > usableBytes) return undefined;
    blocks.push([at, end]);
  }
  return blocks;
}

function coversExactly(
  spans: readonly [number, number][],
  from: number,
  to: number,
  fragmentBytes: number,
): boolean {
  let [end, gaps] = [from, 0];
  for (const [start, stop] of [...spans].sort(([a], [b]) => a - b)) {
    if (start < end) return false;
    gaps += start - end;
    end = stop;
  }
  return end <= to && gaps + (to - end) === fragmentBytes;
}
