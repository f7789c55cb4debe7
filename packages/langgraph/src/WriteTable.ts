import { type SqliteTables, sha256 } from "@automatosx/workflow/sqlite";
import type { CheckpointKey } from "./CheckpointTable.js";
import { damaged } from "./damaged.js";
import type { Serialized } from "./ValueTable.js";

/** A value that a task wrote to one channel. */
export interface StoredWrite extends CheckpointKey {
  readonly taskId: string;
  /**
   * The position among the task's writes. Negative for anything other than a channel value, such as
   * an error.
   */
  readonly index: number;
  readonly taskPath: string;
  readonly channel: string;
  readonly value: Serialized;
}

interface WriteRow {
  readonly thread_id: string;
  readonly checkpoint_ns: string;
  readonly checkpoint_id: string;
  readonly task_id: string;
  readonly idx: number;
  readonly task_path: string;
  readonly channel: string;
  readonly type: string;
  readonly value: Buffer;
  readonly row_hash: string;
}

const COLUMNS =
  "thread_id, checkpoint_ns, checkpoint_id, task_id, idx, task_path, " +
  "channel, type, value, row_hash";

interface CountRow {
  readonly writes: number;
  readonly row_hash: string;
}

/**
 * The writes that tasks made between one checkpoint and the next. Every row read is checked against
 * its hash, and the number of rows against a hashed count, which reveals missing rows.
 */
export class WriteTable {
  readonly #list;
  readonly #insert;
  readonly #replace;
  readonly #deleteThread;
  readonly #getCount;
  readonly #saveCount;
  readonly #deleteCounts;

  constructor(tables: SqliteTables) {
    const values = COLUMNS.replace(/\w+/g, "@$&");
    const into = `INTO workflow_langgraph_writes (${COLUMNS}) VALUES (${values})`;
    // LangGraph orders by code points, as SQLite does. JavaScript's order differs beyond U+FFFF.
    this.#list = tables.prepare<[string, string, string], WriteRow>(
      `SELECT ${COLUMNS} FROM workflow_langgraph_writes
       WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?
       ORDER BY task_path, task_id, idx`,
    );
    this.#replace = tables.prepare<[WriteRow]>(`INSERT OR REPLACE ${into}`);
    this.#insert = tables.prepare<[WriteRow]>(
      `INSERT ${into}
       ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) DO NOTHING`,
    );
    this.#deleteThread = tables.prepare<[string]>(
      "DELETE FROM workflow_langgraph_writes WHERE thread_id = ?",
    );
    this.#getCount = tables.prepare<[string, string, string], CountRow>(
      `SELECT writes, row_hash FROM workflow_langgraph_write_counts
       WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?`,
    );
    this.#saveCount = tables.prepare<[string, string, string, number, string]>(
      `INSERT OR REPLACE INTO workflow_langgraph_write_counts
         (thread_id, checkpoint_ns, checkpoint_id, writes, row_hash) VALUES (?, ?, ?, ?, ?)`,
    );
    this.#deleteCounts = tables.prepare<[string]>(
      "DELETE FROM workflow_langgraph_write_counts WHERE thread_id = ?",
    );
  }

  /**
   * Stores a task's writes after the checkpoint `key`. An existing value is kept, since a task's
   * writes are recorded only once; an existing error or interrupt is replaced.
   */
  save(key: CheckpointKey, writes: readonly StoredWrite[]): void {
    const before = this.#count(key);
    const fresh = writes.filter((write) => {
      const bare = toRow(write);
      const row = { ...bare, row_hash: hashOf(bare) };
      if (this.#insert.run(row).changes > 0) return true;
      if (write.index < 0) this.#replace.run(row);
      return false;
    });
    if (fresh.length === 0) return;
    const count = before + fresh.length;
    this.#saveCount.run(key.threadId, key.ns, key.id, count, hashOfCount(key, count));
  }

  /** The writes after the checkpoint `key`, in the order in which a live run applies them. */
  list(key: CheckpointKey): readonly StoredWrite[] {
    const writes = this.#list.all(key.threadId, key.ns, key.id).map(fromRow);
    if (writes.length !== this.#count(key))
      throw damaged(key.threadId, `writes after checkpoint ${JSON.stringify(key.id)} are missing`);
    return writes;
  }

  /** Deletes all writes of a thread. */
  deleteThread(threadId: string): void {
    this.#deleteThread.run(threadId);
    this.#deleteCounts.run(threadId);
  }

  #count(key: CheckpointKey): number {
    const row = this.#getCount.get(key.threadId, key.ns, key.id);
    if (row === undefined) return 0;
    if (hashOfCount(key, row.writes) === row.row_hash) return row.writes;
    throw damaged(
      key.threadId,
      `the count of writes after checkpoint ${JSON.stringify(key.id)} does not match its sha-256`,
    );
  }
}

function hashOfCount({ threadId, ns, id }: CheckpointKey, writes: number): string {
  return sha256([threadId, ns, id, writes]);
}

function toRow(write: StoredWrite): Omit<WriteRow, "row_hash"> {
  return {
    thread_id: write.threadId,
    checkpoint_ns: write.ns,
    checkpoint_id: write.id,
    task_id: write.taskId,
    idx: write.index,
    task_path: write.taskPath,
    channel: write.channel,
    type: write.value.type,
    value: Buffer.from(write.value.bytes),
  };
}

function hashOf(row: Omit<WriteRow, "row_hash">): string {
  const { thread_id, checkpoint_ns, checkpoint_id, task_id, idx, task_path, channel, type, value } =
    row;
  return sha256([
    thread_id,
    checkpoint_ns,
    checkpoint_id,
    task_id,
    idx,
    task_path,
    channel,
    type,
    sha256(value),
  ]);
}

function fromRow(row: WriteRow): StoredWrite {
  if (hashOf(row) !== row.row_hash) {
    const [task, checkpoint] = [JSON.stringify(row.task_id), JSON.stringify(row.checkpoint_id)];
    throw damaged(
      row.thread_id,
      `a write of task ${task} after checkpoint ${checkpoint} does not match its sha-256`,
    );
  }
  return {
    threadId: row.thread_id,
    ns: row.checkpoint_ns,
    id: row.checkpoint_id,
    taskId: row.task_id,
    index: row.idx,
    taskPath: row.task_path,
    channel: row.channel,
    value: { type: row.type, bytes: row.value },
  };
}
