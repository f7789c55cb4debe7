import type { JournalEntry } from "@automatosx/schemas";
import { WorkflowError } from "../../../errors.js";
import { chainHash } from "../../hash-chain.js";
import { originHash, type SalvagedOrigin, toEntry } from "../salvaged-rows.js";
import type { RowPlace, RowScan } from "./RowScan.js";

/** The intact beginning of a journal. */
export interface SalvagedJournal {
  readonly entries: readonly JournalEntry[];
  /** Why the next entry, which the database contained, was not kept, as a clause. */
  readonly problem?: string;
}

/** A journal key is `run_number * KEYS_PER_RUN + seq`. */
const KEYS_PER_RUN = 100_000_000;

interface HashedEntry {
  readonly entry: JournalEntry;
  readonly hash: string;
}

/** The rows of the journal that any version of any page contains, by run number. */
export class JournalKeys {
  readonly #scan: RowScan;
  readonly #places = new Map<number, Map<number, readonly RowPlace[]>>();
  readonly #unfinished = new Map<number, number>();

  constructor(scan: RowScan) {
    this.#scan = scan;
    for (const [rowid, places] of scan.places("workflow_journal")) {
      const [runNumber, seq] = split(rowid);
      if (runNumber === 0) continue;
      const ofRun = this.#places.get(runNumber) ?? new Map<number, readonly RowPlace[]>();
      this.#places.set(runNumber, ofRun.set(seq, places));
    }
    for (const rowid of scan.unfinishedJournalKeys()) {
      const [runNumber, seq] = split(rowid);
      this.#unfinished.set(runNumber, Math.max(seq, this.#unfinished.get(runNumber) ?? 0));
    }
  }

  runNumbers(): Iterable<number> {
    return this.#places.keys();
  }

  /** The highest sequence number of a run; without `withOld`, only on the newest pages. */
  lastSeq(runNumber: number, withOld: boolean): number {
    let last = 0;
    for (const [seq, places] of this.#places.get(runNumber) ?? [])
      if (seq > last && (withOld || places.some(({ image }) => !image.isOld))) last = seq;
    return last;
  }

  /** How many entries of a run the newest pages contain. */
  count(runNumber: number): number {
    let count = 0;
    for (const places of this.#places.get(runNumber)?.values() ?? [])
      if (places.some(({ image }) => !image.isOld)) count += 1;
    return count;
  }

  /** The highest sequence number in a transaction that was never committed; 0 if there is none. */
  lastUnfinished(runNumber: number): number {
    return this.#unfinished.get(runNumber) ?? 0;
  }

  /** Returns whether the first entry of this run starts from this origin. */
  startsFrom(runNumber: number, origin: SalvagedOrigin): boolean {
    return this.#next(runNumber, origin.runId, 1, originHash(origin)).found !== undefined;
  }

  /** Returns whether two entries in a row prove that the journal is the one of this run. */
  belongsTo(runNumber: number, runId: string): boolean {
    const ofRun = this.#places.get(runNumber) ?? new Map<number, readonly RowPlace[]>();
    return [...ofRun].some(([seq, places]) =>
      places.some((place) => {
        const before = this.#read(place, runId, seq);
        return (
          before !== undefined &&
          this.#next(runNumber, runId, seq + 1, before.hash).found !== undefined
        );
      }),
    );
  }

  /** The entries of a run from the first, up to the last one that follows from the previous one. */
  journal(runNumber: number, origin: SalvagedOrigin): SalvagedJournal {
    const entries: JournalEntry[] = [];
    let hash = originHash(origin);
    for (let seq = 1; ; seq += 1) {
      const { found, problem } = this.#next(runNumber, origin.runId, seq, hash);
      if (found === undefined) return { entries, ...(problem !== undefined && { problem }) };
      entries.push(found.entry);
      hash = found.hash;
    }
  }

  // Any version of the row is right if its hash follows from the hash before.
  #next(
    runNumber: number,
    runId: string,
    seq: number,
    before: string,
  ): { readonly found?: HashedEntry; readonly problem?: string } {
    const places = this.#places.get(runNumber)?.get(seq) ?? [];
    let problem = `entry ${seq} is missing`;
    for (const place of places) {
      const read = this.#read(place, runId, seq);
      if (read === undefined) problem = `entry ${seq} cannot be read`;
      else if (chainHash(before, read.entry) === read.hash) return { found: read };
      else problem = `entry ${seq} does not match its hash`;
    }
    return { problem };
  }

  #read(place: RowPlace, runId: string, seq: number): HashedEntry | undefined {
    const row = this.#scan.read("workflow_journal", place);
    const hash = row?.["hash"];
    if (row === undefined || !Buffer.isBuffer(hash)) return undefined;
    try {
      return { entry: toEntry(row, runId, seq), hash: hash.toString("hex") };
    } catch (error) {
      if (error instanceof WorkflowError) return undefined;
      throw error;
    }
  }
}

/** The keys of a run after an entry: the first excluded, the last included. */
export function keysAfter(runNumber: number, seq: number): readonly [number, number] {
  return [runNumber * KEYS_PER_RUN + seq, runNumber * KEYS_PER_RUN + KEYS_PER_RUN - 1];
}

/** The run number and the sequence number in a key. */
export function split(entryId: number): readonly [number, number] {
  return [Math.floor(entryId / KEYS_PER_RUN), entryId % KEYS_PER_RUN];
}
