import { WorkflowError } from "@automatosx/workflow";
import {
  checkOptions,
  count,
  must,
  type OptionChecks,
  oneOf,
  path,
  withMethods,
} from "@automatosx/workflow/checks";
import { SqliteTables } from "@automatosx/workflow/sqlite";
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  copyCheckpoint,
  type DeltaChannelHistory,
  maxChannelVersion,
  type PendingWrite,
  type SerializerProtocol,
  TASKS,
  WRITES_IDX_MAP,
} from "@langchain/langgraph-checkpoint";
import {
  type CheckpointKey,
  CheckpointTable,
  type StoredChannel,
  type StoredCheckpoint,
} from "./CheckpointTable.js";
import { dumpValue } from "./dump-value.js";
import { matches } from "./matches.js";
import { placeOf, required, textOf } from "./read-config.js";
import { MIGRATIONS } from "./schema.js";
import { nameOfValue, type Serialized, ValueTable } from "./ValueTable.js";
import { WriteQueue } from "./WriteQueue.js";
import { type StoredWrite, WriteTable } from "./WriteTable.js";

/** Where and how an `AxwSaver` stores checkpoints. */
export interface AxwSaverOptions {
  /**
   * A file, created with its folder if it does not exist, or `:memory:`. It may be a workflow
   * engine's database.
   */
  readonly database: string;
  /**
   * What a write survives once its promise has resolved: with `full`, the default, even a power
   * cut; with `process`, only the death of the process.
   */
  readonly durability?: "full" | "process";
  /** How long a write waits for another process to finish writing, in ms. Default 5,000. */
  readonly busyTimeoutMs?: number;
  /** Turns values into bytes and back. Default: LangGraph's serializer. */
  readonly serde?: SerializerProtocol;
}

/** A stored checkpoint with its values and writes, all read from one snapshot of the database. */
interface Found {
  readonly stored: StoredCheckpoint;
  readonly values: readonly (readonly [string, Serialized])[];
  readonly writes: readonly StoredWrite[];
}

const SAVER_CHECKS: OptionChecks<AxwSaverOptions> = {
  database: path,
  durability: oneOf("full", "process"),
  busyTimeoutMs: count(0),
  serde: withMethods("a serializer", "dumpsTyped", "loadsTyped"),
};

const pageLimit = must(
  "a whole number, 0 or more",
  (value) => value === Infinity || (Number.isSafeInteger(value) && Number(value) >= 0),
);

/** How many checkpoints to read at a time. */
const PAGE = 100;

/**
 * Stores the checkpoints of LangGraph graphs in a database of `@automatosx/workflow`.
 *
 * A write's promise resolves when the write is durable. A channel's value is stored only when it
 * changes, and a growing list is stored as the items added to it. Everything read is checked
 * against a sha-256.
 *
 * Every method may throw a `WorkflowError` with the code `database_busy`, `database_full`,
 * `database_unusable`, `checkpoint_damaged`, `invalid_argument` or `engine_closed`.
 *
 * @example
 * const saver = AxwSaver.fromPath(".ax/workflow.db");
 * const graph = builder.compile({ checkpointer: saver });
 */
export class AxwSaver extends BaseCheckpointSaver {
  readonly #tables: SqliteTables;
  readonly #checkpoints: CheckpointTable;
  readonly #values: ValueTable;
  readonly #writes: WriteTable;
  readonly #queue: WriteQueue;

  private constructor(tables: SqliteTables, serde: SerializerProtocol | undefined) {
    super(serde);
    this.#tables = tables;
    this.#checkpoints = new CheckpointTable(tables);
    this.#values = new ValueTable(tables);
    this.#writes = new WriteTable(tables);
    this.#queue = new WriteQueue(tables);
  }

  /**
   * Opens the database and creates or migrates the tables. Throws `database_newer` if a newer
   * version created the tables.
   */
  static open(options: AxwSaverOptions): AxwSaver {
    checkOptions<AxwSaverOptions>("AxwSaver.open", options, SAVER_CHECKS);
    const { database, durability, busyTimeoutMs, serde } = options;
    path(database, "database");
    const tables = SqliteTables.open({
      path: database,
      owner: "@automatosx/langgraph",
      name: "langgraph",
      migrations: MIGRATIONS,
      ...(durability !== undefined && { durability }),
      ...(busyTimeoutMs !== undefined && { busyTimeoutMs }),
    });
    return new AxwSaver(tables, serde);
  }

  /** Like `open`, with defaults for everything but the file. */
  static fromPath(database: string): AxwSaver {
    return AxwSaver.open({ database });
  }

