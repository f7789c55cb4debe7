import { type SqliteTables, sha256 } from "@automatosx/workflow/sqlite";
import { damaged } from "./damaged.js";

/** A value as returned by the serializer: bytes, and the type needed to read them. */
export interface Serialized {
  readonly type: string;
  readonly bytes: Uint8Array;
}

interface ValueRow {
  readonly type: string;
  readonly base: string | null;
  readonly prefix: number;
  readonly suffix: number;
  readonly depth: number;
  readonly content: Buffer;
}

/** The longest chain of differences. Reading a value reads its whole chain. */
const MAX_DEPTH = 48;

/** If a difference would save fewer bytes than this, its columns cost more than it saves. */
const MIN_BYTES = 256;

/** The name of a value: a sha-256 that equal values share across channels and versions. */
export function nameOfValue({ type, bytes }: Serialized): string {
  return sha256([type, sha256(bytes)]);
}

/**
 * Channel values, each stored once per thread. A value that differs little from the previous one is
 * stored as the difference, so storing a growing list does not take space quadratic in its length.
 */
export class ValueTable {
  readonly #get;
  readonly #has;
  readonly #insert;
  readonly #deleteThread;

  constructor(tables: SqliteTables) {
    this.#get = tables.prepare<[string, string], ValueRow>(
      `SELECT type, base, prefix, suffix, depth, content
       FROM workflow_langgraph_values WHERE thread_id = ? AND sha256 = ?`,
    );
    this.#has = tables.prepare<[string, string]>(
      "SELECT 1 FROM workflow_langgraph_values WHERE thread_id = ? AND sha256 = ?",
    );
    this.#insert = tables.prepare<
      [string, string, string, string | null, number, number, number, Uint8Array]
    >(
      `INSERT INTO workflow_langgraph_values
         (thread_id, sha256, type, base, prefix, suffix, depth, content)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deleteThread = tables.prepare<[string]>(
      "DELETE FROM workflow_langgraph_values WHERE thread_id = ?",
    );
  }

  /**
   * Stores a value under its name. `before` is the name of a value that is probably similar.
   */
  save(
    threadId: string,
    name: string,
    { type, bytes }: Serialized,
    before: string | undefined,
  ): void {
    if (this.#has.get(threadId, name) !== undefined) return;
    const found =
      before === undefined || bytes.length < MIN_BYTES ? undefined : this.#base(threadId, before);
    if (found !== undefined) {
      const [prefix, suffix] = sharedEnds(found.bytes, bytes);
      if ((prefix + suffix) * 2 > bytes.length) {
        const content = bytes.subarray(prefix, bytes.length - suffix);
        this.#insert.run(
          threadId,
          name,
          type,
          before ?? null,
          prefix,
          suffix,
          found.depth + 1,
          content,
        );
        return;
      }
    }
    this.#insert.run(threadId, name, type, null, 0, 0, 0, bytes);
  }

  /**
   * The value with this name. Throws `checkpoint_damaged` if it is missing or does not match its
   * name.
   */
  load(threadId: string, name: string): Serialized {
    const row = this.#get.get(threadId, name);
    if (row === undefined) throw damaged(threadId, `the value ${name} is missing`);
    const value = { type: row.type, bytes: this.#contentOf(threadId, name, row) };
    if (nameOfValue(value) !== name)
      throw damaged(threadId, `the value ${name} does not match its sha-256`);
    return value;
  }

  /** Deletes all values of a thread. */
  deleteThread(threadId: string): void {
    this.#deleteThread.run(threadId);
  }

  // Undefined if the base is damaged, which would also damage the value built on it, or if the
  // chain is full.
  #base(
    threadId: string,
    name: string,
  ): { readonly bytes: Uint8Array; readonly depth: number } | undefined {
    const row = this.#get.get(threadId, name);
    if (row === undefined || row.depth >= MAX_DEPTH) return undefined;
    const bytes = this.#contentOf(threadId, name, row);
    return nameOfValue({ type: row.type, bytes }) === name
      ? { bytes, depth: row.depth }
      : undefined;
  }

  #contentOf(threadId: string, name: string, row: ValueRow): Uint8Array {
    const differences: ValueRow[] = [];
    let whole = row;
    while (whole.base !== null) {
      if (differences.push(whole) > MAX_DEPTH)
        throw damaged(threadId, `the value ${name} builds on more than ${MAX_DEPTH} differences`);
      const base = this.#get.get(threadId, whole.base);
      if (base === undefined)
        throw damaged(threadId, `the value ${whole.base}, which ${name} builds on, is missing`);
      whole = base;
    }
    return differences.reduceRight<Uint8Array>((bytes, { prefix, suffix, content }) => {
      if (prefix + suffix > bytes.length)
        throw damaged(threadId, `the value ${name} does not fit the value that it builds on`);
      return Buffer.concat([
        bytes.subarray(0, prefix),
        content,
        bytes.subarray(bytes.length - suffix),
      ]);
    }, whole.content);
  }
}

/** How many bytes two values share at the start and, in the remaining bytes, at the end. */
function sharedEnds(before: Uint8Array, after: Uint8Array): [prefix: number, suffix: number] {
  const most = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < most && before[prefix] === after[prefix]) prefix += 1;
  let suffix = 0;
  while (
    suffix < most - prefix &&
    before[before.length - 1 - suffix] === after[after.length - 1 - suffix]
  )
    suffix += 1;
  return [prefix, suffix];
}
