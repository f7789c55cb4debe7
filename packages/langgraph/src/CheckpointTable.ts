import { type SqliteTables, sha256 } from "@automatosx/workflow/sqlite";
import { damaged } from "./damaged.js";
import type { Serialized } from "./ValueTable.js";

/** The key of a checkpoint. */
export interface CheckpointKey {
  readonly threadId: string;
  readonly ns: string;
  readonly id: string;
}

/** A channel of a checkpoint: its name, its version, and the name of its value in `ValueTable`. */
export type StoredChannel = readonly [
  channel: string,
  version: string | number | null,
  value: string,
];

/** A checkpoint as it is stored. */
export interface StoredCheckpoint extends CheckpointKey {
  readonly parentId: string | undefined;
  readonly channels: readonly StoredChannel[];
  /** The checkpoint without the values of its channels. */
  readonly checkpoint: Serialized;
  readonly metadata: Serialized;
}

/** Which checkpoints to list. An absent field matches every checkpoint. */
export interface CheckpointFilter {
  readonly threadId?: string | undefined;
  readonly ns?: string | undefined;
  readonly id?: string | undefined;
  /** Lists only checkpoints with a smaller id. */
  readonly before?: string | undefined;
}

interface CheckpointRow {
  readonly thread_id: string;
  readonly checkpoint_ns: string;
  readonly checkpoint_id: string;
  readonly parent_checkpoint_id: string | null;
  readonly channels: string;
  readonly type: string;
  readonly checkpoint: Buffer;
  readonly metadata_type: string;
  readonly metadata: Buffer;
  readonly row_hash: string;
}

const COLUMNS =
  "thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, channels, type, checkpoint, " +
  "metadata_type, metadata, row_hash";
const ORDER = "ORDER BY checkpoint_id DESC, thread_id, checkpoint_ns";

const CONDITIONS = {
  threadId: "thread_id = @threadId",
  ns: "checkpoint_ns = @ns",
  id: "checkpoint_id = @id",
  before: "checkpoint_id < @before",
} as const;
const AFTER =
  "checkpoint_id <= @lastId AND " +
  "(checkpoint_id < @lastId OR (thread_id, checkpoint_ns) > (@lastThread, @lastNs))";

/** The newest checkpoint in a namespace, and the number of checkpoints in it. */
interface HeadRow {
  readonly thread_id: string;
  readonly checkpoint_ns: string;
  readonly newest_id: string;
  readonly checkpoints: number;
  readonly row_hash: string;
}

/**
 * The table of checkpoints, without the values of their channels. Every row read is checked against
 * its hash, and a namespace's rows against its head, which reveals missing rows.
 */
export class CheckpointTable {
  readonly #tables: SqliteTables;
  readonly #has;
  readonly #count;
  readonly #namespaces;
  readonly #getHead;
  readonly #saveHead;
  readonly #deleteHeads;
  readonly #get;
  readonly #latest;
  readonly #save;
  readonly #deleteThread;

