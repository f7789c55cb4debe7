import type { Random } from "../Random.ts";
import type { Call } from "./record.ts";

/** The number of bytes that a disk writes atomically. */
const SECTOR = 512;

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };

interface FileOnDisk {
  /** The file's content at the last sync. */
  durable: Buffer;
  /** The changes since the last sync, in order. */
  pending: Change[];
}

/** The creation of a file, or its removal if `file` is undefined. */
type NameChange = { readonly name: string; readonly file: FileOnDisk | undefined };

/**
 * How much of the unsynced data reached the disk: nothing, all, half the writes, or some sectors.
 */
export type Loss = "none" | "all" | "half" | "torn";

/** The files found after a power loss, by name. */
export type DiskState = ReadonlyMap<string, Buffer>;

/**
 * A database's files on a disk. Synced data is durable; any part of the other data may be. The
 * creation or removal of a file becomes durable when its folder is synced, in order.
 */
export class DiskModel {
  readonly #names = new Map<string, FileOnDisk>();
  readonly #durableNames = new Map<string, FileOnDisk>();
  #pendingNames: NameChange[] = [];

  apply(call: Call): void {
    switch (call.call) {
      case "open":
        if (call.isNew && !this.#names.has(call.file))
          this.#setName(call.file, { durable: Buffer.alloc(0), pending: [] });
        return;
      case "write":
        this.#open(call.file).pending.push({ at: call.at, bytes: call.bytes });
        return;
      case "truncate":
        this.#open(call.file).pending.push({ length: call.length });
        return;
      case "sync": {
        const file = this.#open(call.file);
        file.durable = withChanges(file, file.pending);
        file.pending = [];
        return;
      }
      case "syncFolder":
        for (const change of this.#pendingNames) applyName(this.#durableNames, change);
        this.#pendingNames = [];
        return;
      case "unlink":
        this.#setName(call.file, undefined);
        return;
      case "reported":
        return;
    }
  }

  /** A state in which the files may be found after a power loss at this moment. */
  afterPowerLoss(loss: Loss, random: Random): DiskState {
    const names = new Map(this.#durableNames);
    const kept =
      loss === "none"
        ? 0
        : loss === "all"
          ? this.#pendingNames.length
          : random.below(this.#pendingNames.length + 1);
    for (const change of this.#pendingNames.slice(0, kept)) applyName(names, change);
    return new Map(
      [...names].map(([fileName, file]) => [
        fileName,
        withChanges(file, survivors(file.pending, loss, random)),
      ]),
    );
  }

  #setName(fileName: string, file: FileOnDisk | undefined): void {
    const change = { name: fileName, file };
    applyName(this.#names, change);
    this.#pendingNames.push(change);
  }

  #open(fileName: string): FileOnDisk {
    const file = this.#names.get(fileName);
    if (file === undefined)
      throw new Error(`the recorded run writes to ${fileName} before opening it`);
    return file;
  }
}

function applyName(names: Map<string, FileOnDisk>, { name, file }: NameChange): void {
  if (file === undefined) names.delete(name);
  else names.set(name, file);
}

function survivors(pending: readonly Change[], loss: Loss, random: Random): readonly Change[] {
  switch (loss) {
    case "none":
      return [];
    case "all":
      return pending;
    case "half":
      return pending.filter(() => random.next() < 0.5);
    case "torn": {
      // A random fraction, since a fixed one would rarely produce nearly complete or nearly empty
      // states.
      const share = random.next();
      return pending.flatMap((change) => sectors(change)).filter(() => random.next() < share);
    }
  }
}

function sectors(change: Change): readonly Change[] {
  if ("length" in change) return [change];
  const parts: Change[] = [];
  for (let from = 0; from < change.bytes.length; ) {
    const at = change.at + from;
    const to = Math.min(change.bytes.length, from + SECTOR - (at % SECTOR));
    parts.push({ at, bytes: change.bytes.subarray(from, to) });
    from = to;
  }
  return parts;
}

function withChanges({ durable }: FileOnDisk, changes: readonly Change[]): Buffer {
  if (changes.length === 0) return durable;
  let length = durable.length;
  const ends = changes.map((change) =>
    "length" in change ? change.length : change.at + change.bytes.length,
  );
  const content = Buffer.alloc(Math.max(length, ...ends));
  durable.copy(content);
  for (const change of changes) {
    if ("length" in change) {
      content.fill(0, Math.min(length, change.length));
      length = change.length;
    } else {
      change.bytes.copy(content, change.at);
      length = Math.max(length, change.at + change.bytes.length);
    }
  }
  return content.subarray(0, length);
}