  /**
   * Returns the checkpoint whose id is in the config, or else the newest in its thread and
   * namespace.
   */
  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const { threadId, ns = "", id } = placeOf(config);
    if (threadId === undefined) return undefined;
    const found = this.#read(() => {
      const stored =
        id === undefined
          ? this.#checkpoints.latest(threadId, ns)
          : this.#checkpoints.get({ threadId, ns, id });
      return stored && this.#find(stored);
    });
    return found && this.#toTuple(found);
  }

  /**
   * Yields checkpoints, newest first, from one thread, or from all threads if the config has no
   * `thread_id`. With `filter`, yields only checkpoints whose metadata matches every value in it.
   */
  override async *list(
    config: RunnableConfig,
    options: CheckpointListOptions = {},
  ): AsyncGenerator<CheckpointTuple> {
    const { limit = Infinity, filter } = options;
    pageLimit(limit, "limit");
    const place = { ...placeOf(config), before: options.before && placeOf(options.before).id };
    const { threadId, ns } = place;
    if (threadId !== undefined) this.#read(() => this.#checkpoints.assertComplete(threadId, ns));
    let last: CheckpointKey | undefined;
    for (let given = 0; given < limit; ) {
      const page = this.#read(() =>
        this.#checkpoints.list(
          place,
          last,
          filter === undefined ? Math.min(PAGE, limit - given) : PAGE,
        ),
      );
      for (const stored of page) {
        if (filter !== undefined && !matches(await this.#load(stored.metadata), filter)) continue;
        // The thread may have been deleted since the page was read.
        const found = this.#read(() => this.#checkpoints.get(stored) && this.#find(stored));
        if (found === undefined) continue;
        yield await this.#toTuple(found);
        given += 1;
        if (given >= limit) return;
      }
      last = page.at(-1);
      if (last === undefined) return;
    }
  }

  /**
   * Stores a checkpoint, which is durable when the promise resolves. Returns a config that refers
   * to it.
   */
  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const { threadId: givenThread, ns = "", id: parentId } = placeOf(config);
    const threadId = required("thread_id", givenThread);
    const key = {
      threadId,
      ns,
      id: required("checkpoint.id", textOf("checkpoint.id", checkpoint.id)),
    };
    const parent =
      parentId === undefined
        ? undefined
        : this.#read(() => this.#checkpoints.get({ threadId, ns, id: parentId }));
    const before = new Map(parent?.channels.map((channel) => [channel[0], channel]));
    const copy = copyCheckpoint(checkpoint);
    const changed = Object.entries(copy.channel_values).filter(([channel]) => {
      if (Object.hasOwn(newVersions, channel)) return true;
      const version = versionOf(copy, channel);
      // The parent holds the value of an unchanged channel. If the parent is missing or has another
      // version, store the value again rather than lose it.
      return parentId === undefined ? version === null : before.get(channel)?.[1] !== version;
    });
    const [bare, about, ...values] = await Promise.all([
      this.#dump({ ...copy, channel_values: {} }, "The checkpoint"),
      this.#dump(metadata, "The metadata of the checkpoint"),
      ...changed.map(([channel, value]) => this.#dump(value, `The value of channel ${channel}`)),
    ]);
    const fresh = new Map(changed.map(([channel], at) => [channel, values[at] as Serialized]));
    const channels = Object.keys(copy.channel_values).flatMap((channel): StoredChannel[] => {
      const value = fresh.get(channel);
      const kept = before.get(channel);
      if (value !== undefined) return [[channel, versionOf(copy, channel), nameOfValue(value)]];
      return kept === undefined ? [] : [kept];
    });
    await this.#write(() => {
      for (const [channel, , name] of channels) {
        const value = fresh.get(channel);
        if (value !== undefined) this.#values.save(threadId, name, value, before.get(channel)?.[2]);
      }
      this.#checkpoints.save({ ...key, parentId, channels, checkpoint: bare, metadata: about });
    });
    return configOf(key);
  }

  /**
   * Stores a task's writes after a checkpoint. They are durable when the promise resolves. An
   * existing value is kept; an existing error or interrupt is replaced.
   */
  override async putWrites(
    config: RunnableConfig,
    writes: PendingWrite[],
    taskId: string,
    taskPath = "",
  ): Promise<void> {
    const place = placeOf(config);
    const key = {
      threadId: required("thread_id", place.threadId),
      ns: place.ns ?? "",
      id: required("checkpoint_id", place.id),
    };
    const task = {
      taskId: required("taskId", textOf("taskId", taskId)),
      taskPath: textOf("taskPath", taskPath) ?? "",
    };
    const rows = await Promise.all(
      writes.map(async ([channel, value], at): Promise<StoredWrite> => {
        const index = Object.hasOwn(WRITES_IDX_MAP, channel) ? (WRITES_IDX_MAP[channel] ?? at) : at;
        return {
          ...key,
          ...task,
          index,
          channel: textOf("channel", channel) ?? "",
          value: await this.#dump(value, `The value of channel ${channel}`),
        };
      }),
    );
    await this.#write(() => this.#writes.save(key, rows));
  }

  /** Deletes a thread and everything that belongs to it. SQLite overwrites the bytes. */
  override async deleteThread(threadId: string): Promise<void> {
    const thread = required("thread_id", textOf("thread_id", threadId));
    await this.#write(() => {
      this.#checkpoints.deleteThread(thread);
      this.#writes.deleteThread(thread);
      this.#values.deleteThread(thread);
    });
  }

  /**
   * Returns, for each channel, the writes that lead to a checkpoint and the nearest value that is
   * stored in full.
   */
  override async getDeltaChannelHistory(options: {
    config: RunnableConfig;
    channels: string[];
  }): Promise<Record<string, DeltaChannelHistory>> {
    const { threadId, ns = "", id } = placeOf(options.config);
    const seeds = new Map<string, Serialized>();
    const writes: StoredWrite[][] = [];
    this.#read(() => {
      if (threadId === undefined) return;
      const remaining = new Set(options.channels);
      let at =
        id === undefined
          ? this.#checkpoints.latest(threadId, ns)
          : this.#checkpoints.get({ threadId, ns, id });
      while (at?.parentId !== undefined && remaining.size > 0) {
        at = this.#checkpoints.get({ threadId, ns, id: at.parentId });
        if (at === undefined) return;
        writes.push(this.#writes.list(at).filter(({ channel }) => remaining.has(channel)));
        for (const [channel, , name] of at.channels)
          if (remaining.delete(channel)) seeds.set(channel, this.#values.load(threadId, name));
      }
    });
    const oldestFirst = await this.#loadWrites(writes.reverse().flat());
    const history = async (channel: string): Promise<[string, DeltaChannelHistory]> => {
      const own = oldestFirst.filter((write) => write[1] === channel);
      const seed = seeds.get(channel);
      return [
        channel,
        seed === undefined ? { writes: own } : { writes: own, seed: await this.#load(seed) },
      ];
    };
    return Object.fromEntries(await Promise.all(options.channels.map(history)));
  }

  /** Writes everything queued and closes the file. Calling it again has no effect. */
  close(): void {
    if (!this.#tables.isOpen) return;
    this.#queue.flush();
    this.#tables.close();
  }

  /** Closes the saver, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes the saver, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #find(stored: StoredCheckpoint): Found {
    return {
      stored,
      values: stored.channels.map(([channel, , name]) => [
        channel,
        this.#values.load(stored.threadId, name),
      ]),
      writes: this.#writes.list(stored),
    };
  }

  async #toTuple({ stored, values, writes }: Found): Promise<CheckpointTuple> {
    const [checkpoint, metadata, pendingWrites, channels] = await Promise.all([
      this.#load(stored.checkpoint) as Promise<Checkpoint>,
      this.#load(stored.metadata) as Promise<CheckpointMetadata>,
      this.#loadWrites(writes),
      Promise.all(
        values.map(async ([channel, value]) => [channel, await this.#load(value)] as const),
      ),
    ]);
    checkpoint.channel_values = Object.fromEntries(channels);
    const { parentId } = stored;
    if (checkpoint.v < 4 && parentId !== undefined)
      await this.#addPendingSends(checkpoint, { ...stored, id: parentId });
    return {
      config: configOf(stored),
      checkpoint,
      metadata,
      pendingWrites,
      ...(parentId !== undefined && { parentConfig: configOf({ ...stored, id: parentId }) }),
    };
  }

  // Before version 4, packets for tasks were stored as writes after the parent checkpoint, not as a
  // channel.
  async #addPendingSends(checkpoint: Checkpoint, parent: CheckpointKey): Promise<void> {
    const writes = this.#read(() => this.#writes.list(parent));
    const sends = await this.#loadWrites(writes.filter(({ channel }) => channel === TASKS));
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_values[TASKS] = sends.map((write) => write[2]);
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  #loadWrites(writes: readonly StoredWrite[]): Promise<CheckpointPendingWrite[]> {
    return Promise.all(
      writes.map(
        async ({ taskId, channel, value }): Promise<CheckpointPendingWrite> => [
          taskId,
          channel,
          await this.#load(value),
        ],
      ),
    );
  }

  #dump(value: unknown, what: string): Promise<Serialized> {
    return dumpValue(this.serde, value, what);
  }

  async #load({ type, bytes }: Serialized): Promise<unknown> {
    return this.serde.loadsTyped(type, bytes);
  }

  #read<T>(action: () => T): T {
    this.#assertOpen();
    return this.#tables.read(action);
  }

  async #write(action: () => void): Promise<void> {
    this.#assertOpen();
    await this.#queue.add(action);
  }

  #assertOpen(): void {
    if (this.#tables.isOpen) return;
    throw new WorkflowError("engine_closed", "The saver is closed.", {
      remedy: "Open another saver with AxwSaver.open.",
    });
  }
}

function configOf({ threadId, ns, id }: CheckpointKey): RunnableConfig {
  return { configurable: { thread_id: threadId, checkpoint_ns: ns, checkpoint_id: id } };
}

function versionOf(checkpoint: Checkpoint, channel: string): string | number | null {
  return Object.hasOwn(checkpoint.channel_versions, channel)
    ? (checkpoint.channel_versions[channel] ?? null)
    : null;
}
