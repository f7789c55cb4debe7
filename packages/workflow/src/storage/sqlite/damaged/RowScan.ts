import type { StoredRow } from "../../RowReader.js";
import { DATABASE_HEADER_BYTES } from "../file-format.js";
import type { PageImage, PageStore } from "./PageStore.js";
import { type Cell, readLeafCell, readPage, type TreePage } from "./read-page.js";
import {
  matchesShape,
  type RecordHeader,
  readHeader,
  readValues,
  type ShapeColumn,
} from "./read-record.js";
import { type Shape, shapesOfMigrations } from "./row-shapes.js";
import { type DamagedPage, TreeWalk } from "./TreeWalk.js";

/** A version of a row. */
export interface RowPlace {
  readonly rowid: number;
  readonly image: PageImage;
  readonly cell: Cell;
}

/** An entry of an index, or of a table without rowids. */
export interface IndexEntry {
  readonly name: string;
  readonly values: StoredRow;
}

const MAX_VARINT_BYTES = 9;
/** More than the header of any row: a number takes one byte of it, and a text up to three. */
const MAX_HEADER_BYTES = 60;

const SCHEMA_COLUMNS: readonly ShapeColumn[] = (
  [
    ["type", "TEXT"],
    ["name", "TEXT"],
    ["tbl_name", "TEXT"],
    ["rootpage", "INTEGER"],
    ["sql", "TEXT"],
  ] as const
).map(([name, type]) => ({ name, type, isNullable: name === "sql", isRowid: false }));

const SCHEMA: Shape = {
  table: "sqlite_schema",
  columns: SCHEMA_COLUMNS,
  leastColumns: SCHEMA_COLUMNS.length,
  hasRowid: true,
};

/**
 * Finds the rows of the workflow tables on every version of every page. A page is found through the
 * tree of its table, or else by the form of its rows, so a damaged page hides only its own rows.
 */
export class RowScan {
  /**
   * Pages that cannot be read, except those that an older version shows to be inner pages.
   */
  readonly damaged: readonly DamagedPage[];
  /** How many pages neither a tree nor the list of free pages leads to. */
  readonly unclaimedCount: number;
  /** How many of them are readable pages of a tree. */
  readonly foundCount: number;
  /** The tables of other packages. */
  readonly otherTables: readonly string[];
  readonly #store: PageStore;
  readonly #walk: TreeWalk;
  readonly #places = new Map<string, Map<number, RowPlace[]>>();
  readonly #shapes = shapesOfMigrations();
  readonly #trees = new Set<string>();
  readonly #unfinished: RowPlace[] = [];

