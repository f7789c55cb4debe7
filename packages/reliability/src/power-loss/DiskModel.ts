import type { Random } from "../random.ts";
import type { Call } from "./record.ts";

/** What a disk keeps undivided. */
const SECTOR = 512;

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };

interface FileOnDisk {
  /** As of its last sync. */
  durable: Buffer;
  /** Since then, in order. */
  pending: Change[];
}

type Naming = { readonly name: string; readonly file: FileOnDisk | undefined };

/** How much of what was not synced has reached the disk when the power goes. */
export type Loss = "none" | "all" | "half" | "torn";

/** The files that are found after the power came back, by name. */
export type DiskState = ReadonlyMap<string, Buffer>;

/**
 * The files of a database as a disk has them: what was synced is there for certain, any part of the rest may be. Names
 * become certain when their folder is synced, in the order in which they were given and taken.
 */
export class DiskModel {
  readonly #names = new Map<string, FileOnDisk>();
  readonly #durableNames = new Map<string, FileOnDisk>();
  #pendingNames: Naming[] = [];

  apply(call: Call): void {
    switch (call.call) {
      case "open":
        if (call.isNew && !this.#names.has(call.file))
          this.#rename(call.file, { durable: Buffer.alloc(0), pending: [] });
        return;
      case "write":
        this.#open(call.file).pending.push({ at: call.at, bytes: call.bytes });
        return;
      case "truncate":
        this.#open(call.file).pending.push({ length: call.length });
        return;
      case "sync": {
        const file = this.#open(call.file);
        file.durable = changed(file, file.pending);
        file.pending = [];
        return;
      }
      case "syncFolder":
        for (const naming of this.#pendingNames) name(this.#durableNames, naming);
        this.#pendingNames = [];
        return;
      case "unlink":
        this.#rename(call.file, undefined);
        return;
      case "told":
        return;
    }
  }

  /** One state in which the files may be found when the power goes now. */
  afterPowerLoss(loss: Loss, random: Random): DiskState {
    const names = new Map(this.#durableNames);
    const kept =
      loss === "none"
        ? 0
        : loss === "all"
          ? this.#pendingNames.length
          : random.below(this.#pendingNames.length + 1);
    for (const naming of this.#pendingNames.slice(0, kept)) name(names, naming);
    return new Map(
      [...names].map(([fileName, file]) => [
        fileName,
        changed(file, survivors(file.pending, loss, random)),
      ]),
    );
  }

  #rename(fileName: string, file: FileOnDisk | undefined): void {
    const naming = { name: fileName, file };
    name(this.#names, naming);
    this.#pendingNames.push(naming);
  }

  #open(fileName: string): FileOnDisk {
    const file = this.#names.get(fileName);
    if (file === undefined)
      throw new Error(`the recorded run writes ${fileName}, which it has not opened`);
    return file;
  }
}

function name(names: Map<string, FileOnDisk>, { name: fileName, file }: Naming): void {
  if (file === undefined) names.delete(fileName);
  else names.set(fileName, file);
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
      // How much comes through is drawn first: all but one sector lost tells more than half of them every time.
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

function changed({ durable }: FileOnDisk, changes: readonly Change[]): Buffer {
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
