import { WorkflowError } from "@automatosx/workflow";
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
import { matches } from "./matches.js";
import { placeOf, required, textOf } from "./read-config.js";
import { MIGRATIONS } from "./schema.js";
import { nameOfValue, type Serialized, ValueTable } from "./ValueTable.js";
import { WriteQueue } from "./WriteQueue.js";
import { type StoredWrite, WriteTable } from "./WriteTable.js";

export interface AxwSaverOptions {
  /** A file, made when it is missing with its folder, or `:memory:`. It may be the database of a workflow engine. */
  readonly database: string;
  /** `full`, the default: on disk when a promise is kept, power loss or not. `process`: survives only the death of the process. */
  readonly durability?: "full" | "process";
  /** How long a write waits for another process's, in ms. Default 5,000. */
  readonly busyTimeoutMs?: number;
  /** How values become bytes; LangGraph's own when not given. */
  readonly serde?: SerializerProtocol;
}

/** A checkpoint as it is stored, with all that belongs to it, read in one state of the database. */
interface Found {
  readonly stored: StoredCheckpoint;
  readonly values: readonly (readonly [string, Serialized])[];
  readonly writes: readonly StoredWrite[];
}

/** Checkpoints that are read from the database at a time. */
const PAGE = 100;

/**
 * Keeps the checkpoints of LangGraph graphs in the database of `@automatosx/workflow`.
 *
 * `const graph = builder.compile({ checkpointer: AxwSaver.fromPath(".ax/workflow.db") })`
 *
 * A promise is kept when its write is on disk. Values of channels are stored when they change, and a list that grows as
 * what was added to it. Everything that is read is compared with its sha-256. Errors are `WorkflowError`s: `database_*`,
 * `checkpoint_damaged`, `invalid_argument`, `engine_closed`.
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

  /** Opens the file and brings the tables. `database_*`. */
  static open(options: AxwSaverOptions): AxwSaver {
    const { database, durability, busyTimeoutMs, serde } = options;
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

  /** `AxwSaver.open` with nothing but the file. */
  static fromPath(database: string): AxwSaver {
    return AxwSaver.open({ database });
  }

  /** The checkpoint that the config names, or the newest of its thread and namespace. `checkpoint_damaged`. */
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

  /** Newest first. Without a `thread_id`, those of all threads. `filter` compares metadata, key by key. `checkpoint_damaged`. */
  override async *list(
    config: RunnableConfig,
    options: CheckpointListOptions = {},
  ): AsyncGenerator<CheckpointTuple> {
    const { limit = Infinity, filter } = options;
    const place = { ...placeOf(config), before: options.before && placeOf(options.before).id };
    const { threadId, ns } = place;
    if (threadId !== undefined) this.#read(() => this.#checkpoints.mustBeWhole(threadId, ns));
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

  /** Keeps a checkpoint, on disk when the promise is kept. */
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
      // What is not new is where the parent has it. If the parent is not here, or says otherwise, it is better kept twice.
      return parentId === undefined ? version === null : before.get(channel)?.[1] !== version;
    });
    const [bare, about, ...values] = await Promise.all([
      this.#dump({ ...copy, channel_values: {} }),
      this.#dump(metadata),
      ...changed.map(([, value]) => this.#dump(value)),
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

  /** Keeps what a task wrote after a checkpoint, on disk when the promise is kept. A value that is there already stays. */
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
          value: await this.#dump(value),
        };
      }),
    );
    await this.#write(() => this.#writes.save(key, rows));
  }

  /** Takes a thread away with everything of it; its bytes are overwritten. */
  override async deleteThread(threadId: string): Promise<void> {
    const thread = required("thread_id", textOf("thread_id", threadId));
    await this.#write(() => {
      this.#checkpoints.deleteThread(thread);
      this.#writes.deleteThread(thread);
      this.#values.deleteThread(thread);
    });
  }

  /** What each channel was given on the way to a checkpoint, and the nearest value that is stored whole. */
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

  /** Writes what waits and closes the file. Twice is as good as once. */
  close(): void {
    if (!this.#tables.isOpen) return;
    this.#queue.flush();
    this.#tables.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

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
      await this.#bringPendingSends(checkpoint, { ...stored, id: parentId });
    return {
      config: configOf(stored),
      checkpoint,
      metadata,
      pendingWrites,
      ...(parentId !== undefined && { parentConfig: configOf({ ...stored, id: parentId }) }),
    };
  }

  // Before version 4 the packets for tasks were not a channel: they are found among the writes of the checkpoint before.
  async #bringPendingSends(checkpoint: Checkpoint, parent: CheckpointKey): Promise<void> {
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

  async #dump(value: unknown): Promise<Serialized> {
    const [type, bytes] = await this.serde.dumpsTyped(value);
    return { type, bytes };
  }

  async #load({ type, bytes }: Serialized): Promise<unknown> {
    return this.serde.loadsTyped(type, bytes);
  }

  #read<T>(action: () => T): T {
    this.#mustBeOpen();
    return this.#tables.read(action);
  }

  async #write(action: () => void): Promise<void> {
    this.#mustBeOpen();
    await this.#queue.add(action);
  }

  #mustBeOpen(): void {
    if (this.#tables.isOpen) return;
    throw new WorkflowError("engine_closed", "The saver is closed.", {
      remedy: "Open another with AxwSaver.open.",
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