  constructor(store: PageStore) {
    this.#store = store;
    this.#walk = new TreeWalk(store, (name, page, image) => this.#belongsTo(name, page, image));
    this.otherTables = this.#walkTrees();
    this.#walk.walkFormat();
    for (const { pageNumber } of this.#images()) this.#addOwned(pageNumber);
    const unclaimed = [...this.#walk.unclaimed()];
    const unreadable = unclaimed.filter((image) => !this.#addByForm(image));
    for (const image of store.strays) this.#addByForm(image);
    const known = new Set(this.#walk.damaged.map(({ pageNumber }) => pageNumber));
    // Most old pages without the form of a page contain the rest of a long row.
    for (const image of [...store.old()].reverse())
      if (known.has(image.pageNumber) || this.#readPage(image) !== undefined)
        this.#addByForm(image);
    const others = unreadable.filter(
      (image) => !known.has(image.pageNumber) && this.#isLost(image),
    );
    this.damaged = [
      ...this.#walk.damaged,
      ...[...others, ...store.strays].map(({ pageNumber }) => ({ ...EVERYWHERE, pageNumber })),
      ...this.#missingPages(known),
      ...Array.from({ length: store.missingFrames }, () => ({
        ...EVERYWHERE,
        pageNumber: 0,
        isMissing: true,
      })),
    ];
    this.foundCount = unclaimed.length - unreadable.length;
    this.unclaimedCount = unclaimed.filter(({ pageNumber }) => !known.has(pageNumber)).length;
    for (const image of store.unfinished)
      this.#leafCells(image).forEach((place) => this.#unfinished.push(place));
  }

  /** The versions of the rows of a table by rowid, the most reliable version first. */
  places(table: string): ReadonlyMap<number, readonly RowPlace[]> {
    return this.#places.get(table) ?? new Map<number, readonly RowPlace[]>();
  }

  /** Returns whether a root page leads to this table or index. */
  hasTree(name: string): boolean {
    return this.#trees.has(name);
  }

  /** The journal keys written by a transaction that was never committed. */
  unfinishedJournalKeys(): readonly number[] {
    return this.#unfinished
      .filter((place) => this.#shapeOf(place)?.table === "workflow_journal")
      .map(({ rowid }) => rowid);
  }

  /** The entries of the indexes and of the tables without rowids. */
  *entries(): Generator<IndexEntry, void, undefined> {
    for (const image of this.#images()) {
      const owner = this.#walk.owners.get(image.pageNumber);
      if (owner?.kind !== "tree" || owner.page.kind !== "index") continue;
      const table = this.#shapes.tables.get(owner.name);
      const names =
        table?.columns.map(({ name }) => name) ?? this.#shapes.indexes.get(owner.name)?.columns;
      if (names === undefined) continue;
      for (const cell of owner.page.cells) {
        const values = this.#valuesOf({ image, cell });
        if (values !== undefined)
          yield {
            name: owner.name,
            values: Object.fromEntries(names.map((name, at) => [name, values[at] ?? null])),
          };
      }
    }
  }

  /** Reads a version of a row. Undefined if it is not a row of this table. */
  read(table: string, place: RowPlace): StoredRow | undefined {
    const shape = table === SCHEMA.table ? SCHEMA : this.#shapes.tables.get(table);
    const values = this.#valuesOf(place);
    if (shape === undefined || values === undefined) return undefined;
    return Object.fromEntries(
      shape.columns.map(({ name, isRowid, missing = null }, at) => [
        name,
        isRowid ? place.rowid : at < values.length ? values[at] : missing,
      ]),
    );
  }

  /**
   * Reads one of the first columns without the rest of the row. Undefined if it is not in the page.
   */
  peek(table: string, { image, cell }: RowPlace, column: string): unknown {
    const at =
      this.#shapes.tables.get(table)?.columns.findIndex(({ name }) => name === column) ?? -1;
    const { payloadAt, payloadBytes, localBytes } = cell;
    const local = this.#store.bytes(image).subarray(payloadAt, payloadAt + localBytes);
    const header = readHeader(local, 0, payloadBytes);
    if (header === undefined || at < 0) return undefined;
    try {
      return readValues(local, header.serials.slice(0, at + 1), header.contentAt)[at];
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #walkTrees(): string[] {
    this.#walk.walk(SCHEMA.table, 1);
    this.#addOwnedBy(SCHEMA.table);
    const first = this.#store.newest(1);
    if (first !== undefined && !this.#walk.owners.has(1)) this.#addByForm(first);
    const others: string[] = [];
    const met = this.#trees;
    for (const [, versions] of this.places(SCHEMA.table)) {
      const row = versions[0] && this.read(SCHEMA.table, versions[0]);
      const { type, name, rootpage: root } = row ?? {};
      if (typeof name !== "string" || typeof root !== "number" || root < 2 || met.has(name))
        continue;
      met.add(name);
      this.#walk.walk(name, root);
      const isOwn = this.#shapes.tables.has(name) || name.startsWith("sqlite_");
      if (type === "table" && !isOwn) others.push(name);
    }
    this.#walk.walkOverflows();
    return others.sort();
  }

  // A page of another tree may have been written in the place of this one.
  #belongsTo(name: string, { kind, cells, children }: TreePage, image: PageImage): boolean {
    const shape = name === SCHEMA.table ? SCHEMA : this.#shapes.tables.get(name);
    const isIndex = this.#shapes.indexes.has(name) || shape?.hasRowid === false;
    if (isIndex) return kind === "index";
    if (shape === undefined) return true;
    if (kind !== "table") return false;
    const bytes = this.#store.bytes(image);
    return children.length > 0 || cells.every((cell) => fitsShape(headerOf(bytes, cell), shape));
  }

  *#images(): Generator<PageImage, void, undefined> {
    for (let pageNumber = 1; pageNumber <= this.#store.pageCount; pageNumber += 1) {
      const image = this.#store.newest(pageNumber);
      if (image !== undefined) yield image;
    }
  }

  #addOwnedBy(name: string): void {
    for (const [pageNumber, owner] of this.#walk.owners)
      if (owner.kind === "tree" && owner.name === name) this.#addOwned(pageNumber);
  }

  #addOwned(pageNumber: number): void {
    const owner = this.#walk.owners.get(pageNumber);
    const image = this.#store.newest(pageNumber);
    if (owner?.kind !== "tree" || owner.page.kind !== "table" || image === undefined) return;
    const shape = owner.name === SCHEMA.table ? SCHEMA : this.#shapes.tables.get(owner.name);
    if (shape === undefined || owner.page.children.length > 0) return;
    for (const cell of owner.page.cells) this.#add(shape.table, image, cell);
  }

  // Returns whether the page is a readable page of some tree.
  #addByForm(image: PageImage): boolean {
    const cells: Cell[] = [];
    for (const place of this.#leafCells(image)) {
      const shape = this.#shapeOf(place);
      if (shape === undefined) continue;
      this.#add(shape.table, image, place.cell);
      cells.push(place.cell);
    }
    const isReadable = this.#readPage(image) !== undefined;
    if (!image.isOld) this.#walk.addFound(isReadable ? image.pageNumber : 0, cells);
    return isReadable;
  }

  // A page that is neither readable nor claimed is lost, unless it is the rest of a row of another
  // lost page: it then begins with the number of the next such page, or 0.
  #isLost(image: PageImage): boolean {
    if (this.#walk.owners.has(image.pageNumber)) return false;
    const bytes = this.#store.bytes(image);
    const next = bytes.readUInt32BE(0);
    const isRest = next === 0 || (next <= this.#store.pageCount && !this.#isOfTree(next));
    return !isRest || bytes.every((byte) => byte === 0) || this.#leafCells(image).length > 0;
  }

  #isOfTree(pageNumber: number): boolean {
    const kind = this.#walk.owners.get(pageNumber)?.kind;
    return kind === "tree" || kind === "free" || kind === "format";
  }

  // The rows of a page: those that its header leads to or, if the page is damaged, everything in it
  // that has the form of a row.
  #leafCells(image: PageImage): RowPlace[] {
    const { usableBytes } = this.#store;
    const bytes = this.#store.bytes(image);
    const page = this.#readPage(image);
    if (page !== undefined)
      return page.kind === "index"
        ? []
        : page.cells.map((cell) => ({ rowid: cell.rowid ?? 0, image, cell }));
    const places: RowPlace[] = [];
    for (let at = image.pageNumber === 1 ? DATABASE_HEADER_BYTES : 0; at < usableBytes; at += 1) {
      if (!mayStartRow(bytes, at)) continue;
      const cell = readLeafCell(bytes, at, usableBytes);
      if (cell === undefined) continue;
      const place = { rowid: cell.rowid ?? 0, image, cell };
      if (this.#shapeOf(place) !== undefined) places.push(place);
    }
    return places;
  }

  #readPage(image: PageImage): TreePage | undefined {
    return readPage(this.#store.bytes(image), image.pageNumber, this.#store.usableBytes);
  }

  #shapeOf({ image, cell, rowid }: RowPlace): Shape | undefined {
    if (!Number.isSafeInteger(rowid) || rowid < 1) return undefined;
    const header = headerOf(this.#store.bytes(image), cell);
    if (header === undefined) return undefined;
    if (image.pageNumber === 1 && fitsShape(header, SCHEMA)) return SCHEMA;
    for (const shape of this.#shapes.tables.values())
      if (shape.hasRowid && fitsShape(header, shape)) return shape;
    return undefined;
  }

  #add(table: string, image: PageImage, cell: Cell): void {
    const rowid = cell.rowid ?? 0;
    if (!Number.isSafeInteger(rowid) || rowid < 1) return;
    const rows = this.#places.get(table) ?? new Map<number, RowPlace[]>();
    this.#places.set(table, rows);
    const versions = rows.get(rowid) ?? [];
    rows.set(rowid, versions);
    versions.push({ rowid, image, cell });
  }

  #valuesOf({ image, cell }: Pick<RowPlace, "image" | "cell">): unknown[] | undefined {
    const payload = this.#payloadOf(image, cell);
    const header = payload && readHeader(payload, 0, cell.payloadBytes);
    return header && payload && readValues(payload, header.serials, header.contentAt);
  }

  #payloadOf(image: PageImage, cell: Cell): Buffer | undefined {
    const { payloadAt, localBytes, payloadBytes, overflowPage = 0 } = cell;
    const local = this.#store.bytes(image).subarray(payloadAt, payloadAt + localBytes);
    if (localBytes === payloadBytes) return local;
    const { pageCount, usableBytes } = this.#store;
    if (payloadBytes > pageCount * usableBytes) return undefined;
    const parts = [local];
    let [missing, next] = [payloadBytes - localBytes, overflowPage];
    while (missing > 0) {
      const part = this.#store.newest(next);
      if (part === undefined) return undefined;
      const bytes = this.#store.bytes(part);
      const content = bytes.subarray(4, 4 + Math.min(missing, usableBytes - 4));
      parts.push(content);
      missing -= content.length;
      next = bytes.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  }

  #missingPages(known: ReadonlySet<number>): DamagedPage[] {
    let count = 0;
    for (let page = 1; page <= this.#store.pageCount; page += 1)
      if (this.#store.newest(page) === undefined && !known.has(page)) count += 1;
    // Only the end of the file can be missing.
    return count === 0
      ? []
      : [{ ...EVERYWHERE, pageNumber: this.#store.pageCount, isMissing: true }];
  }
}

// A row starts with its length and its rowid, then the length of the header of its record.
function mayStartRow(bytes: Buffer, from: number): boolean {
  let at = from;
  for (let number = 0; number < 2; number += 1) {
    const last = at + MAX_VARINT_BYTES - 1;
    while (at < last && (bytes[at] ?? 0) >= 0x80) at += 1;
    at += 1;
  }
  const length = bytes[at] ?? 0;
  return length > 2 && length <= MAX_HEADER_BYTES;
}

function headerOf(
  bytes: Buffer,
  { payloadAt, localBytes, payloadBytes }: Cell,
): RecordHeader | undefined {
  return readHeader(bytes, payloadAt, payloadBytes, payloadAt + localBytes);
}

function fitsShape(header: RecordHeader | undefined, shape: Shape): boolean {
  return header !== undefined && matchesShape(header.serials, shape.columns, shape.leastColumns);
}

const EVERYWHERE = {
  isMissing: false,
  mayHideRows: true,
  after: Number.NEGATIVE_INFINITY,
  upTo: Number.POSITIVE_INFINITY,
};
