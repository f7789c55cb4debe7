/*
 * Records of SQLite's file format: https://www.sqlite.org/fileformat2.html#record_format
 */

/** A column of a record. A REAL column may contain a whole number. */
export type ColumnType = "TEXT" | "INTEGER" | "REAL" | "BLOB";

/** A column of a table or an index, as its schema declares it. */
export interface ShapeColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  /** Whether the column is the rowid, which the record does not repeat. */
  readonly isRowid: boolean;
  /** The value of a row that is older than the column. */
  readonly missing?: number | string | null;
}

/** A number of variable length, and where it ends. Undefined past the end of the bytes. */
export function readVarint(
  bytes: Buffer,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    if (index === 8) return { value: value * 256 + byte, end: at + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return undefined;
}

/** The types of the values in a record, and where the values start. */
export interface RecordHeader {
  readonly serials: readonly number[];
  readonly contentAt: number;
}

/**
 * Returns the serial types of a record and where its content starts. Undefined if the header does
 * not add up to `payloadBytes`, or does not end before `end`.
 */
export function readHeader(
  bytes: Buffer,
  at: number,
  payloadBytes: number,
  end = bytes.length,
): RecordHeader | undefined {
  const length = readVarint(bytes, at);
  if (length === undefined || length.value > payloadBytes) return undefined;
  const contentAt = at + length.value;
  if (contentAt > end) return undefined;
  const serials: number[] = [];
  let [next, total] = [length.end, length.value];
  while (next < contentAt) {
    const serial = readVarint(bytes, next);
    if (serial === undefined) return undefined;
    serials.push(serial.value);
    total += bytesOf(serial.value);
    if (total > payloadBytes) return undefined;
    next = serial.end;
  }
  return next === contentAt && total === payloadBytes ? { serials, contentAt } : undefined;
}

/** Returns whether a record with these serial types can be a row with these columns. */
export function matchesShape(
  serials: readonly number[],
  shape: readonly ShapeColumn[],
  leastColumns: number,
): boolean {
  if (serials.length > shape.length || serials.length < leastColumns) return false;
  return serials.every((serial, index) => {
    const column = shape[index];
    return column !== undefined && matchesColumn(serial, column);
  });
}

/** Returns the values of a record. `payload` contains the whole record. */
export function readValues(
  payload: Buffer,
  serials: readonly number[],
  contentAt: number,
): unknown[] {
  let at = contentAt;
  return serials.map((serial) => {
    const from = at;
    at += bytesOf(serial);
    return readValue(payload, from, serial);
  });
}

function matchesColumn(serial: number, { type, isNullable, isRowid }: ShapeColumn): boolean {
  if (serial === 0) return isNullable || isRowid;
  if (isRowid) return false;
  const isWhole = (serial >= 1 && serial <= 6) || serial === 8 || serial === 9;
  if (type === "INTEGER") return isWhole;
  if (type === "REAL") return isWhole || serial === 7;
  return serial >= 12 && serial % 2 === (type === "BLOB" ? 0 : 1);
}

const NUMBER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

function bytesOf(serial: number): number {
  return serial < 12 ? (NUMBER_BYTES[serial] ?? 0) : Math.floor((serial - 12) / 2);
}

function readValue(bytes: Buffer, at: number, serial: number): unknown {
  if (serial === 0) return null;
  if (serial === 6) return Number(bytes.readBigInt64BE(at));
  if (serial === 7) return bytes.readDoubleBE(at);
  if (serial < 6) return bytes.readIntBE(at, bytesOf(serial));
  if (serial < 12) return serial - 8;
  const content = bytes.subarray(at, at + bytesOf(serial));
  return serial % 2 === 0 ? content : content.toString("utf8");
}
