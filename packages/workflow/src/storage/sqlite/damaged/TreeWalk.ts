import type { PageImage, PageStore } from "./PageStore.js";
import { type Cell, readPage, type TreePage } from "./read-page.js";

/** What a page belongs to: a table or an index by name, or a part of the file format. */
export type PageOwner =
  | { readonly kind: "tree"; readonly name: string; readonly page: TreePage }
  | { readonly kind: "found" | "overflow" | "free" | "format" };

/** A page that a tree refers to and that cannot be read, with the rowids that it may contain. */
export interface DamagedPage {
  readonly pageNumber: number;
  /** The table or index that the page belongs to; undefined if that is unknown. */
  readonly name?: string;
  readonly isMissing: boolean;
  /**
   * Whether it may contain rows. The rows below an inner page are found by the form of their pages.
   */
  readonly mayHideRows: boolean;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly upTo: number;
}

interface Step {
  readonly pageNumber: number;
  readonly after: number;
  readonly upTo: number;
}

/** The types of inner pages of indexes and tables. */
const INNER_TYPES = new Set([2, 5]);
const LOCK_BYTE = 2 ** 30;
/** A trunk page of the list of free pages: the next one, a count, and that many page numbers. */
const TRUNK_HEADER_BYTES = 8;
const FIRST_FREE_AT = 32;
const LARGEST_ROOT_AT = 52;

/** Follows the pages of trees from their roots, and records what each page belongs to. */
export class TreeWalk {
  readonly owners = new Map<number, PageOwner>();
  readonly damaged: DamagedPage[] = [];
  readonly #store: PageStore;
  readonly #accepts: (name: string, page: TreePage, image: PageImage) => boolean;
  readonly #overflows: number[] = [];

  /** `accepts` returns whether a page can belong to the tree with this name. */
  constructor(
    store: PageStore,
    accepts: (name: string, page: TreePage, image: PageImage) => boolean,
  ) {
    this.#store = store;
    this.#accepts = accepts;
  }

  /** Records the pages of a tree. */
  walk(name: string, root: number): void {
    const steps: Step[] = [
      { pageNumber: root, after: Number.NEGATIVE_INFINITY, upTo: Number.POSITIVE_INFINITY },
    ];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      if (this.owners.has(step.pageNumber)) continue;
      const page = this.#read(name, step);
      if (page === undefined) {
        this.#addDamaged(name, step);
        continue;
      }
      this.owners.set(step.pageNumber, { kind: "tree", name, page });
      let { after } = step;
      for (const { page: pageNumber, upTo = step.upTo } of page.children) {
        steps.push({ pageNumber, after, upTo });
        after = upTo;
      }
      for (const { overflowPage } of page.cells)
        if (overflowPage !== undefined) this.#overflows.push(overflowPage);
    }
  }

  /**
   * Records the overflow pages of the rows found so far. A damaged one may lead to a page of a
   * tree, so all trees have to be walked before.
   */
  walkOverflows(): void {
    for (const first of this.#overflows.splice(0)) this.#followOverflow(first);
  }

  /** Records the free pages, and the pages that the file format reserves. */
  walkFormat(): void {
    const { pageBytes, usableBytes, pageCount } = this.#store;
    this.#claim(LOCK_BYTE / pageBytes + 1, "format");
    const first = this.#store.newest(1);
    if (first === undefined) return;
    const header = this.#store.bytes(first);
    if (header.readUInt32BE(LARGEST_ROOT_AT) > 0) {
      const span = Math.floor(usableBytes / 5) + 1;
      for (let map = 2; map <= pageCount; map += span) this.#claim(map, "format");
    }
    const met = new Set<number>();
    for (let trunk = header.readUInt32BE(FIRST_FREE_AT); trunk > 0 && !met.has(trunk); ) {
      met.add(trunk);
      const image = this.#store.newest(trunk);
      if (image === undefined || this.owners.get(trunk)?.kind === "tree") return;
      const bytes = this.#store.bytes(image);
      const count = bytes.readUInt32BE(4);
      if (count > (usableBytes - TRUNK_HEADER_BYTES) / 4) return;
      this.#claim(trunk, "free");
      for (let index = 0; index < count; index += 1)
        this.#claim(bytes.readUInt32BE(TRUNK_HEADER_BYTES + 4 * index), "free");
      trunk = bytes.readUInt32BE(0);
    }
  }

  /** The newest versions of the pages that no tree leads to, and of the damaged ones. */
  *unclaimed(): Generator<PageImage, void, undefined> {
    for (let pageNumber = 1; pageNumber <= this.#store.pageCount; pageNumber += 1) {
      const image = this.#store.newest(pageNumber);
      if (image !== undefined && !this.owners.has(pageNumber)) yield image;
    }
  }

  #read(name: string, { pageNumber, after, upTo }: Step): TreePage | undefined {
    const image = pageNumber <= this.#store.pageCount ? this.#store.newest(pageNumber) : undefined;
    if (image === undefined) return undefined;
    const page = readPage(this.#store.bytes(image), pageNumber, this.#store.usableBytes);
    if (page === undefined || !this.#accepts(name, page, image)) return undefined;
    const rowids = page.cells.flatMap(({ rowid }) => (rowid === undefined ? [] : [rowid]));
    const [first, last] = [rowids[0], rowids.at(-1)];
    const isInRange = first === undefined || last === undefined || (first > after && last <= upTo);
    return isInRange ? page : undefined;
  }

  #addDamaged(name: string, { pageNumber, after, upTo }: Step): void {
    const isMissing = this.#store.newest(pageNumber) === undefined;
    if (this.damaged.some((other) => other.pageNumber === pageNumber && !isMissing)) return;
    const mayHideRows = !this.#isInner(pageNumber);
    this.damaged.push({ pageNumber, name, isMissing, mayHideRows, after, upTo });
  }

  // A page of a tree rarely changes from inner to leaf, so an older version shows what it was.
  #isInner(pageNumber: number): boolean {
    const isInner = (image: PageImage | undefined): boolean =>
      image !== undefined && INNER_TYPES.has(this.#store.bytes(image)[0] ?? 0);
    const versions = this.#store.old().filter((image) => image.pageNumber === pageNumber);
    return isInner(versions.at(-1) ?? this.#store.newest(pageNumber));
  }

  /** Records a page that no tree leads to, and the overflow pages of its rows. */
  addFound(pageNumber: number, cells: readonly Cell[]): void {
    if (pageNumber > 0 && !this.owners.has(pageNumber))
      this.owners.set(pageNumber, { kind: "found" });
    for (const { overflowPage } of cells)
      if (overflowPage !== undefined) this.#followOverflow(overflowPage);
  }

  #followOverflow(first: number): void {
    for (let pageNumber = first; pageNumber > 0; ) {
      const image = this.#store.newest(pageNumber);
      if (image === undefined || this.owners.has(pageNumber)) return;
      this.owners.set(pageNumber, { kind: "overflow" });
      pageNumber = this.#store.bytes(image).readUInt32BE(0);
    }
  }

  #claim(pageNumber: number, kind: "free" | "format"): void {
    if (!this.owners.has(pageNumber)) this.owners.set(pageNumber, { kind });
  }
}