  constructor(tables: SqliteTables) {
    this.#tables = tables;
    const select = `SELECT ${COLUMNS} FROM workflow_langgraph_checkpoints
      WHERE thread_id = ? AND checkpoint_ns = ?`;
    this.#get = tables.prepare<[string, string, string], CheckpointRow>(
      `${select} AND checkpoint_id = ?`,
    );
    this.#latest = tables.prepare<[string, string], CheckpointRow>(
      `${select} ORDER BY checkpoint_id DESC LIMIT 1`,
    );
    this.#save = tables.prepare<[Record<string, unknown>]>(
      `INSERT OR REPLACE INTO workflow_langgraph_checkpoints (${COLUMNS})
       VALUES (${COLUMNS.replace(/\w+/g, "@$&")})`,
    );
    this.#deleteThread = tables.prepare<[string]>(
      "DELETE FROM workflow_langgraph_checkpoints WHERE thread_id = ?",
    );
    this.#has = tables.prepare<[string, string, string]>(
      `SELECT 1 FROM workflow_langgraph_checkpoints
       WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?`,
    );
    this.#count = tables
      .prepare<[string, string], number>(
        `SELECT count(*) FROM workflow_langgraph_checkpoints
         WHERE thread_id = ? AND checkpoint_ns = ?`,
      )
      .pluck();
    this.#namespaces = tables
      .prepare<[string], string>(
        "SELECT checkpoint_ns FROM workflow_langgraph_heads WHERE thread_id = ?",
      )
      .pluck();
    this.#getHead = tables.prepare<[string, string], HeadRow>(
      "SELECT * FROM workflow_langgraph_heads WHERE thread_id = ? AND checkpoint_ns = ?",
    );
    this.#saveHead = tables.prepare<[HeadRow]>(
      `INSERT OR REPLACE INTO workflow_langgraph_heads
       VALUES (@thread_id, @checkpoint_ns, @newest_id, @checkpoints, @row_hash)`,
    );
    this.#deleteHeads = tables.prepare<[string]>(
      "DELETE FROM workflow_langgraph_heads WHERE thread_id = ?",
    );
  }

  /** Stores a checkpoint, replacing any with the same key. */
  save(stored: StoredCheckpoint): void {
    const { threadId, ns, id } = stored;
    if (this.#has.get(threadId, ns, id) === undefined) this.#addToHead(stored);
    const row = toRow(stored);
    this.#save.run({ ...row, row_hash: hashOf(row) });
  }

  /**
   * The checkpoint with this key. Throws `checkpoint_damaged` if it is missing although it was not
   * deleted.
   */
  get({ threadId, ns, id }: CheckpointKey): StoredCheckpoint | undefined {
    const row = this.#get.get(threadId, ns, id);
    if (row === undefined) this.assertComplete(threadId, ns);
    return row && fromRow(row);
  }

  /**
   * The newest checkpoint in a namespace. Throws `checkpoint_damaged` if it is not the one recorded
   * in the namespace's head.
   */
  latest(threadId: string, ns: string): StoredCheckpoint | undefined {
    const row = this.#latest.get(threadId, ns);
    if (row?.checkpoint_id !== this.#head(threadId, ns)?.newest_id)
      throw damaged(threadId, "the newest checkpoint is missing");
    return row && fromRow(row);
  }

  /**
   * Throws `checkpoint_damaged` if checkpoints are missing from the thread, or from one of its
   * namespaces.
   */
  assertComplete(threadId: string, ns?: string): void {
    const namespaces = ns === undefined ? this.#namespaces.all(threadId) : [ns];
    for (const name of namespaces) {
      if (this.#count.get(threadId, name) === (this.#head(threadId, name)?.checkpoints ?? 0))
        continue;
      throw damaged(threadId, `checkpoints of the namespace ${JSON.stringify(name)} are missing`);
    }
  }

  /** At most `count` checkpoints, newest first, starting after `last`. */
  list(
    filter: CheckpointFilter,
    last: CheckpointKey | undefined,
    count: number,
  ): readonly StoredCheckpoint[] {
    const names = (Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[]).filter(
      (name) => filter[name] !== undefined,
    );
    const conditions = [
      ...names.map((name) => CONDITIONS[name]),
      ...(last === undefined ? [] : [AFTER]),
    ];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const statement = this.#tables.prepare<[Record<string, unknown>], CheckpointRow>(
      `SELECT ${COLUMNS} FROM workflow_langgraph_checkpoints ${where} ${ORDER} LIMIT @count`,
    );
    const bound = Object.fromEntries(names.map((name) => [name, filter[name]]));
    const after = last && { lastId: last.id, lastThread: last.threadId, lastNs: last.ns };
    return statement.all({ ...bound, ...after, count }).map(fromRow);
  }

  /** Deletes all checkpoints of a thread. */
  deleteThread(threadId: string): void {
    this.#deleteThread.run(threadId);
    this.#deleteHeads.run(threadId);
  }

  #addToHead({ threadId, ns, id }: CheckpointKey): void {
    const head = this.#head(threadId, ns);
    // Compares bytes, as SQLite orders text. JavaScript's order differs beyond U+FFFF.
    const isNewest =
      head === undefined || Buffer.compare(Buffer.from(id), Buffer.from(head.newest_id)) > 0;
    const row = {
      thread_id: threadId,
      checkpoint_ns: ns,
      newest_id: isNewest ? id : head.newest_id,
      checkpoints: (head?.checkpoints ?? 0) + 1,
    };
    this.#saveHead.run({ ...row, row_hash: hashOfHead(row) });
  }

  #head(threadId: string, ns: string): HeadRow | undefined {
    const head = this.#getHead.get(threadId, ns);
    if (head !== undefined && hashOfHead(head) !== head.row_hash)
      throw damaged(threadId, "the head of a namespace does not match its sha-256");
    return head;
  }
}

function hashOfHead({
  thread_id,
  checkpoint_ns,
  newest_id,
  checkpoints,
}: Omit<HeadRow, "row_hash">): string {
  return sha256([thread_id, checkpoint_ns, newest_id, checkpoints]);
}

function toRow(stored: StoredCheckpoint): Omit<CheckpointRow, "row_hash"> {
  return {
    thread_id: stored.threadId,
    checkpoint_ns: stored.ns,
    checkpoint_id: stored.id,
    parent_checkpoint_id: stored.parentId ?? null,
    channels: JSON.stringify(stored.channels),
    type: stored.checkpoint.type,
    checkpoint: Buffer.from(stored.checkpoint.bytes),
    metadata_type: stored.metadata.type,
    metadata: Buffer.from(stored.metadata.bytes),
  };
}

function hashOf(row: Omit<CheckpointRow, "row_hash">): string {
  return sha256([
    row.thread_id,
    row.checkpoint_ns,
    row.checkpoint_id,
    row.parent_checkpoint_id,
    row.channels,
    row.type,
    sha256(row.checkpoint),
    row.metadata_type,
    sha256(row.metadata),
  ]);
}

function fromRow(row: CheckpointRow): StoredCheckpoint {
  if (hashOf(row) !== row.row_hash) {
    throw damaged(
      row.thread_id,
      `checkpoint ${JSON.stringify(row.checkpoint_id)} does not match its sha-256`,
    );
  }
  return {
    threadId: row.thread_id,
    ns: row.checkpoint_ns,
    id: row.checkpoint_id,
    parentId: row.parent_checkpoint_id ?? undefined,
    channels: JSON.parse(row.channels) as readonly StoredChannel[],
    checkpoint: { type: row.type, bytes: row.checkpoint },
    metadata: { type: row.metadata_type, bytes: row.metadata },
  };
}
